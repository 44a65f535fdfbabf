import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { JsonError, parseJson } from "../../src/seccomp/json.ts";

const errorOf = (text: string): string => {
	try {
		return `nothing, but ${String(parseJson(text))}`;
	} catch (error) {
		if (error instanceof JsonError) return error.message;
		throw error;
	}
};

describe("JSON", () => {
	test("is read as JSON.parse reads it", () => {
		const number = (_: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);
		const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, number));
		fc.assert(
			fc.property(fc.json(), (text) => {
				const twice = text.includes("__proto__");
				if (!twice) expect(plain(parseJson(text))).toEqual(JSON.parse(text));
			}),
		);
	});

	test("keeps all digits of whole numbers", () => {
		expect(parseJson("[18446744073709551615, 9007199254740991, 9007199254740993, -1, 1.5, 1e3]")).toEqual([
			18446744073709551615n,
			9007199254740991,
			9007199254740993n,
			-1,
			1.5,
			1000,
		]);
	});

	test("has the place of every mistake", () => {
		const cases: [string, string][] = [
			["", "line 1, column 1: a value is missing"],
			['{\n  "a": }', "line 2, column 8: a value is missing"],
			['{"a": 1,\n "a": 2}', 'line 2, column 2: the key "a" is there twice'],
			["[1 2]", "line 1, column 4: a comma or ] is missing"],
			["[1,]", "line 1, column 4: a value is missing"],
			['{"a" 1}', "line 1, column 6: a colon is missing"],
			['{"a": 1', "line 1, column 8: a comma or } is missing"],
			["{a: 1}", "line 1, column 2: a string is missing"],
			["[01]", "line 1, column 2: 01 is no value"],
			["[0x10]", "line 1, column 2: 0x10 is no value"],
			["[nul]", "line 1, column 2: nul is no value"],
			['"a', "line 1, column 1: the string is not well formed or has no end"],
			["1 2", "line 1, column 3: there is more behind the end"],
			["[".repeat(100), "line 1, column 66: it goes too deep"],
		];
		for (const [text, wrong] of cases) expect(errorOf(text)).toBe(wrong);
	});
});
