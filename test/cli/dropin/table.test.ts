import { expect, test } from "bun:test";
import {
	alignedTable,
	jsonTable,
	type Row,
	rawTable,
	type TableColumn,
	type TableOptions,
} from "../../../cli/dropin/table.ts";

const columns: TableColumn[] = [
	{ name: "PID", right: true, number: true, usual: 5 },
	{ name: "PATH" },
	{ name: "COMMAND", tree: true, cut: true },
];
const row = (cells: Row["cells"], ...children: Row[]): Row => ({ cells, children });
const options: TableOptions = { name: "things", headings: true, unicode: true, measure: (text) => text.length };
const rows = [
	row(["1", "/a\n/b", "init"], row(["22", undefined, "sh\n-c"], row(["3", "", "a b"])), row(["4", "/c", "d\\"])),
];

test("columns are aligned, branches drawn, and what is no text is shown", () => {
	expect(alignedTable(columns, rows, options)).toBe(
		[
			"PID PATH COMMAND",
			"  1 /a   init",
			"    /b   ",
			" 22      ├─sh",
			"         │ -c",
			"  3      │ └─a b",
			"  4 /c   └─d\\",
			"",
		].join("\n"),
	);
	expect(alignedTable(columns, [row(["1", "x", "a\u001b[0m\u0007"])], { ...options, headings: false })).toBe(
		"  1 x    a\\x1b[0m\\x07\n",
	);
});

test("a column as wide as its name gets its usual width", () => {
	expect(alignedTable(columns, [row(["123", "x", "y"])], options)).toBe("  PID PATH COMMAND\n  123 x    y\n");
});

test("what is too wide for the terminal is cut, and plain branches are those of ASCII", () => {
	const narrow = { ...options, unicode: false, width: 14 };
	expect(alignedTable(columns, [row(["1", "x", "parent"], row(["2", "y", "a long child"]))], narrow)).toBe(
		"PID PATH COMMA\n  1 x    paren\n  2 y    `-a l\n",
	);
});

test("raw cells have no spaces", () => {
	expect(rawTable(columns, rows, { ...options, unicode: false })).toBe(
		"PID PATH COMMAND\n1 /a\\x0a/b init\n22  |-sh\\x0a-c\n3  |\\x20`-a\\x20b\n4 /c `-d\\x5c\n",
	);
	expect(rawTable(columns, [], options) + alignedTable(columns, [], options)).toBe("");
});

test("JSON holds the same, with children in their rows", () => {
	const made = jsonTable(columns, rows, options);
	expect(JSON.parse(made)).toEqual({
		things: [
			{
				pid: 1,
				path: "/a\n/b",
				command: "init",
				children: [
					{ pid: 22, path: null, command: "sh\n-c", children: [{ pid: 3, path: "", command: "a b" }] },
					{ pid: 4, path: "/c", command: "d\\" },
				],
			},
		],
	});
	expect(JSON.parse(jsonTable(columns, [], options))).toEqual({ things: [] });
});
