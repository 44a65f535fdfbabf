/**
 * A survey as trees: which namespace belongs to which. Nothing is lost and nothing is followed twice, whatever the
 * survey says: who names an owner that was not seen stands below a place for it, and a circle is cut open.
 */
import type { NamespaceKind } from "../plan/namespaces.ts";
import { byKind, cutCircles, type GrowingNode, grouped, namespaceNode, type TreeNode } from "./tree-node.ts";
import { processForest } from "./tree-process.ts";
import type { Survey, SurveyedNamespace } from "./types.ts";

/** What stands above what: the user namespace that owns it, the one it is nested in, or the process that started it. */
export type TreeOrder = "owner" | "parent" | "process";

export const treeOrders: readonly TreeOrder[] = ["owner", "parent", "process"];

/** The trees of a survey. Every namespace of it stands in them once; by process, at each process that comes into it. */
export function treeOf(survey: Survey, by: TreeOrder): readonly TreeNode[] {
	if (by === "process") return processForest(survey);
	return by === "owner" ? ownerForest(survey) : parentForest(survey);
}

function ownerForest(survey: Survey): TreeNode[] {
	const nodes = survey.namespaces.map((one) => namespaceNode(survey, one));
	const above = ({ kind, owner, parent }: SurveyedNamespace) => (kind === "user" ? (parent ?? owner) : owner);
	const { roots, ownerless } = nested(survey.namespaces, nodes, above, () => "user");
	return ownerless.length === 0 ? roots : [...roots, grouped("the owner may not be seen from here", ownerless)];
}

function parentForest(survey: Survey): TreeNode[] {
	const nests = ({ kind }: SurveyedNamespace) => kind === "user" || kind === "pid";
	const nesting = survey.namespaces.filter(nests);
	const others = survey.namespaces.filter((one) => !nests(one)).map((one) => namespaceNode(survey, one));
	const nodes = nesting.map((one) => namespaceNode(survey, one));
	const { roots, ownerless } = nested(
		nesting,
		nodes,
		({ parent }) => parent,
		({ kind }) => kind,
	);
	const trees = [...roots, ...ownerless].toSorted(byKind);
	return others.length === 0 ? trees : [...trees, grouped("of types that are not nested", others, true)];
}

/** Those that stand at the top: user namespaces are there by nature, others only where nobody says what is above them. */
interface Nested {
	readonly roots: GrowingNode[];
	readonly ownerless: GrowingNode[];
}

/** Hangs each node below the one that `above` names. */
function nested(
	namespaces: readonly SurveyedNamespace[],
	nodes: readonly GrowingNode[],
	above: (one: SurveyedNamespace) => number | undefined,
	kindAbove: (one: SurveyedNamespace) => NamespaceKind,
): Nested {
	const places = new Map<string, number>();
	namespaces.forEach(({ kind, inode }, at) => {
		if (!places.has(`${kind} ${inode}`)) places.set(`${kind} ${inode}`, at);
	});
	const named = namespaces.map((one) => places.get(`${kindAbove(one)} ${above(one)}`));
	const aboves = [...named];
	cutCircles(aboves);
	const unseen = new Map<string, GrowingNode>();
	const roots: GrowingNode[] = [];
	const ownerless: GrowingNode[] = [];
	namespaces.forEach((one, at) => {
		const node = nodes[at] as GrowingNode;
		const [place, inode] = [aboves[at], above(one)];
		if (place !== undefined) nodes[place]?.children.push(node);
		else if (named[at] !== undefined) roots.push(node);
		else if (inode !== undefined) hang(unseen, kindAbove(one), inode, node);
		else (one.kind === "user" ? roots : ownerless).push(node);
	});
	for (const node of [...nodes, ...unseen.values()]) node.children.sort(byKind);
	return { roots: [...roots.toSorted(byKind), ...unseen.values()], ownerless };
}

/** Hangs a node below the place of a namespace that was not seen. */
function hang(unseen: Map<string, GrowingNode>, kind: NamespaceKind, inode: number, node: GrowingNode): void {
	const key = `${kind} ${inode}`;
	const place = unseen.get(key) ?? { item: { type: "unseen", kind, inode }, children: [] };
	place.children.push(node);
	unseen.set(key, place);
}
