import { expect } from "bun:test";
import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere, type Ns } from "./harness.ts";

/** With an init, without one, and with nothing of ours in between. */
const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--user"]];

/** A file that everybody may read, and execute if `mode` says so. */
function file(ns: Ns, name: string, text: string, mode = 0o755): string {
	const path = join(ns.folder, name);
	writeFileSync(path, text);
	chmodSync(path, mode);
	return path;
}

everywhere("a command that is not found is 127, one that cannot be executed 126", async (ns) => {
	const plain = file(ns, "plain", "echo no", 0o644);
	const cases = [
		["no-such-command", 127, "cannot run no-such-command: ENOENT", "it is in no directory of PATH"],
		["/no/such/command", 127, "cannot run /no/such/command: ENOENT"],
		["./no-such", 127, "cannot run ./no-such: ENOENT"],
		[`${plain}/below`, 127, "cannot run"],
		[plain, 126, "EACCES", "no executable file"],
		[ns.folder, 126, "EACCES", "no executable file"],
		["/etc", 126, "EACCES"],
		[file(ns, "lost", "#!/no/such/interpreter\n"), 127, "ENOENT", "its interpreter or loader is missing"],
		[file(ns, "odd", `#!${plain}\n`), 126, "EACCES"],
		["x".repeat(300), 126, "ENAMETOOLONG"],
	] as const;
	for (const options of optionSets) {
		for (const [command, code, ...words] of cases) {
			const ended = await ns.run(["run", ...options, "--", command]);
			expect([options, command, ended.code, ended.stdout]).toEqual([options, command, code, ""]);
			for (const word of words) expect([command, ended.stderr]).toEqual([command, expect.stringContaining(word)]);
		}
	}
});

everywhere("a link that leads nowhere or in a circle cannot be run", async (ns) => {
	symlinkSync("circle", join(ns.folder, "circle"));
	symlinkSync("/no/such", join(ns.folder, "dangling"));
	expect(await ns.run(["run", "./circle"])).toMatchObject({ code: 126, stderr: expect.stringContaining("ELOOP") });
	expect(await ns.run(["run", "./dangling"])).toMatchObject({ code: 127, stderr: expect.stringContaining("ENOENT") });
});

everywhere("a script without #! is run by the shell, with its arguments", async (ns) => {
	const script = file(ns, "script", 'echo "$0 $1 $#"; exit 4\n');
	for (const options of optionSets) {
		const ended = await ns.run(["run", ...options, script, "one", "two words"]);
		expect(ended).toMatchObject({ code: 4, stdout: `${script} one 2\n`, stderr: "" });
	}
	expect((await ns.run(["run", file(ns, "empty", "")])).code).toBe(0);
});

everywhere("PATH is searched as execvp does", async (ns) => {
	const [first, second] = [ns.directory("first"), ns.directory("second")];
	file(ns, "first/tool", "not executable", 0o644);
	file(ns, "second/tool", "#!/bin/sh\necho second\n");
	file(ns, "here", "#!/bin/sh\necho here\n");
	const run = (path: string | undefined, ...argv: string[]) => ns.run(["run", ...argv], { env: { PATH: path } });
	expect((await run(`/no/such:${first}:${second}`, "tool")).stdout).toBe("second\n");
	// What is there and may not be executed is the reason when nothing else is found.
	expect(await run(`${first}:/no/such`, "tool")).toMatchObject({
		code: 126,
		stderr: expect.stringContaining("EACCES"),
	});
	expect((await run(":/usr/bin", "here")).stdout).toBe("here\n");
	expect((await run("/usr/bin:", "here")).stdout).toBe("here\n");
	expect((await run("/usr/bin", "here")).code).toBe(127);
	if (ns.how === "dist") expect((await run(undefined, "echo", "found")).stdout).toBe("found\n");
});

everywhere("without a command the caller's shell is run, or sh", async (ns) => {
	const script = file(ns, "shell", "#!/bin/sh\necho the shell\n");
	expect((await ns.run(["run"], { env: { SHELL: script } })).stdout).toBe("the shell\n");
	const said = await ns.run(["run", "--"], { env: { SHELL: undefined }, stdin: "echo from sh $0\n" });
	expect(said.stdout).toBe("from sh sh\n");
});

everywhere("what follows the command is its own", async (ns) => {
	expect(await ns.output(["run", "sh", "-c", 'echo "$1" "$2"', "x", "y", "z"])).toBe("y z\n");
	expect(await ns.output(["run", "echo", "--help", "-n", "--", "--uts"])).toBe("--help -n -- --uts\n");
	expect(await ns.output(["run", "--uts", "--", "echo", "--"])).toBe("--\n");
	expect((await ns.run(["run", "ls", "--help"])).stdout).toContain("Usage: ls");
});

everywhere("help and version go to standard output, and run nothing", async (ns) => {
	for (const args of [["--help"], ["run", "--help"], ["help", "run"], ["--version"], ["run", "--version"]]) {
		const { code, stdout, stderr } = await ns.run(args);
		expect([args, code, stderr]).toEqual([args, 0, ""]);
		expect(stdout).toMatch(args.includes("--version") ? /^ns \d+\.\d+\.\d+\n$/ : /Usage: ns /);
	}
});
