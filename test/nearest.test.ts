import { describe, expect, test } from "bun:test";
import { nearest } from "../src/nearest.ts";

describe("`nearest`", () => {
	test("is the candidate with the fewest edits", () => {
		expect(nearest("pln", ["run", "plan", "bench"])).toBe("plan");
		expect(nearest("rn", ["run", "plan"])).toBe("run");
		expect(nearest("run", ["rum", "run"])).toBe("run");
	});

	test("is none when too much would have to change", () => {
		expect(nearest("xyz", ["run", "plan"])).toBeUndefined();
		expect(nearest("", ["run"])).toBeUndefined();
		expect(nearest("run", [])).toBeUndefined();
	});

	test("counts edits as Levenshtein does: one may be made in three letters, two in six", () => {
		expect(nearest("abcdef", ["abcd"])).toBe("abcd");
		expect(nearest("abcde", ["abc"])).toBeUndefined();
		expect(nearest("abc", ["axc"])).toBe("axc");
		expect(nearest("abc", ["axx"])).toBeUndefined();
	});
});
