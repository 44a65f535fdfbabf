/** The names that `ns create` has given. */
import { listNamed } from "../src/keeper/open.ts";
import { type NamespaceKind, namespaceKinds } from "../src/plan/namespaces.ts";
import type { NamespaceInodes } from "../src/survey/types.ts";

/** What `ns create` has made, and where that leads. */
export function namedInodes(): { name: string; namespaces: NamespaceInodes }[] {
	return listNamed().states.map(({ name, namespaces }) => {
		const inodes: Partial<Record<NamespaceKind, number>> = {};
		for (const kind of namespaceKinds) if (namespaces[kind]) inodes[kind] = namespaces[kind].inode;
		return { name, namespaces: inodes };
	});
}
