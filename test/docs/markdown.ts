/** What the documents hold: blocks of code, prose, links and headings. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of the project. */
export const project: string = join(import.meta.dir, "../..");

/** The text of a file of the project. */
export const textOf = (path: string): string => readFileSync(join(project, path), "utf8");

/** All documents, by their path in the project. */
export const documents: readonly string[] = ["*.md", "docs/*.md", "examples/*.md", "bench/*.md"]
	.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(project)])
	.toSorted();

/** A block of code. */
export interface Block {
	/** Where it begins, as `README.md:12`. */
	readonly at: string;
	readonly language: string;
	/** What stands behind the language. */
	readonly words: readonly string[];
	readonly text: string;
}

/** A document taken apart. */
export interface Document {
	readonly blocks: readonly Block[];
	/** The lines that are in no block, with their numbers. */
	readonly prose: readonly { readonly line: number; readonly text: string }[];
}

/** Takes the text of a document apart. */
export function takeApart(text: string, name = ""): Document {
	const blocks: Block[] = [];
	const prose: { line: number; text: string }[] = [];
	let open: (Omit<Block, "text"> & { lines: string[] }) | undefined;
	text.split("\n").forEach((content, i) => {
		const fence = /^```(\S*) ?(.*)$/.exec(content);
		if (!fence && open) open.lines.push(content);
		else if (!fence) prose.push({ line: i + 1, text: content });
		else if (open) {
			blocks.push({ ...open, text: open.lines.join("\n") });
			open = undefined;
		} else {
			const [, language = "", words = ""] = fence;
			open = { at: `${name}:${i + 1}`, language, words: words.split(" ").filter(Boolean), lines: [] };
		}
	});
	if (open) throw new SyntaxError(`the block at ${open.at} has no end`);
	return { blocks, prose };
}

/** A document of the project. */
export const read = (path: string): Document => takeApart(textOf(path), path);

/** The targets of all links. */
export function linksIn({ prose }: Document): string[] {
	return prose.flatMap(({ text }) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target));
}

/** Levels and texts of all headings. */
export function headingsIn({ prose }: Document): { level: number; text: string }[] {
	return prose.flatMap(({ text }) => {
		const [, marks, title] = /^(#+) (.+)$/.exec(text) ?? [];
		return marks && title ? [{ level: marks.length, text: title }] : [];
	});
}

/** The name a link has for a heading. */
export function anchorOf(heading: string): string {
	return heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N} _-]/gu, "")
		.replaceAll(" ", "-");
}

/** The cells of all rows of tables, without the rules below their headings. */
export function rowsIn({ prose }: Document): string[][] {
	return prose
		.filter(({ text }) => text.startsWith("| ") && !text.startsWith("| ---"))
		.map(({ text }) =>
			text
				.slice(1, -1)
				.split(" | ")
				.map((cell) => cell.trim()),
		);
}

/** The ```ts blocks of all doc comments in a source file. */
export function examplesIn(path: string): Block[] {
	const comments = [...textOf(path).matchAll(/^\/\*\*\n(?: \*.*\n)*? \*\/$/gm)];
	return comments.flatMap(([comment]) =>
		takeApart(comment.replaceAll(/^ \* ?/gm, ""), path).blocks.filter(({ language }) => language === "ts"),
	);
}
