/** Joins become the modules of their namespaces. Pure. */
import { cgroup } from "../namespaces/cgroup.ts";
import { ipc } from "../namespaces/ipc.ts";
import { mount } from "../namespaces/mount.ts";
import { net } from "../namespaces/net.ts";
import { pid } from "../namespaces/pid.ts";
import { time } from "../namespaces/time.ts";
import type { NamespaceOptions } from "../namespaces/use.ts";
import { user } from "../namespaces/user.ts";
import { uts } from "../namespaces/uts.ts";
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { Fragment } from "../plan/types.ts";
import type { Joins } from "./choose.ts";

const modules: Readonly<Record<NamespaceKind, (options: NamespaceOptions) => Fragment>> = {
	...{ user, mount, pid, net, ipc, uts, cgroup, time },
};

/** A module for each namespace that is joined. */
export function joinFragments(
	joins: Joins,
	options: { readonly keepCredentials?: boolean | undefined } = {},
): Fragment[] {
	const fragments: Fragment[] = [];
	for (const kind of namespaceKinds) {
		const join = joins[kind];
		if (!join) continue;
		const made = modules[kind]({ join });
		// Its only step is to become root inside.
		fragments.push(kind === "user" && options.keepCredentials ? { ...made, steps: () => [] } : made);
	}
	return fragments;
}
