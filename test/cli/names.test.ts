import { describe, expect, test } from "bun:test";
import { readNames } from "../../cli/names.ts";
import { optionsOf } from "../../cli/options.ts";

describe("`readNames`", () => {
	test("finds options before, between and behind names", () => {
		const { names, given, problems, has } = readNames("remove", ["--force", "a", "--grace", "1s", "b", "--json"]);
		expect([names, problems, has("force"), has("json"), has("all")]).toEqual([["a", "b"], [], true, true, false]);
		expect(given).toContainEqual({ name: "grace", value: "1s" });
	});

	test("takes everything behind -- for names", () => {
		expect(readNames("remove", ["a", "--", "--force"]).names).toEqual(["a", "--force"]);
	});

	test("says what is wrong on either side of a name, and of both together", () => {
		const { problems } = readNames("remove", ["--nope", "a", "--grace"]);
		expect(problems.map(({ code }) => code)).toEqual(["OPTION_UNKNOWN", "VALUE_MISSING"]);
		expect(readNames("remove", ["--grace=1", "a", "--grace=2"]).problems).toMatchObject([{ code: "OPTION_TWICE" }]);
	});
});

describe("the options of create", () => {
	const names = optionsOf("create").map(({ name }) => name);

	test("are those of run that stay in namespaces", () => {
		for (const name of ["all", "net", "join", "map", "root", "bind", "hostname", "boottime", "sysctl", "pid-max"])
			expect(names).toContain(name);
	});

	test("hold nothing that only a command has", () => {
		for (const name of ["setenv", "rlimit", "timeout", "pty", "cap-drop", "seccomp", "stdin", "init", "wd", "profile"])
			expect(names).not.toContain(name);
	});
});
