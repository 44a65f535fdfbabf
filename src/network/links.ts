/** The interfaces of a new network namespace, as the net module has them. */
import type { Context, Fragment, Problem, Step } from "../plan/types.ts";
import { isOutside, linkProblems } from "./problems.ts";
import { resolveLinks } from "./resolve.ts";
import { keptFor, linkSteps } from "./steps.ts";
import type { LinkOptions } from "./types.ts";

/** What they add to the module. */
export interface Links {
	/** What a process of ours has to do for them outside. */
	readonly needs: Pick<Fragment, "stays" | "links"> & { readonly keeps?: readonly string[] };
	problems(context: Context): readonly Problem[];
	steps(): readonly Step[];
}

/** Reads the options once. */
export function links(options: readonly LinkOptions[]): Links {
	const problems: Problem[] = [];
	const resolved = resolveLinks(options, problems);
	const stays = resolved.some(isOutside);
	return {
		needs: { links: resolved, ...(stays && { stays, keeps: keptFor(resolved) }) },
		problems: (context) => [...problems, ...(problems.length === 0 ? linkProblems(resolved, context) : [])],
		steps: () => linkSteps(resolved),
	};
}
