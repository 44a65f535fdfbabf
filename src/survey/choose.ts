/** Which columns are shown, in which order, and the value of every option of a list that is a word. */
import { nearest } from "../nearest.ts";
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { Problem } from "../plan/types.ts";
import type { About, Cell, Column } from "./columns.ts";
import { kindOfFile } from "./mountinfo.ts";

type Named = Pick<Column<never>, "name">;

/**
 * The columns of `--output`: names with commas between them, in whatever case; `+NAME` in front adds to the usual ones,
 * and `all` stands for every column.
 */
export function chosenColumns<C extends Named>(
	text: string | undefined,
	all: readonly C[],
	usual: readonly string[],
	problems: Problem[],
): C[] {
	const chosen: C[] = [];
	const adds = text?.startsWith("+") ?? true;
	const names = (adds ? text?.slice(1) : text)?.split(",") ?? [];
	for (const name of adds ? [...usual, ...names] : names) {
		const found = name.toLowerCase() === "all" ? all : [columnNamed(name, all, problems)];
		for (const column of found) if (column && !chosen.includes(column)) chosen.push(column);
	}
	return chosen;
}

/** The column of this name; otherwise a problem. */
export function columnNamed<C extends Named>(name: string, all: readonly C[], problems: Problem[]): C | undefined {
	const found = all.find((one) => one.name === name.toUpperCase());
	if (!found) problems.push(unknownColumn(name, all));
	return found;
}

/** There is no such column, and which was meant. */
export function unknownColumn(name: string, all: readonly Named[]): Problem {
	const names = all.map((one) => one.name);
	const near = nearest(name.toUpperCase(), names);
	const hint = near ? `did you mean ${near}?` : `there are ${names.join(", ")}`;
	return { code: "COLUMN_UNKNOWN", message: `there is no column ${JSON.stringify(name)}`, hint };
}

/** The kinds of `--type`, each by its name or its file's; all where nothing is said. */
export function chosenKinds(texts: readonly string[], problems: Problem[]): readonly NamespaceKind[] {
	const chosen = new Set<NamespaceKind>();
	for (const text of texts.flatMap((one) => one.split(","))) {
		const kind = kindOfFile(text) ?? namespaceKinds.find((one) => one === text);
		if (kind) chosen.add(kind);
		else {
			const near = nearest(text, namespaceKinds);
			const hint = near ? `did you mean ${near}?` : `there are ${namespaceKinds.join(", ")}`;
			problems.push({ code: "TYPE_UNKNOWN", message: `there is no namespace type ${JSON.stringify(text)}`, hint });
		}
	}
	return texts.length === 0 ? namespaceKinds : namespaceKinds.filter((one) => chosen.has(one));
}

/** The rows in the order of a column, those without a value last; rows that are alike stay as they are. */
export function sortedRows<Row>(
	rows: readonly Row[],
	column: Column<Row>,
	reverse: boolean,
	about: About,
): readonly Row[] {
	const keyed = rows.map((row) => ({ row, cell: column.of(row, about) }));
	const sign = reverse ? -1 : 1;
	return keyed.toSorted((a, b) => emptyLast(a.cell, b.cell) || sign * compared(a.cell, b.cell)).map(({ row }) => row);
}

const isEmpty = (cell: Cell): boolean => cell === undefined || (typeof cell === "object" && cell.length === 0);
const emptyLast = (a: Cell, b: Cell): number => Number(isEmpty(a)) - Number(isEmpty(b));

function compared(a: Cell, b: Cell): number {
	if (typeof a === "number" && typeof b === "number") return a - b;
	const [left, right] = [String(a), String(b)];
	return left < right ? -1 : left > right ? 1 : 0;
}
