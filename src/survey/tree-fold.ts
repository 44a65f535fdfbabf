/** Folding: where many of a tree's branches look alike, a few are shown and the others are counted. */
import { namespaceKinds } from "../plan/namespaces.ts";
import { type TreeItem, type TreeNode, walk } from "./tree-node.ts";

/** So many that look alike are shown when there are more of them than `most`. */
const shown = 3;
const most = 5;
/** Names tell them apart: more of those are shown. */
const shownNamed = 12;
const mostNamed = 16;

/** The forest with a line of its own for the rest of those that look alike, behind the last of them that is shown. */
export function fold(forest: readonly TreeNode[]): readonly TreeNode[] {
	const all = [...walk(forest)].map(({ node }) => node);
	const numbers = new Map<string, number>();
	const looks = new Map<TreeNode, number>();
	const folded = new Map<TreeNode, TreeNode>();
	const foldAll = (nodes: readonly TreeNode[]) => foldSiblings(nodes, looks).map((one) => folded.get(one) ?? one);
	for (const node of all.toReversed()) {
		const look = `${lookOf(node)} ${[...new Set(node.children.map((one) => looks.get(one) ?? 0))].sort().join(" ")}`;
		if (!numbers.has(look)) numbers.set(look, numbers.size + 1);
		looks.set(node, numbers.get(look) ?? 0);
		const isCounted = node.item.type === "group" && node.item.counted && node.children.length > 0;
		folded.set(node, {
			item: node.item,
			children: isCounted ? [foldOf(node.children, false)] : foldAll(node.children),
		});
	}
	return foldAll(forest);
}

/** What is the same of two nodes that look alike, those below them aside. */
function lookOf({ item }: TreeNode): string {
	switch (item.type) {
		case "namespace": {
			const { kind, pids, names } = item.namespace;
			return ["namespace", kind, item.own, Math.min(pids.length, 2), names.length > 0].join(" ");
		}
		case "process": {
			const own = item.enters.some(({ own }) => own);
			const named = item.enters.some(({ namespace }) => (namespace?.names.length ?? 0) > 0);
			return ["process", own, named, ...item.enters.map(({ kind }) => kind)].join(" ");
		}
		case "unseen":
			return `unseen ${item.kind}`;
		case "group":
			return `group ${item.title}`;
		case "fold":
			return "fold";
	}
}

const foldOf = (nodes: readonly TreeNode[], more: boolean): TreeNode => ({
	item: { type: "fold", nodes, more },
	children: [],
});

function hasName({ item }: TreeNode): boolean {
	if (item.type === "namespace") return item.namespace.names.length > 0;
	return item.type === "process" && item.enters.some(({ namespace }) => (namespace?.names.length ?? 0) > 0);
}

function foldSiblings(nodes: readonly TreeNode[], looks: ReadonlyMap<TreeNode, number>): TreeNode[] {
	if (nodes.length <= most) return [...nodes];
	const alike = Map.groupBy(nodes, (node) => looks.get(node));
	const taken = new Set<TreeNode>();
	const behind = new Map<TreeNode, TreeNode>();
	for (const group of alike.values()) {
		const named = group[0] !== undefined && hasName(group[0]);
		const keep = named ? shownNamed : shown;
		if (group.length <= (named ? mostNamed : most)) continue;
		const rest = group.slice(keep);
		for (const one of rest) taken.add(one);
		behind.set(group[keep - 1] as TreeNode, foldOf(rest, true));
	}
	const kept: TreeNode[] = [];
	for (const node of nodes) {
		if (!taken.has(node)) kept.push(node);
		const more = behind.get(node);
		if (more) kept.push(more);
	}
	return kept;
}

/** What a fold hides, in words: `240 more net namespaces, each with one process`. */
export function foldText({ nodes, more }: Extract<TreeItem, { type: "fold" }>): string {
	const [first] = nodes;
	if (!first || !more) return countedText(nodes);
	const count = nodes.length;
	if (first.item.type === "namespace") {
		const { kind, names } = first.item.namespace;
		const pids = nodes.map(({ item }) => (item.type === "namespace" ? item.namespace.pids.length : 0));
		const below = kindsBelow(nodes);
		const total = below.total === count ? "" : ` (${below.total} namespaces in all)`;
		const has = [names.length > 0 ? "a name" : "", below.kinds.join(", "), processesText(pids)].filter(Boolean);
		return `${count} more ${kind} ${plural(count, "namespace")}${total}, each with ${listed(has)}`;
	}
	if (first.item.type === "process") {
		const kinds = first.item.enters.map(({ kind }) => kind);
		const enters =
			kinds.length === 0 ? "" : `, each in ${listed(kinds)} ${plural(kinds.length, "namespace")} of its own`;
		return `${count} more ${plural(count, "process", "processes")}${enters}`;
	}
	return `${count} more ${plural(count, "namespace")} that were not seen`;
}

/** `6 mount and 6 net namespaces`. */
function countedText(nodes: readonly TreeNode[]): string {
	const kinds = nodes.flatMap(({ item }) => (item.type === "namespace" ? [item.namespace.kind] : []));
	const counts = namespaceKinds.flatMap((kind) => {
		const count = kinds.filter((one) => one === kind).length;
		return count === 0 ? [] : `${count} ${kind}`;
	});
	return `${listed(counts)} ${plural(kinds.length, "namespace")}`;
}

/** The kinds of namespaces below, in order, and how many namespaces there are with those at the top. */
function kindsBelow(nodes: readonly TreeNode[]): { readonly kinds: readonly string[]; readonly total: number } {
	const found = new Set<string>();
	let total = 0;
	for (const { node, depth } of walk(nodes)) {
		if (node.item.type !== "namespace") continue;
		total++;
		if (depth > 0) found.add(node.item.namespace.kind);
	}
	return { kinds: namespaceKinds.filter((kind) => found.has(kind)), total };
}

/** How many processes each of these has. */
function processesText(counts: readonly number[]): string {
	const [least, greatest] = counts.reduce(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, 0]);
	if (least === greatest) return processCount(least);
	return `${least} to ${greatest} processes`;
}

/** `no process`, `one process`, `7 processes`. */
export function processCount(count: number): string {
	if (count === 0) return "no process";
	return count === 1 ? "one process" : `${count} processes`;
}

const plural = (count: number, one: string, several = `${one}s`): string => (count === 1 ? one : several);

/** `a, b and c`. */
function listed(words: readonly string[]): string {
	return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
