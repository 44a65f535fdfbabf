import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { About, Column } from "../../src/survey/columns.ts";
import { comparisons, type Filter, filterColumns, filterTest, readFilter } from "../../src/survey/filter.ts";

interface Row {
	readonly n?: number;
	readonly s?: string;
	readonly many: readonly string[];
}

const columns: readonly Column<Row>[] = [
	{ name: "N", type: "number", doc: "", of: ({ n }) => n },
	{ name: "S", type: "text", doc: "", of: ({ s }) => s },
	{ name: "MANY", type: "texts", doc: "", of: ({ many }) => many },
];
const about: About = { user: String, below: () => 0 };

function read(text: string): Filter {
	const found = readFilter(text, columns);
	if ("problem" in found) throw new Error(found.problem.message);
	return found.filter;
}

const passes = (text: string, row: Partial<Row>): boolean =>
	filterTest(read(text), columns, about)({ many: [], ...row });

const wrong = (text: string) => {
	const found = readFilter(text, columns);
	return "problem" in found ? found.problem : undefined;
};

describe("what a filter says", () => {
	test("and binds closer than or, not closest, parentheses before all", () => {
		const n = (value: number): Filter => ({ is: "compare", column: "N", by: "==", value });
		expect(read("N == 1 || N == 2 && ! N == 3")).toEqual({
			is: "or",
			left: n(1),
			right: { is: "and", left: n(2), right: { is: "not", of: n(3) } },
		});
		expect(read("(N eq 1 or N==2) and n == 3")).toEqual({
			is: "and",
			left: { is: "or", left: n(1), right: n(2) },
			right: n(3),
		});
	});

	test("numbers are compared as numbers, texts as texts, each by its operators", () => {
		expect(passes("N > 9", { n: 10 })).toBe(true);
		expect(passes("N >= 10 && N <= 10 && N != 9", { n: 10 })).toBe(true);
		expect(passes("N lt 10", { n: 10 })).toBe(false);
		expect(passes('N == "10"', { n: 10 })).toBe(true);
		expect(passes("S < 'b'", { s: "a" })).toBe(true);
		expect(passes('S =~ "^a\\d+$"', { s: "a12" })).toBe(true);
		expect(passes('S !~ "^a\\d+$"', { s: "a12" })).toBe(false);
		expect(passes(String.raw`S == "a\"b\\c"`, { s: String.raw`a"b\c` })).toBe(true);
	});

	test("what is not known equals nothing, and is neither less nor more", () => {
		for (const by of ["==", "<", "<=", ">", ">="]) expect(passes(`N ${by} 1`, {})).toBe(false);
		expect(passes("N != 1", {})).toBe(true);
		expect(passes('S !~ "."', {})).toBe(true);
		expect(passes("N", {})).toBe(false);
		expect(passes("N", { n: 0 })).toBe(true);
		expect(passes("not MANY", {})).toBe(true);
	});

	test("of several values one is enough to be equal, and all have to be unequal", () => {
		const row = { many: ["a", "b"] };
		expect(passes("MANY == 'b'", row)).toBe(true);
		expect(passes("MANY != 'b'", row)).toBe(false);
		expect(passes("MANY != 'c'", row)).toBe(true);
	});

	test("names its columns", () => {
		expect(filterColumns(read("N == 1 && !(S || MANY == 'x')"))).toEqual(["N", "S", "MANY"]);
	});
});

describe("what is wrong with a filter", () => {
	test.each([
		["", "it is empty", "such as"],
		["N == ", "it ends where a value has to be", "such as"],
		["N == net", "net stands where a value has to be", 'N == "net"'],
		["S == 5", "S is text", 'S == "5"'],
		["N == 'x'", "N is a number", "is none"],
		["N == 1.5", "1.5 is no number", "such as"],
		["N =~ '1'", "N is a number, and =~ is for text", "=="],
		["S =~ '('", "is no regular expression", "missing )"],
		["(N == 1", "a parenthesis is not closed", ")"],
		["N == 1 N == 2", "N is too much", "&&"],
		["1 == N", "1 stands where a column has to be", "first"],
		["MENY", 'there is no column "MENY"', "MANY"],
		["S == 'a", "a quote is not closed", "such as"],
		["N == 1 & N == 2", '"& N == 2" is no part of a filter', "such as"],
		[`${"(".repeat(200)}N`, "it is nested too deeply", "100"],
		[`${"!".repeat(200)}N`, "it is nested too deeply", "100"],
		["N".repeat(5000), "it has more than 4096 characters", "such as"],
		["constructor", 'there is no column "constructor"', "there are"],
	])("%j", (text, message, hint) => {
		const problem = wrong(text);
		expect(problem?.code).toBe("FILTER_INVALID");
		expect(problem?.message).toContain(message);
		expect(problem?.hint).toContain(hint);
	});
});

describe("properties", () => {
	const value = fc.oneof(
		fc.record({ column: fc.constant("N"), value: fc.nat() }),
		fc.record({ column: fc.constantFrom("S", "MANY"), value: fc.string({ maxLength: 8 }) }),
	);
	const ordering = comparisons.filter((by) => by !== "=~" && by !== "!~");
	const compare = fc
		.tuple(value, fc.constantFrom(...ordering))
		.map(([one, by]): Filter => ({ is: "compare", by, ...one }));
	const known = fc.constantFrom("N", "S", "MANY").map((column): Filter => ({ is: "known", column }));
	const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
		filter: fc.oneof(
			{ maxDepth: 5 },
			compare,
			known,
			tie("filter").map((of): Filter => ({ is: "not", of })),
			fc
				.tuple(fc.constantFrom("and", "or"), tie("filter"), tie("filter"))
				.map(([is, left, right]): Filter => ({ is, left, right }) as Filter),
		),
	}));

	/** The filter written down, with all its parentheses. */
	function written(one: Filter): string {
		if (one.is === "known") return one.column;
		if (one.is === "not") return `!(${written(one.of)})`;
		if (one.is !== "compare") return `(${written(one.left)}) ${one.is} (${written(one.right)})`;
		const text =
			typeof one.value === "number" ? one.value : `"${one.value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
		return `${one.column}${one.by}${text}`;
	}

	test("a filter that is written down is read as it was", () => {
		fc.assert(
			fc.property(filter, (one) => {
				fc.pre(written(one).length <= 4096);
				expect(read(written(one))).toEqual(one);
			}),
		);
	});

	test("whatever is given is read or refused with a problem that has a way out", () => {
		const word = fc.constantFrom("N", "S", "==", "!", "(", ")", "&&", "or", "'a'", "1", "=~", " ", '"', "\\", "\0");
		const any = fc.oneof(
			fc.string({ maxLength: 40 }),
			fc.array(word, { maxLength: 12 }).map((all) => all.join(" ")),
		);
		fc.assert(
			fc.property(any, (text) => {
				const problem = wrong(text);
				if (problem) expect([problem.code, typeof problem.hint]).toEqual(["FILTER_INVALID", "string"]);
			}),
			{ numRuns: 2000 },
		);
	});

	test("a filter and its opposite share the rows", () => {
		const row = fc.record(
			{ n: fc.nat(), s: fc.string(), many: fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }) },
			{ requiredKeys: ["many"] },
		);
		fc.assert(
			fc.property(filter, row, (one, data) => {
				const yes = filterTest(one, columns, about)(data as Row);
				expect(filterTest({ is: "not", of: one }, columns, about)(data as Row)).toBe(!yes);
			}),
		);
	});
});
