/** A tree in a terminal. */
import { columnsOf, cutTo } from "./text-width.ts";
import { type Piece, piecesOf } from "./tree-label.ts";
import type { TreeNode } from "./tree-node.ts";

export interface TreeTextOptions {
	/** Lines are cut to so many columns. */
	readonly width?: number | undefined;
	/** With the colours of a terminal. */
	readonly colours: boolean;
	/** Only ASCII, in lines and in what is written on them. */
	readonly ascii: boolean;
}

interface Drawing {
	readonly fork: string;
	readonly end: string;
	readonly past: string;
	readonly none: string;
	/** Stands for what was cut off. */
	readonly cut: string;
	/** Before what was folded. */
	readonly more: string;
}

const boxes: Drawing = { fork: "├─ ", end: "└─ ", past: "│  ", none: "   ", cut: "…", more: "… " };
const ascii: Drawing = { fork: "|- ", end: "`- ", past: "|  ", none: "   ", cut: "...", more: "... " };

/** Lines deeper than this are drawn at this depth, with their own in front: nobody can follow so many lines. */
const deepest = 40;

/** The forest as text, a line for each node. */
export function treeText(forest: readonly TreeNode[], options: TreeTextOptions): string {
	const drawing = options.ascii ? ascii : boxes;
	const lines: string[] = [];
	const open = forest.map((node) => ({ node, depth: 0, lead: "", below: "" })).toReversed();
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const { node, depth, lead, below } = next;
		lines.push(`${lineOf(node, lead, drawing, options)}\n`);
		for (let i = node.children.length - 1; i >= 0; i--) {
			const isLast = i === node.children.length - 1;
			const child = node.children[i] as TreeNode;
			if (depth >= deepest) open.push({ node: child, depth: depth + 1, lead: `${depth + 1}: `, below: "" });
			else {
				const [own, past] = isLast ? [drawing.end, drawing.none] : [drawing.fork, drawing.past];
				open.push({ node: child, depth: depth + 1, lead: `${below}${own}`, below: `${below}${past}` });
			}
		}
	}
	return lines.join("");
}

function lineOf(
	{ item }: TreeNode,
	lead: string,
	drawing: Drawing,
	{ width, colours, ascii }: TreeTextOptions,
): string {
	const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(width - columnsOf(lead), drawing.cut.length);
	const sign = item.type === "fold" && item.more ? drawing.more : "";
	const pieces = piecesOf(item).map((piece, i) => ({ ...piece, gap: i === 0 ? sign : "  " }));
	const needed = pieces.reduce((sum, { gap, text }) => sum + gap.length + columnsOf(text), 0);
	let left = room;
	let line = lead;
	for (const { text, short, tone, gap } of pieces) {
		const said = needed > room ? (short ?? text) : text;
		const whole = `${gap}${ascii ? asciiOf(said) : said}`;
		const shown = cutTo(whole, left, drawing.cut);
		line += colours ? coloured(shown, tone) : shown;
		if (shown !== whole) break;
		left -= columnsOf(shown);
	}
	return line;
}

const asciiOf = (text: string): string => text.replace(/[^ -~]/gu, "?");

/** The colours of the kinds, so that those that come together are far from each other. */
const colourOf: Readonly<Record<NonNullable<Piece["tone"]>, string>> = {
	user: "33",
	mount: "34",
	pid: "35",
	net: "32",
	ipc: "36",
	uts: "31",
	cgroup: "94",
	time: "95",
	name: "1",
	own: "1;32",
	faint: "2",
};

function coloured(text: string, tone: Piece["tone"]): string {
	return tone === undefined ? text : `\x1b[${colourOf[tone]}m${text}\x1b[m`;
}
