/** Tables as the tools of util-linux print them: aligned, raw, or as JSON, and as trees. Pure. */

export interface TableColumn {
	readonly name: string;
	readonly right?: true;
	/** A number in JSON. */
	readonly number?: true;
	/** The column that shows the tree. */
	readonly tree?: true;
	/** The column that is cut where the terminal is too narrow. */
	readonly cut?: true;
	/** The width of a column whose cells are at least as wide as its name, and not wider than this. */
	readonly usual?: number;
}

/** A line; a cell may hold several lines of text, or nothing. */
export interface Row {
	readonly cells: readonly (string | undefined)[];
	readonly children: Row[];
}

export interface TableOptions {
	readonly name: string;
	readonly headings: boolean;
	/** The characters of branches are those of Unicode. */
	readonly unicode: boolean;
	/** Columns of the terminal; none where nothing is cut. */
	readonly width?: number | undefined;
	/** How wide a text is. */
	readonly measure: (text: string) => number;
}

interface Line {
	readonly branch: string;
	/** Before further lines of the same row. */
	readonly below: string;
	readonly cells: Row["cells"];
}

/** All rows, one behind the other, with what their branches look like. */
function linesOf(rows: readonly Row[], unicode: boolean): Line[] {
	const [tee, corner, bar] = unicode ? ["├─", "└─", "│ "] : ["|-", "`-", "| "];
	const lines: Line[] = [];
	const add = (children: readonly Row[], before: string | undefined): void => {
		children.forEach((row, i) => {
			const isLast = i === children.length - 1;
			const branch = before === undefined ? "" : before + (isLast ? corner : tee);
			const below = before === undefined ? "" : before + (isLast ? "  " : bar);
			lines.push({ branch, below, cells: row.cells });
			add(row.children, below);
		});
	};
	add(rows, undefined);
	return lines;
}

/** What a terminal would take for more than text. */
const safe = (text: string): string =>
	// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
	text.replace(/[\x00-\x1f\x7f-\x9f]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`);

/** The table with its columns aligned. Nothing where there are no rows. */
export function alignedTable(columns: readonly TableColumn[], rows: readonly Row[], options: TableOptions): string {
	const { headings, unicode, measure } = options;
	if (rows.length === 0) return "";
	const lines: string[][] = [];
	for (const { branch, below, cells } of linesOf(rows, unicode)) {
		const parts = cells.map((cell) => (cell ?? "").split("\n"));
		const height = Math.max(...parts.map(({ length }) => length));
		for (let i = 0; i < height; i++) {
			const prefix = i === 0 ? branch : below;
			lines.push(columns.map(({ tree }, at) => `${tree ? prefix : ""}${safe(parts[at]?.[i] ?? "")}`));
		}
	}
	const widths = columns.map(({ name, usual = 0 }, at) => {
		const least = measure(name);
		const widest = lines.reduce((width, line) => Math.max(width, measure(line[at] ?? "")), 0);
		return widest < least ? least : widest < usual && least < usual ? usual : widest;
	});
	if (headings) lines.unshift(columns.map(({ name }) => name));
	shrink(columns, widths, options.width);
	return lines.map((line) => `${alignedLine(columns, line, widths, measure)}\n`).join("");
}

/** Takes what is too much for the terminal from the column that may be cut. */
function shrink(columns: readonly TableColumn[], widths: number[], width: number | undefined): void {
	const at = columns.findIndex(({ cut }) => cut);
	const own = widths[at];
	if (width === undefined || own === undefined) return;
	const all = widths.reduce((sum, one) => sum + one + 1, -1);
	widths[at] = Math.min(own, Math.max(1, own - (all - width)));
}

function alignedLine(
	columns: readonly TableColumn[],
	line: readonly string[],
	widths: readonly number[],
	measure: (text: string) => number,
): string {
	const cells = columns.map(({ right, cut }, at) => {
		const width = widths[at] ?? 0;
		const text = cut ? shortened(line[at] ?? "", width, measure) : (line[at] ?? "");
		const gap = " ".repeat(Math.max(0, width - measure(text)));
		if (right) return gap + text;
		return at === columns.length - 1 ? text : text + gap;
	});
	return cells.join(" ");
}

function shortened(text: string, width: number, measure: (text: string) => number): string {
	if (measure(text) <= width) return text;
	let kept = "";
	for (const character of text) {
		if (measure(kept + character) > width) break;
		kept += character;
	}
	return kept;
}

/** One space between cells; what is no plain character is written as `\xHH`. */
export function rawTable(
	columns: readonly TableColumn[],
	rows: readonly Row[],
	{ headings, unicode }: TableOptions,
): string {
	if (rows.length === 0) return "";
	const lines = headings ? [columns.map(({ name }) => name).join(" ")] : [];
	for (const { branch, cells } of linesOf(rows, unicode)) {
		lines.push(columns.map(({ tree }, at) => rawText(`${tree ? branch : ""}${cells[at] ?? ""}`)).join(" "));
	}
	return `${lines.join("\n")}\n`;
}

function rawText(text: string): string {
	let made = "";
	for (const byte of new TextEncoder().encode(text)) {
		const plain = byte > 0x20 && byte < 0x7f && byte !== 0x5c;
		made += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
	}
	return made;
}

/** JSON with the tool's indentation; the children of a row stand in it. */
export function jsonTable(columns: readonly TableColumn[], rows: readonly Row[], { name }: TableOptions): string {
	if (rows.length === 0) return `{\n   "${name}": [\n\n   ]\n}\n`;
	return `{\n   "${name}": [\n${jsonRows(columns, rows, 6)}\n   ]\n}\n`;
}

function jsonRows(columns: readonly TableColumn[], rows: readonly Row[], indent: number): string {
	const [outer, inner] = [" ".repeat(indent), " ".repeat(indent + 3)];
	const objects = rows.map(({ cells, children }) => {
		const fields = columns.map(({ name, number }, at) => {
			const cell = cells[at];
			const value = cell === undefined ? "null" : number ? cell : JSON.stringify(cell);
			return `${inner}"${name.toLowerCase()}": ${value}`;
		});
		if (children.length > 0) {
			fields.push(`${inner}"children": [\n${jsonRows(columns, children, indent + 6)}\n${inner}]`);
		}
		return fields.join(",\n");
	});
	return `${outer}{\n${objects.join(`\n${outer}},{\n`)}\n${outer}}`;
}
