/** The names that `ns create` gave, with the namespaces they lead to. */
import { NamedError } from "../keeper/errors.ts";
import { listNamed, type NamedList } from "../keeper/open.ts";
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { NamespaceInodes } from "../survey/types.ts";

/** Names for `surveyMachine`, and in a sentence each what is wrong with others. */
export interface KnownNames {
	readonly named: readonly { readonly name: string; readonly namespaces: NamespaceInodes }[];
	readonly problems: readonly string[];
}

/** All names that the caller can use. A namespace that was there before its name is not called by it. */
export function knownNames(): KnownNames {
	const { states, problems } = foundNames();
	const named = states.map(({ name, namespaces }) => {
		const made: Partial<Record<NamespaceKind, number>> = {};
		for (const kind of namespaceKinds) {
			const kept = namespaces[kind];
			if (kept && !kept.joined) made[kind] = kept.inode;
		}
		return { name, namespaces: made };
	});
	return { named, problems: problems.map(({ message }) => message) };
}

/** Where names cannot be looked for at all, that is a problem of theirs, and no reason to show nothing. */
function foundNames(): NamedList {
	try {
		return listNamed();
	} catch (error) {
		if (!(error instanceof NamedError)) throw error;
		return { states: [], problems: error.problems };
	}
}
