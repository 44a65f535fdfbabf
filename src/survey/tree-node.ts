/** The lines of a tree of namespaces, and how to go through them. */
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { Survey, SurveyedNamespace, SurveyedProcess } from "./types.ts";

/** What a line of a tree is about. */
export type TreeItem =
	| {
			readonly type: "namespace";
			readonly namespace: SurveyedNamespace;
			/** The caller is in it. */
			readonly own: boolean;
	  }
	/** One that others name, and that was not seen itself. */
	| { readonly type: "unseen"; readonly kind: NamespaceKind; readonly inode: number }
	| {
			readonly type: "process";
			readonly process: SurveyedProcess;
			/** The namespaces that it does not share with the process above it. */
			readonly enters: readonly EnteredNamespace[];
			/** Processes somewhere below it that change nothing, and have no line of their own. */
			readonly sharing: number;
	  }
	/** A heading for what has no place in this order. */
	| {
			readonly type: "group";
			readonly title: string;
			/** Where it is folded at all, everything below it is counted. */
			readonly counted: boolean;
	  }
	/** So many of a kind that they are counted instead of shown. */
	| {
			readonly type: "fold";
			readonly nodes: readonly TreeNode[];
			/** Others that look like them are shown. */
			readonly more: boolean;
	  };

/** A namespace that a process has come into. */
export interface EnteredNamespace {
	readonly kind: NamespaceKind;
	readonly inode: number;
	/** What the survey knows of it. */
	readonly namespace?: SurveyedNamespace | undefined;
	readonly own: boolean;
}

/** A line of a tree, with those below it. */
export interface TreeNode {
	readonly item: TreeItem;
	readonly children: readonly TreeNode[];
}

/** While it is made. */
export interface GrowingNode extends TreeNode {
	readonly children: GrowingNode[];
}

/** Every node with its depth, from the top, each before those below it. Trees may be deeper than the stack is. */
export function* walk(forest: readonly TreeNode[]): Generator<{ readonly node: TreeNode; readonly depth: number }> {
	const open = forest.toReversed().map((node) => ({ node, depth: 0 }));
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		yield next;
		const { node, depth } = next;
		for (let i = node.children.length - 1; i >= 0; i--)
			open.push({ node: node.children[i] as TreeNode, depth: depth + 1 });
	}
}

/** Whether the caller is in this namespace. */
export const isOwn = ({ own }: Survey, kind: NamespaceKind, inode: number): boolean => own[kind] === inode;

/** A line for a namespace. */
export function namespaceNode(survey: Survey, namespace: SurveyedNamespace): GrowingNode {
	const own = isOwn(survey, namespace.kind, namespace.inode);
	return { item: { type: "namespace", namespace, own }, children: [] };
}

/** Takes one of each circle from what is above it, so that everything hangs at something. */
export function cutCircles(aboves: (number | undefined)[]): void {
	/** 0: not looked at; else the round in which it was. */
	const rounds = new Uint32Array(aboves.length);
	for (let start = 0; start < aboves.length; start++) {
		for (let at: number | undefined = start; at !== undefined && rounds[at] === 0; ) {
			rounds[at] = start + 1;
			const next: number | undefined = aboves[at];
			if (next !== undefined && rounds[next] === start + 1) aboves[next] = undefined;
			at = aboves[at];
		}
	}
}

const rank = ({ item }: TreeNode): number => {
	const kind = item.type === "namespace" ? item.namespace.kind : item.type === "unseen" ? item.kind : "user";
	return kind === "user" ? namespaceKinds.length : namespaceKinds.indexOf(kind);
};

const inodeOf = ({ item }: TreeNode): number => (item.type === "namespace" ? item.namespace.inode : 0);

/** User namespaces last: what can have more below it stands behind what cannot. */
export const byKind = (a: TreeNode, b: TreeNode): number => rank(a) - rank(b) || inodeOf(a) - inodeOf(b);

/** Nodes below a heading. */
export const grouped = (title: string, children: GrowingNode[], counted = false): GrowingNode => ({
	item: { type: "group", title, counted },
	children: children.toSorted(byKind),
});
