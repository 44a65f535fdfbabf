/** The processes that change namespaces against the one that started them, as trees. */
import { namespaceKinds } from "../plan/namespaces.ts";
import { cutCircles, type EnteredNamespace, type GrowingNode, grouped, isOwn, namespaceNode } from "./tree-node.ts";
import type { NamespaceInodes, Survey, SurveyedNamespace, SurveyedProcess } from "./types.ts";

/** A process while the tree is made. */
interface Growing {
	readonly process: SurveyedProcess;
	readonly enters: readonly EnteredNamespace[];
	/** The place of its nearest ancestor with a line. */
	above: number | undefined;
	sharing: number;
	readonly children: GrowingNode[];
}

/**
 * A line for each process that is not in all namespaces of its parent, below the nearest ancestor that has one.
 * Whoever's parent may not be seen is compared with the caller instead, and stands at the top. Namespaces that nobody of these is in stand at the end.
 */
export function processForest(survey: Survey): GrowingNode[] {
	const { processes } = survey;
	const known = new Map(survey.namespaces.map((one) => [`${one.kind} ${one.inode}`, one]));
	const parents = parentsOf(processes);
	const enter = (process: SurveyedProcess, other?: NamespaceInodes) =>
		entered(survey, known, process.namespaces, other);
	// It stands for all that are in the caller's namespaces, and shows them.
	const first = processes.findIndex((one, at) => parents[at] === undefined && enter(one, survey.own).length === 0);
	const all = processes.map((process, at): Growing => {
		const parent = parents[at];
		const compared = parent === undefined ? survey.own : processes[parent]?.namespaces;
		const enters = at === first ? enter(process) : enter(process, compared);
		return { process, enters, above: undefined, sharing: 0, children: [] };
	});
	const isShown = (at: number): boolean => at === first || (all[at] as Growing).enters.length > 0;
	const order = downwards(parents);
	for (const at of order) {
		const parent = parents[at];
		const one = all[at] as Growing;
		if (parent !== undefined) one.above = isShown(parent) ? parent : all[parent]?.above;
		if (!isShown(at)) (all[one.above ?? first] as Growing).sharing++;
	}
	const roots: GrowingNode[] = [];
	for (const at of order) {
		if (!isShown(at)) continue;
		const { process, enters, above, sharing, children } = all[at] as Growing;
		const siblings = above === undefined ? roots : (all[above] as Growing).children;
		siblings.push({ item: { type: "process", process, enters, sharing }, children });
	}
	const seen = new Set(all.flatMap(({ enters }) => enters.map(({ kind, inode }) => `${kind} ${inode}`)));
	const empty = survey.namespaces.filter(({ kind, inode }) => !seen.has(`${kind} ${inode}`));
	if (empty.length === 0) return roots;
	return [
		...roots,
		grouped(
			"that no process is seen to come into",
			empty.map((one) => namespaceNode(survey, one)),
		),
	];
}

/** The place of each process's parent, without circles. */
function parentsOf(processes: readonly SurveyedProcess[]): (number | undefined)[] {
	const places = new Map(processes.map(({ pid }, at) => [pid, at]));
	const parents = processes.map(({ pid, parent }) => (parent === pid ? undefined : places.get(parent)));
	cutCircles(parents);
	return parents;
}

/** All places, parents before their children. */
function downwards(parents: readonly (number | undefined)[]): number[] {
	const children = new Map<number | undefined, number[]>();
	parents.forEach((parent, at) => {
		const siblings = children.get(parent);
		if (siblings) siblings.push(at);
		else children.set(parent, [at]);
	});
	const order = [...(children.get(undefined) ?? [])];
	for (let i = 0; i < order.length; i++) for (const child of children.get(order[i]) ?? []) order.push(child);
	return order;
}

/** The namespaces of a process that its parent is not in, as far as both can be seen. */
function entered(
	survey: Survey,
	known: ReadonlyMap<string, SurveyedNamespace>,
	namespaces: NamespaceInodes,
	parent: NamespaceInodes | undefined,
): EnteredNamespace[] {
	const all: EnteredNamespace[] = [];
	for (const kind of namespaceKinds) {
		const inode = namespaces[kind];
		// Where the parent's cannot be seen, nobody can say that it is the same.
		if (inode === undefined || inode === parent?.[kind]) continue;
		all.push({ kind, inode, namespace: known.get(`${kind} ${inode}`), own: isOwn(survey, kind, inode) });
	}
	return all;
}
