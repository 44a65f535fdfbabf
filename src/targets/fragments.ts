/** Joins become the modules of their namespaces. Pure. */
import { namespaceKinds } from "../plan/namespaces.ts";
import type { Fragment } from "../plan/types.ts";
import { namespaceModules } from "../profile/fragments.ts";
import type { Joins } from "./choose.ts";

/** A module for each namespace that is joined. */
export function joinFragments(
	joins: Joins,
	options: { readonly keepCredentials?: boolean | undefined } = {},
): Fragment[] {
	const fragments: Fragment[] = [];
	for (const kind of namespaceKinds) {
		const join = joins[kind];
		if (!join) continue;
		const made = namespaceModules[kind]({ join });
		// Its only step is to become root inside.
		fragments.push(kind === "user" && options.keepCredentials ? { ...made, steps: () => [] } : made);
	}
	return fragments;
}
