import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { everywhere } from "./harness.ts";

const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--uts"]];
/** Prints what is in its environment, without a shell that adds to it. */
const show = ["/usr/bin/env"];
const lines = (text: string): string[] => text.split("\n").slice(0, -1);

everywhere("variables are set, taken away and kept as asked for, in this order", async (ns) => {
	const env = { PATH: "/usr/bin:/bin", HOME: "/h", LC_ALL: undefined, TMPDIR: undefined, ONE: "1", TWO: "2" };
	const shown = async (...options: string[]) => lines(await ns.output(["run", ...options, ...show], { env }));
	for (const set of optionSets) {
		expect((await shown(...set)).toSorted()).toEqual(["HOME=/h", "ONE=1", "PATH=/usr/bin:/bin", "TWO=2"]);
		expect(await shown(...set, "--clear-env")).toEqual([]);
		expect(await shown(...set, "--setenv", "A=b=c", "--clear-env", "--setenv", "E=")).toEqual(["A=b=c", "E="]);
		expect(await shown(...set, "--keep-env", "ONE,NONE", "--setenv", "X=\u{1f434}")).toEqual(["ONE=1", "X=\u{1f434}"]);
		expect((await shown(...set, "--clear-env", "--keep-env", "ONE", "--keep-env", "TWO")).toSorted()).toEqual([
			"ONE=1",
			"TWO=2",
		]);
		const order = [
			"--setenv",
			"ONE=x",
			"--unsetenv",
			"ONE",
			"--unsetenv",
			"TWO",
			"--setenv",
			"TWO=y",
			"--unsetenv",
			"NO",
		];
		expect((await shown(...set, ...order)).toSorted()).toEqual(["HOME=/h", "PATH=/usr/bin:/bin", "TWO=y"]);
	}
});

everywhere("the command is searched in the PATH it will have", async (ns) => {
	const folder = ns.directory("bin");
	writeFileSync(`${folder}/own`, "#!/bin/sh\necho own\n", { mode: 0o755 });
	expect((await ns.run(["run", "own"])).code).toBe(127);
	expect(await ns.output(["run", "--setenv", `PATH=${folder}`, "own"])).toBe("own\n");
	expect((await ns.run(["run", "--setenv", "PATH=/nowhere", "env"])).code).toBe(127);
	// Without PATH, where execvp(3) looks.
	expect(await ns.output(["run", "--clear-env", "env"])).toBe("");
});

everywhere("names that no variable can have are refused", async (ns) => {
	for (const [option, value, words] of [
		["--setenv", "NAME", '--setenv "NAME" gives no value'],
		["--setenv", "=x", '--setenv: the name "" is empty'],
		["--setenv", "", '--setenv "" gives no value'],
		["--unsetenv", "", '--unsetenv: the name "" is empty'],
		["--unsetenv", "A=b", '--unsetenv: the name "A=b" holds ='],
		["--keep-env", "A,,B", '--keep-env: the name "" is empty'],
		["--keep-env", "A=b", '--keep-env: the name "A=b" holds ='],
	] as const) {
		const { code, stdout, stderr } = await ns.run(["run", option, value, "touch", "was-run"]);
		expect([option, value, code, stdout]).toEqual([option, value, 125, ""]);
		expect(stderr).toContain(words);
	}
	expect(await Bun.file(`${ns.folder}/was-run`).exists()).toBe(false);
});

everywhere("a failure is explained as without them, whatever becomes of the environment", async (ns) => {
	const failing = ["run", "--join", "net:/no/such", "true"];
	const plain = await ns.run(failing);
	for (const more of [["--clear-env"], ["--setenv", "A=b", "--unsetenv", "HOME", "--keep-env", "PATH"]]) {
		expect(await ns.run(failing.toSpliced(1, 0, ...more))).toEqual(plain);
	}
	expect(plain.stderr).toContain("hint: ");
});

everywhere("the command finds the name it is given in place of its own", async (ns) => {
	const script = "tr '\\0' ' ' </proc/$$/cmdline; :";
	for (const set of optionSets) {
		const options = [...set, "--argv0", "-other name"];
		expect(await ns.output(["run", ...options, "sh", "-c", script])).toBe(`-other name -c ${script} `);
	}
	expect(await ns.output(["run", "--argv0", "", "sh", "-c", 'echo "[$0]"'])).toBe("[]\n");
	// A file without a program's header is given to the shell, by the path it was found at.
	writeFileSync(`${ns.folder}/script`, 'echo "$0 $1"\n', { mode: 0o755 });
	expect(await ns.output(["run", "--argv0", "x", "./script", "y"])).toBe("./script y\n");
});
