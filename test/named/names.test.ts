import { describe, expect, test } from "bun:test";
import { isName, nameProblems } from "../../src/named/names.ts";

describe("`isName`", () => {
	test("takes letters, digits, dots, underscores and dashes, up to 64 of them", () => {
		for (const name of ["a", "0", "Web-1.a_b", "a..b", "x".repeat(64)])
			expect([name, isName(name)]).toEqual([name, true]);
	});

	test("takes nothing that leads elsewhere, hides or is too long", () => {
		const wrong = [
			"",
			".",
			"..",
			".a",
			"-a",
			"_a",
			"a/b",
			"../a",
			"a b",
			"a\n",
			"a\0",
			"ä",
			"x".repeat(65),
			"*",
			"a:b",
		];
		for (const name of wrong) expect([name, isName(name)]).toEqual([name, false]);
	});
});

test("`nameProblems` says what a name is, and shows the wrong one so that nothing in it reaches the terminal", () => {
	expect(nameProblems("web")).toEqual([]);
	const [problem, ...others] = nameProblems("\x1b[31m");
	expect(others).toEqual([]);
	expect(problem).toMatchObject({ code: "NAME_INVALID", message: '"\\u001b[31m" cannot be a name' });
	expect(problem?.hint).toContain("64");
});
