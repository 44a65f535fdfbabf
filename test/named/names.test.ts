import { describe, expect, test } from "bun:test";
import { isName, nameProblems } from "../../src/named/names.ts";

describe("`isName`", () => {
	test("takes letters, digits, dots, underscores and dashes, up to 64 of them", () => {
		for (const name of ["a", "0a", "4.2", "net0", "selfish", "Web-1.a_b", "a..b", "x".repeat(64)])
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

test("words that mean something else where a name may stand are none, and it is said what they mean", () => {
	const words = ["4242", "0", "4026531840", "self", "net", "mount", "mnt", "pid", "fd", "pidfd", "runc", "machine"];
	for (const word of words) expect([word, isName(word)]).toEqual([word, false]);
	const [digits, kind, prefix] = ["4242", "mnt", "docker"].map((word) => nameProblems(word)[0]);
	expect(digits).toMatchObject({ code: "NAME_INVALID" });
	expect(digits?.message).toBe('"4242" cannot be a name: a number is a process id, or the inode of a namespace');
	expect(kind?.message).toBe('"mnt" cannot be a name: it is a type of namespace');
	expect(prefix?.message).toBe('"docker" cannot be a name: docker: begins a target of another sort');
});
