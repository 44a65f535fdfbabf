import { describe, expect, test } from "bun:test";
import { candidates } from "../../src/process/command.ts";

const tried = (name: string, ...env: string[]) => candidates({ argv: [name, "arg"], env, cwd: "/" });

describe("`candidates`", () => {
	test("are one per directory of PATH, in order", () => {
		expect(tried("ls", "A=b", "PATH=/usr/bin:/bin:relative")).toEqual(["/usr/bin/ls", "/bin/ls", "relative/ls"]);
	});

	test("are the name itself when it holds a slash", () => {
		for (const name of ["/bin/ls", "./ls", "a/b", "/"]) expect(tried(name, "PATH=/usr/bin")).toEqual([name]);
	});

	test("take an empty directory for the working directory", () => {
		expect(tried("ls", "PATH=:/bin::")).toEqual(["ls", "/bin/ls", "ls", "ls"]);
		expect(tried("ls", "PATH=")).toEqual(["ls"]);
	});

	test("are those of execvp(3) when PATH is not set", () => {
		expect(tried("ls", "XPATH=/x", "PATHS=/y")).toEqual(["/bin/ls", "/usr/bin/ls"]);
	});

	test("take the first PATH where there are two, as getenv(3) does", () => {
		expect(tried("ls", "PATH=/a", "PATH=/b")).toEqual(["/a/ls"]);
	});

	test("keep bytes that are not UTF-8", () => {
		expect(tried("\udcff", "PATH=/\udc80")).toEqual(["/\udc80/\udcff"]);
	});
});
