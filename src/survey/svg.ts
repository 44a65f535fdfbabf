/**
 * A tree as a picture: who has something below it is a bar, and what has nothing below it is a small box, many in a row,
 * so that a sandbox is a line or two. The picture needs nothing from elsewhere, and the same tree makes the same bytes.
 */
import { namespaceKinds } from "../plan/namespaces.ts";
import { box, elbow, escaped, group, stripe, style, textAt } from "./svg-elements.ts";
import type { TreeOrder } from "./tree.ts";
import { processCount } from "./tree-fold.ts";
import { holderText, namesText, piecesOf } from "./tree-label.ts";
import type { EnteredNamespace, TreeItem, TreeNode } from "./tree-node.ts";
import type { Survey, SurveyedNamespace } from "./types.ts";

const width = 1320;
const margin = 20;
/** To the right with each level, as far as this many. */
const [indent, deepest] = [26, 20];
const bar = 26;
const [chipWidth, chipHeight] = [166, 38];
const gap = 6;

/** What is drawn, and how far down that is. */
interface Canvas {
	readonly parts: string[];
	y: number;
}

/** The picture of a survey's tree: the text of an SVG file. */
export function treeSvg(survey: Survey, by: TreeOrder, forest: readonly TreeNode[]): string {
	const canvas: Canvas = { parts: [], y: margin };
	const title = titles[by];
	const summary = summaryOf(survey);
	heading(canvas, title, summary);
	drawForest(canvas, forest);
	const height = canvas.y + margin - gap;
	const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
	return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-labelledby="title desc">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(`${summary}. ${explanations[by]}`)}</desc>
${style}<rect class="back" width="${width}" height="${height}"/>
${canvas.parts.join("")}</svg>
`;
}

const titles: Readonly<Record<TreeOrder, string>> = {
	owner: "Namespaces by the user namespace that owns them",
	parent: "User and PID namespaces by the one they are nested in",
	process: "Processes by the namespaces they do not share with the process above",
};

const explanations: Readonly<Record<TreeOrder, string>> = {
	owner: "Each user namespace is a bar; below it are the namespaces that it owns.",
	parent: "Below each namespace are those that were made inside of it.",
	process: "Each bar is a process with namespaces of its own, which are below it, and after them its descendants.",
};

function summaryOf({ namespaces, processes, unreadable }: Survey): string {
	const rest = unreadable === 0 ? "" : `; those of ${processCount(unreadable)} may not be read`;
	return `${namespaces.length} namespaces, ${processCount(processes.length)}${rest}`;
}

function heading(canvas: Canvas, title: string, summary: string): void {
	const { parts } = canvas;
	parts.push(`${textAt(margin, canvas.y + 14, width, title, "heading")}\n`);
	parts.push(`${textAt(margin, canvas.y + 34, width - 2 * margin, summary, "faint")}\n`);
	for (const [i, kind] of namespaceKinds.entries()) {
		const x = margin + i * 92;
		parts.push(`<g class="${kind}">${stripe(x, canvas.y + 46, 14)}${textAt(x + 10, canvas.y + 57, 80, kind)}</g>\n`);
	}
	canvas.y += 74;
}

/** Draws every node, from the top; who stands above is known by the place its line begins at. */
function drawForest(canvas: Canvas, forest: readonly TreeNode[]): void {
	const open = [{ nodes: forest, at: 0, depth: 0, from: undefined as number | undefined }];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const { nodes, at, depth, from } = next;
		const node = nodes[at];
		if (!node) continue;
		// What is below this one comes before the next.
		open.push({ nodes, at: at + 1, depth, from });
		const x = margin + Math.min(depth, deepest) * indent;
		if (from !== undefined) canvas.parts.push(elbow(x - indent + 10, from, canvas.y + bar / 2, x));
		drawBar(canvas, node.item, x);
		const below = canvas.y - gap;
		const chips = [...chipsOf(node.item), ...node.children.filter(isChip).flatMap(({ item }) => chipOf(item))];
		drawChips(canvas, chips, x + (depth < deepest ? indent : 0), below);
		open.push({ nodes: node.children.filter((one) => !isChip(one)), at: 0, depth: depth + 1, from: below });
	}
}

const isChip = ({ item, children }: TreeNode): boolean => item.type === "namespace" && children.length === 0;

function drawBar(canvas: Canvas, item: TreeItem, x: number): void {
	const room = width - margin - x;
	const pieces = piecesOf(item);
	const text = pieces.map((one) => one.text).join(" · ");
	const kind = item.type === "namespace" ? item.namespace.kind : item.type === "unseen" ? item.kind : undefined;
	const classes = [item.type, kind, item.type === "namespace" && item.own ? "own" : undefined]
		.filter(Boolean)
		.join(" ");
	const colour = kind === undefined ? "" : stripe(x, canvas.y, bar);
	const shown = item.type === "process" ? (pieces[0]?.text ?? "") + sharingOf(item.sharing) : text;
	const written = textAt(x + 12, canvas.y + 17, room - 20, item.type === "fold" && item.more ? `… ${shown}` : shown);
	canvas.parts.push(group(classes, tipOf(item), box(x, canvas.y, room, bar), colour, written));
	canvas.y += bar + gap;
}

const sharingOf = (count: number): string => (count === 0 ? "" : `  and ${processCount(count)} more in the same`);

/** A small box. */
interface Chip {
	readonly kind: string;
	readonly own: boolean;
	readonly head: string;
	readonly line: string;
	readonly tip: string;
}

function drawChips(canvas: Canvas, chips: readonly Chip[], x: number, from: number): void {
	const perLine = Math.max(1, Math.floor((width - margin - x + gap) / (chipWidth + gap)));
	for (const [i, { kind, own, head, line, tip }] of chips.entries()) {
		const at = x + (i % perLine) * (chipWidth + gap);
		if (i > 0 && i % perLine === 0) canvas.y += chipHeight + gap;
		if (i % perLine === 0) canvas.parts.push(elbow(x - indent + 10, from, canvas.y + chipHeight / 2, x));
		const texts = [
			textAt(at + 12, canvas.y + 16, chipWidth - 16, head, "strong"),
			textAt(at + 12, canvas.y + 31, chipWidth - 16, line, "faint"),
		];
		const shape = [box(at, canvas.y, chipWidth, chipHeight), stripe(at, canvas.y, chipHeight)];
		canvas.parts.push(group(`${kind}${own ? " own" : ""}`, tip, ...shape, ...texts));
	}
	if (chips.length > 0) canvas.y += chipHeight + gap;
}

/** The namespaces that a process has come into. */
function chipsOf(item: TreeItem): Chip[] {
	return item.type === "process" ? item.enters.map(enteredChip) : [];
}

function enteredChip({ kind, inode, namespace, own }: EnteredNamespace): Chip {
	const head = `${kind} ${inode}`;
	const line = namespace ? lineOf(namespace, own) : "";
	return { kind, own, head, line, tip: namespace ? namespaceTip(namespace) : head };
}

function chipOf(item: TreeItem): Chip[] {
	if (item.type !== "namespace") return [];
	const { namespace, own } = item;
	const head = `${namespace.kind} ${namespace.inode}`;
	return [{ kind: namespace.kind, own, head, line: lineOf(namespace, own), tip: namespaceTip(namespace) }];
}

/** What tells a namespace best: its name, that it is the caller's, its processes. */
function lineOf(namespace: SurveyedNamespace, own: boolean): string {
	const { names, pids, command, holders } = namespace;
	if (names.length > 0) return namesText(namespace);
	if (own) return `yours, ${processCount(pids.length)}`;
	if (pids.length === 0) return holders[0] ? holderText(holders[0]) : "no process";
	return pids.length === 1 ? `${pids[0]} ${command ?? ""}` : `${pids.length}: ${pids[0]} ${command ?? ""}`;
}

function tipOf(item: TreeItem): string {
	if (item.type === "namespace") return namespaceTip(item.namespace);
	return piecesOf(item)
		.map(({ text }) => text)
		.join("\n");
}

function namespaceTip(namespace: SurveyedNamespace): string {
	const { kind, inode, names, pids, command, uid, ownerUid, holders } = namespace;
	const lines = [
		`${kind} namespace ${inode}`,
		names.length > 0 ? `name: ${namesText(namespace)}` : "",
		ownerUid === undefined ? "" : `made by user ${ownerUid}`,
		processCount(pids.length),
		pids.length > 0 ? `first: ${pids[0]}${uid === undefined ? "" : ` of user ${uid}`} ${command ?? ""}` : "",
		...holders.slice(0, 5).map(holderText),
	];
	return lines.filter((line) => line !== "").join("\n");
}
