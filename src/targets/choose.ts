/** Which namespaces of a target are joined, and by what. Pure. */
import { type NamespaceKind, namespaceInfo, namespaceKinds } from "../plan/namespaces.ts";
import type { Problem, Target } from "../plan/types.ts";
import type { OpenTarget } from "./types.ts";

/** The namespaces of a target and the descriptors it is held by. */
type Found = Pick<OpenTarget, "label" | "pidfd" | "namespaces">;

/** What is joined, by kind. */
export type Joins = Partial<Record<NamespaceKind, Exclude<Target, number | string>>>;

/** Which kinds are meant. */
export interface Choice {
	/** @default all that the target has */
	readonly kinds?: readonly NamespaceKind[] | undefined;
	readonly without?: readonly NamespaceKind[] | undefined;
}

/**
 * What to join of a target: what was asked for, or all of it, less what `own` is in already: the kernel refuses to enter
 * the own user namespace.
 */
export function chooseJoins(
	{ label, pidfd, namespaces }: Found,
	own: OpenTarget["namespaces"],
	{ kinds, without = [] }: Choice = {},
): { readonly joins: Joins; readonly problems: readonly Problem[] } {
	const joins: Joins = {};
	const problems: Problem[] = [];
	for (const kind of namespaceKinds) {
		if ((kinds && !kinds.includes(kind)) || without.includes(kind)) continue;
		const found = namespaces[kind];
		if (!found) {
			if (kinds) problems.push(lacking(label, kind, Object.keys(namespaces)));
		} else if (found.inode !== own[kind]?.inode) {
			if (found.fd !== undefined) joins[kind] = { fd: found.fd };
			else if (pidfd !== undefined) joins[kind] = { pidfd };
		}
	}
	return { joins, problems };
}

function lacking(label: string, kind: NamespaceKind, has: readonly string[]): Problem {
	const hint = has.length === 0 ? "there are none" : `it leads to ${has.join(", ")}`;
	const message = `${label} leads to no ${namespaceInfo(kind).kind} namespace`;
	return { code: "TARGET_LACKS", message, hint };
}
