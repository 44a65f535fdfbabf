import { expect, test } from "bun:test";
import fc from "fast-check";
import { fromBytes } from "../../../src/bytes.ts";
import { readTextFormat, type TextField, TextFormatError } from "../../../src/profile/import/text-format.ts";

/** The fields as plain data, without their places. */
function plain(fields: readonly TextField[]): unknown[] {
	return fields.map(({ name, value }) => [name, value.kind === "message" ? plain(value.fields) : value.text]);
}
const read = (source: string) => plain(readTextFormat(source));

test.each([
	["", []],
	["# nothing\n", []],
	["a: 1", [["a", "1"]]],
	[
		"a:1;b:-0x1F,c: X # end",
		[
			["a", "1"],
			["b", "-0x1F"],
			["c", "X"],
		],
	],
	[
		"a { b: 1 } a: { } a < b { } >",
		[
			["a", [["b", "1"]]],
			["a", []],
			["a", [["b", []]]],
		],
	],
	[
		"a: [1, 2] b: []",
		[
			["a", "1"],
			["a", "2"],
		],
	],
	["a [1]", undefined],
	['a: "x" \'y\' # more\n "z"', [["a", "xyz"]]],
	[String.raw`a: "\n\t\\\"\'\101\x41\u00e9\U0001F600"`, [["a", "\n\t\\\"'AAé😀"]]],
	['a: "é😀"', [["a", "é😀"]]],
	[String.raw`a: "\377"`, [["a", fromBytes(Uint8Array.of(255))]]],
	[String.raw`a: "\303" "\251"`, [["a", "é"]]],
] as const)("reads %p", (source, fields) => {
	if (fields === undefined) expect(() => read(source)).toThrow(TextFormatError);
	else expect(read(source)).toEqual(fields as unknown as unknown[]);
});

test.each([
	["a", "1:2: : or {"],
	["a:\n\n  }", "3:3: a value"],
	["{", "1:1: the name"],
	["a {\n b: 1", "2:6: the name of a field is expected, not the end"],
	["a < b: 1 }", "1:10"],
	['a: "x', "1:4: a text does not end"],
	['a: "x\ny"', "1:4: a text does not end"],
	[String.raw`a: "\q"`, "1:5: there is no such escape"],
	[String.raw`a: "\400"`, "1:5: the escape is no byte"],
	[String.raw`a: "\ud800"`, "1:5: the escape is no character"],
	["a: [1 2]", "1:7: , or ]"],
	["a: -x", "1:5: a value"],
	["1: 2", "1:1: the name"],
	["a {".repeat(40), "more than 32 messages"],
])("says where %p is wrong", (source, message) => {
	expect(() => read(source)).toThrow(message);
});

test("comes to an end, with fields or an error of its own, whatever it reads", () => {
	const pieces = fc.constantFrom(
		"a",
		":",
		"{",
		"}",
		"[",
		"]",
		'"',
		"'",
		"\\",
		"#",
		"\n",
		"-",
		"1",
		"<",
		">",
		",",
		" ",
		"\ud800",
	);
	fc.assert(
		fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
			try {
				read(parts.join(""));
			} catch (error) {
				expect(error).toBeInstanceOf(TextFormatError);
			}
		}),
	);
});

test("reads a long text in one go", () => {
	expect(read("a: 1\n".repeat(200_000)).length).toBe(200_000);
	expect(read(`a: "${"x".repeat(1_000_000)}"`).length).toBe(1);
});
