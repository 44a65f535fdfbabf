/**
 * The filter of lists: `TYPE == "net" && NPROCS > 1`. A comparison is a column, an operator and a value; a column alone
 * is true where it has a value. What is not known equals nothing, and is neither less nor more than anything.
 */
import type { Problem } from "../plan/types.ts";
import { unknownColumn } from "./choose.ts";
import type { About, Cell, Column } from "./columns.ts";
import { type Token, tokensOf } from "./filter-words.ts";

/** The operators between a column and a value. */
export const comparisons = ["==", "!=", "<", "<=", ">", ">=", "=~", "!~"] as const;
export type Comparison = (typeof comparisons)[number];

/** What a filter says. */
export type Filter =
	| { readonly is: "and"; readonly left: Filter; readonly right: Filter }
	| { readonly is: "or"; readonly left: Filter; readonly right: Filter }
	| { readonly is: "not"; readonly of: Filter }
	| { readonly is: "known"; readonly column: string }
	| { readonly is: "compare"; readonly column: string; readonly by: Comparison; readonly value: number | string };

/** A filter that was read, or what is wrong with it. */
export type ReadFilter = { readonly filter: Filter } | { readonly problem: Problem };

type AnyColumn = Pick<Column<never>, "name" | "type">;

/** More than this is no filter that somebody wrote. */
const mostNested = 100;

/** What is wrong, as it is found; `readFilter` hands it out. */
class FilterMistake extends Error {
	constructor(readonly problem: Problem) {
		super(problem.message);
	}
}

const mistake = (message: string, hint: string): FilterMistake =>
	new FilterMistake({ code: "FILTER_INVALID", message: `--filter: ${message}`, hint });

/** Reads a filter on these columns. */
export function readFilter(text: string, columns: readonly AnyColumn[]): ReadFilter {
	try {
		const tokens = tokensOf(text);
		if ("wrong" in tokens) throw mistake(tokens.wrong, example);
		return { filter: new Parser(tokens.tokens, columns).whole() };
	} catch (error) {
		if (error instanceof FilterMistake) return { problem: error.problem };
		throw error;
	}
}

const example = `such as 'TYPE == "net" && NPROCS > 1'`;

class Parser {
	private at = 0;
	private depth = 0;

	constructor(
		private readonly tokens: readonly Token[],
		private readonly columns: readonly AnyColumn[],
	) {}

	whole(): Filter {
		const filter = this.or();
		const left = this.tokens[this.at];
		if (left) throw mistake(`${shown(left)} is too much`, "put && or || between two comparisons");
		return filter;
	}

	private or(): Filter {
		let left = this.and();
		while (this.take("||")) left = { is: "or", left, right: this.and() };
		return left;
	}

	private and(): Filter {
		let left = this.not();
		while (this.take("&&")) left = { is: "and", left, right: this.not() };
		return left;
	}

	private not(): Filter {
		if (++this.depth > mostNested) throw mistake("it is nested too deeply", `${mostNested} levels are the most`);
		const filter: Filter = this.take("!") ? { is: "not", of: this.not() } : this.primary();
		this.depth--;
		return filter;
	}

	private primary(): Filter {
		if (this.take("(")) {
			const filter = this.or();
			if (!this.take(")")) throw mistake("a parenthesis is not closed", "every ( needs its )");
			return filter;
		}
		const column = this.column();
		const by = comparisons.find((one) => this.take(one));
		return by ? this.comparison(column, by) : { is: "known", column: column.name };
	}

	private column(): AnyColumn {
		const token = this.tokens[this.at++];
		if (token?.is !== "word") {
			const found = token ? `${shown(token)} stands` : "it ends";
			throw mistake(`${found} where a column has to be`, `the column stands first, ${example}`);
		}
		const found = this.columns.find(({ name }) => name === token.text.toUpperCase());
		if (!found) {
			const { message, hint = example } = unknownColumn(token.text, this.columns);
			throw mistake(message, hint);
		}
		return found;
	}

	private comparison({ name, type }: AnyColumn, by: Comparison): Filter {
		const token = this.tokens[this.at++];
		if (token?.is !== "number" && token?.is !== "text") {
			const found = token ? `${shown(token)} stands` : "it ends";
			const hint = token?.is === "word" ? `text has quotes around it: ${name} ${by} "${token.text}"` : example;
			throw mistake(`${found} where a value has to be`, hint);
		}
		const isPattern = by === "=~" || by === "!~";
		if (isPattern) {
			if (type === "number") throw mistake(`${name} is a number, and ${by} is for text`, "compare it with == or <");
			checkPattern(token.text);
			return { is: "compare", column: name, by, value: token.text };
		}
		if (type === "number") return { is: "compare", column: name, by, value: numberIn(name, token) };
		if (token.is === "number") throw mistake(`${name} is text`, `write ${name} ${by} "${token.text}"`);
		return { is: "compare", column: name, by, value: token.text };
	}

	private take(text: string): boolean {
		const token = this.tokens[this.at];
		if (token?.is !== "sign" || token.text !== text) return false;
		this.at++;
		return true;
	}
}

const shown = (token: Token): string => (token.is === "text" ? JSON.stringify(token.text) : token.text);

/** Quotes around a number are no mistake: lsns(8) wants none there, and takes them. */
function numberIn(name: string, { text }: Token): number {
	if (!/^(?:0|[1-9][0-9]{0,14})$/.test(text)) throw mistake(`${name} is a number`, `${JSON.stringify(text)} is none`);
	return Number(text);
}

function checkPattern(text: string): void {
	try {
		new RegExp(text);
	} catch (error) {
		throw mistake(`${JSON.stringify(text)} is no regular expression`, error instanceof Error ? error.message : example);
	}
}

/** Whether a filter lets a row pass. The columns are those it was read with. */
export function filterTest<Row>(filter: Filter, columns: readonly Column<Row>[], about: About): (row: Row) => boolean {
	if (filter.is === "not") {
		const inner = filterTest(filter.of, columns, about);
		return (row) => !inner(row);
	}
	if (filter.is === "and" || filter.is === "or") {
		const left = filterTest(filter.left, columns, about);
		const right = filterTest(filter.right, columns, about);
		return filter.is === "and" ? (row) => left(row) && right(row) : (row) => left(row) || right(row);
	}
	const column = columns.find(({ name }) => name === filter.column);
	const values = (row: Row) => valuesOf(column?.of(row, about));
	if (filter.is === "known") return (row) => values(row).length > 0;
	const test = comparisonTest(filter.by, filter.value);
	// What is not equal is so to all values of a column.
	return filter.by === "!=" || filter.by === "!~" ? (row) => values(row).every(test) : (row) => values(row).some(test);
}

const valuesOf = (cell: Cell): readonly (number | string)[] =>
	cell === undefined ? [] : typeof cell === "object" ? cell : [cell];

function comparisonTest(by: Comparison, value: number | string): (cell: number | string) => boolean {
	if (by === "=~" || by === "!~") {
		const pattern = new RegExp(String(value));
		return (cell) => pattern.test(String(cell)) === (by === "=~");
	}
	const tests: Readonly<Record<typeof by, (cell: number | string) => boolean>> = {
		"==": (cell) => cell === value,
		"!=": (cell) => cell !== value,
		"<": (cell) => cell < value,
		"<=": (cell) => cell <= value,
		">": (cell) => cell > value,
		">=": (cell) => cell >= value,
	};
	return tests[by];
}

/** The columns that a filter asks for. */
export function filterColumns(filter: Filter): string[] {
	if (filter.is === "not") return filterColumns(filter.of);
	if (filter.is === "known" || filter.is === "compare") return [filter.column];
	return [...filterColumns(filter.left), ...filterColumns(filter.right)];
}
