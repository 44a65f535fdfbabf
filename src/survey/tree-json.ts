/** A tree for programs: its lines in a list, each naming the one above it, so that no depth is too much for a reader. */
import type { NamespaceKind } from "../plan/namespaces.ts";
import type { TreeOrder } from "./tree.ts";
import { foldText } from "./tree-fold.ts";
import { type TreeItem, type TreeNode, walk } from "./tree-node.ts";
import type { Holder, Survey } from "./types.ts";

/** A line of the tree. */
export interface TreeRow {
	/** The place in the list of the one above it; `null` at the top. */
	readonly above: number | null;
	readonly type: TreeItem["type"];
	/** The kind of namespace. */
	readonly kind?: NamespaceKind;
	readonly inode?: number;
	readonly own?: boolean;
	readonly names?: readonly string[];
	readonly pid?: number | undefined;
	readonly command?: string | undefined;
	readonly uid?: number | undefined;
	/** How many processes are in the namespace. */
	readonly processes?: number;
	readonly ownerUid?: number | undefined;
	readonly holders?: readonly Holder[];
	/** Processes below this one that are in the same namespaces. */
	readonly sharing?: number;
	/** Namespaces that the process does not share with the one above it. */
	readonly enters?: readonly {
		readonly kind: NamespaceKind;
		readonly inode: number;
		readonly names: readonly string[];
	}[];
	/** Of a heading, or of those that are counted and not shown. */
	readonly title?: string;
}

/** What `ns tree --json` writes. */
export interface TreeJson {
	/** Of this shape. */
	readonly version: 1;
	readonly by: TreeOrder;
	/** Processes whose namespaces may not be read. */
	readonly unreadable: number;
	/** What was too much to be looked at, a sentence each. */
	readonly missed: readonly string[];
	readonly rows: readonly TreeRow[];
}

/** Every line of a forest that is not folded. */
export function treeJson(survey: Survey, by: TreeOrder, forest: readonly TreeNode[]): TreeJson {
	const rows: TreeRow[] = [];
	/** The places of the lines above the present one. */
	const path: number[] = [];
	for (const { node, depth } of walk(forest)) {
		path.length = depth;
		rows.push({ above: path[depth - 1] ?? null, ...rowOf(node.item) });
		path.push(rows.length - 1);
	}
	const { unreadable, missed } = survey;
	return { version: 1, by, unreadable, missed, rows };
}

function rowOf(item: TreeItem): Omit<TreeRow, "above"> {
	switch (item.type) {
		case "namespace": {
			const { kind, inode, names, pids, command, uid, ownerUid, holders } = item.namespace;
			const first = { pid: pids[0], command, uid, processes: pids.length };
			return { type: "namespace", kind, inode, own: item.own, names, ...first, ownerUid, holders };
		}
		case "unseen":
			return { type: "unseen", kind: item.kind, inode: item.inode };
		case "process": {
			const { pid, command, uid } = item.process;
			const enters = item.enters.map(({ kind, inode, namespace }) => ({ kind, inode, names: namespace?.names ?? [] }));
			return { type: "process", pid, command, uid, sharing: item.sharing, enters };
		}
		case "group":
			return { type: "group", title: item.title };
		case "fold":
			return { type: "fold", title: foldText(item) };
	}
}
