/** Rows as text: aligned for people, one field after the other for programs, and JSON. */
import { printable } from "../plan/text.ts";
import type { About, Cell, Column } from "./columns.ts";

export interface TableOptions {
	/** Characters of a line; what is longer is cut. @default no limit */
	readonly width?: number | undefined;
	/** @default true */
	readonly headings?: boolean;
}

/** A column is never cut below this. */
const leastWidth = 8;

/** Aligned columns with two blanks between them; numbers to the right. */
export function tableText<Row>(
	rows: readonly Row[],
	columns: readonly Column<Row>[],
	about: About,
	{ width = Number.POSITIVE_INFINITY, headings = true }: TableOptions = {},
): string {
	const lines = rows.map((row) => columns.map((column) => printable(cellText(column.of(row, about)))));
	if (headings) lines.unshift(columns.map(({ name }) => name));
	const natural = columns.map((_, i) => lines.reduce((most, line) => Math.max(most, lengthOf(line[i] ?? "")), 0));
	const widths = fitting(natural, columns, width - 2 * (columns.length - 1));
	const text = lines.map((line) =>
		line
			.map((cell, i) => padded(cut(cell, widths[i] ?? 0), widths[i] ?? 0, columns[i]?.type === "number"))
			.join("  ")
			.trimEnd(),
	);
	return text.map((line) => `${line}\n`).join("");
}

/** Widths that fit together: the widest column of text gives way until the others are as wide. */
function fitting(natural: readonly number[], columns: readonly Pick<Column<never>, "type">[], total: number): number[] {
	const widths = [...natural];
	for (let over = widths.reduce((sum, one) => sum + one, 0) - total; over > 0; ) {
		let widest = -1;
		for (let i = 0; i < widths.length; i++)
			if (columns[i]?.type !== "number" && (widths[i] ?? 0) > (widths[widest] ?? leastWidth)) widest = i;
		if (widest < 0) break;
		const next = Math.max(leastWidth, ...widths.filter((_, i) => i !== widest && columns[i]?.type !== "number"));
		const least = Math.min(next, (widths[widest] ?? 0) - 1);
		const taken = Math.min(over, (widths[widest] ?? 0) - Math.max(leastWidth, least));
		widths[widest] = (widths[widest] ?? 0) - taken;
		over -= taken;
	}
	return widths;
}

const lengthOf = (text: string): number => (isAscii.test(text) ? text.length : [...text].length);
const isAscii = /^[ -~]*$/;

function cut(text: string, width: number): string {
	if (lengthOf(text) <= width) return text;
	return `${[...text].slice(0, width - 1).join("")}…`;
}

function padded(text: string, width: number, right: boolean): string {
	const blanks = " ".repeat(Math.max(0, width - lengthOf(text)));
	return right ? blanks + text : text + blanks;
}

/** A cell as text: several values with commas between them, nothing where it is not known. */
function cellText(cell: Cell): string {
	if (cell === undefined) return "";
	return typeof cell === "object" ? cell.join(",") : String(cell);
}

/** A line for each row, with tabs between the fields; a backslash is doubled, and control characters are `\u0009`. */
export function rawText<Row>(
	rows: readonly Row[],
	columns: readonly Column<Row>[],
	about: About,
	{ headings = true }: TableOptions = {},
): string {
	const lines = rows.map((row) => columns.map((column) => escaped(cellText(column.of(row, about)))));
	if (headings) lines.unshift(columns.map(({ name }) => name));
	return lines.map((line) => `${line.join("\t")}\n`).join("");
}

const escaped = (text: string): string => printable(text.replaceAll("\\", "\\\\"));

/** A row as an object: names in lower case, numbers as numbers, several values as an array, `null` for what is not known. */
export function rowObject<Row>(
	row: Row,
	columns: readonly Column<Row>[],
	about: About,
): Record<string, number | string | readonly string[] | null> {
	const object: Record<string, number | string | readonly string[] | null> = {};
	for (const column of columns) object[column.name.toLowerCase()] = column.of(row, about) ?? null;
	return object;
}
