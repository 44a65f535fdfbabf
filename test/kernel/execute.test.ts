/** Commands that are executed by a descriptor. */
import { expect } from "bun:test";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { executeDescriptor, PlanError, sandbox, uts } from "nskit";
import { everywhere, library, rows } from "./harness.ts";
import { descendants } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

const withBusybox = rows({ needs: ["busybox"] });
const busybox = Bun.which("busybox") ?? "";
/** Where a link leads; nowhere when it has just gone. */
function linkOf(path: string): string | undefined {
	try {
		return readlinkSync(path);
	} catch {
		return undefined;
	}
}

const optionSets = [[], ["--uts"], ["--root", "tmpfs"], ["--pid", "--mount", "--no-init", "--root", "tmpfs"]];

withBusybox("a program is executed by its descriptor, whatever its path means inside", async (ns) => {
	const script = `rm -f program; cp ${busybox} program && exec 5<program && rm program && echo other > program; "$@"; exit $?`;
	for (const options of optionSets) {
		const run = (...words: string[]) => ns.shell(script, { args: ["run", ...options, "--execute-fd", "5", ...words] });
		expect(await run("echo", "two words", "")).toMatchObject({ code: 0, stdout: "two words \n", stderr: "" });
		// The name of the command is not looked up; the program finds it, or what takes its place.
		expect(await run("--argv0", "printf", "/no/such", "%s", "x")).toMatchObject({ code: 0, stdout: "x", stderr: "" });
		expect((await run("sh", "-c", "exit 7")).code).toBe(7);
	}
});

withBusybox("the command does not get the descriptor, and others may take its number", async (ns) => {
	const script = `exec 5<${busybox} 6</etc 40</usr; "$@"; exit $?`;
	for (const options of optionSets.slice(0, 2)) {
		const passes = ["--pass-fd", "6:5", "--pass-fd", "40:7", "--lock-file", "/etc/passwd"];
		const args = (...more: string[]) => ["run", ...options, ...more, "--execute-fd", "5", "sh", "-c"];
		const fds = 'for fd in 0 1 2 3 4 5 6 7 8 9 32 33 40 41; do readlink "/proc/$$/fd/$fd"; done; true';
		const none = await ns.shell(script, { bash: true, args: [...args(), fds] });
		expect([none.code, none.stdout.trim().split("\n").length]).toEqual([0, 3]);
		const some = await ns.shell(script, { bash: true, args: [...args(...passes), fds] });
		expect([some.code, some.stdout.trim().split("\n").slice(3)]).toEqual([0, ["/etc", "/usr"]]);
	}
});

rows({ who: "root", needs: ["busybox"] })("no process of ours keeps the descriptor", async (ns) => {
	const args = ["run", "--status-fd", "6", "--execute-fd", "5", "sh", "-c", "read line"];
	const child = ns.start(["sh", "-c", `exec "$@" 5<${busybox} 6>status`, "sh", ...ns.program, ...args]);
	const status = join(ns.folder, "status");
	await until("the command", () => existsSync(status) && Bun.file(status).size > 0);
	const ours = [child.pid, ...descendants(child.pid).map(({ pid }) => pid)];
	expect(ours.length).toBe(3);
	const held = () => ours.flatMap((pid) => readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
	await until("only the program itself is left", () => !held().includes(busybox));
	await child.stdin.end();
	expect(await inTime("the end", child.exited)).toBe(1);
});

everywhere("what cannot be executed by a descriptor is said, and its exit code is 126", async (ns) => {
	const script = 'echo text > text; cp text program; chmod +x program; printf "#!/bin/sh\\n" > script; chmod +x script';
	const opened = `${script}; exec 3<text 4<program 5<script 6<. 7</bin/true; "$@"; exit $?`;
	for (const [fd, words, options] of [
		["3", "cannot execute descriptor 3: EACCES\nhint: it has to be open on a file that may be executed", []],
		["4", "cannot execute descriptor 4: ENOEXEC\nhint: it is no program for this machine", []],
		["5", "cannot execute descriptor 5: ENOENT\nhint: its loader is missing inside, or it is a script", []],
		["6", "cannot execute descriptor 6: EACCES", []],
		["7", "cannot execute descriptor 7: ENOENT\nhint: its loader is missing inside", ["--root", "tmpfs"]],
	] as const) {
		for (const more of [[], ["--uts"]]) {
			const args = ["run", ...(options.length > 0 ? options : more), "--execute-fd", fd, "echo", "was run"];
			const { code, stdout, stderr } = await ns.shell(opened, { args });
			expect([fd, code, stdout]).toEqual([fd, 126, ""]);
			expect(stderr).toStartWith(`ns: ${words}`);
		}
	}
	for (const [value, words] of [
		["99", "--execute-fd 99: there is no descriptor 99"],
		["2147483648", "2147483648 cannot be a descriptor"],
		["03", '--execute-fd "03" is no descriptor'],
		["-1", '--execute-fd "-1" is no descriptor'],
		["", '--execute-fd "" is no descriptor'],
	] as const) {
		const { code, stdout, stderr } = await ns.run(["run", "--execute-fd", value, "echo", "was run"]);
		expect([value, code, stdout]).toEqual([value, 125, ""]);
		expect(stderr).toContain(words);
	}
});

library("only become can execute a descriptor", async () => {
	const box = sandbox(uts(), executeDescriptor(5));
	expect(() => box.spawnSync(["true"])).toThrow(PlanError);
	expect(await box.spawn(["true"]).catch((error: unknown) => error)).toBeInstanceOf(PlanError);
	expect(() => sandbox(executeDescriptor(-1)).plan(["true"])).toThrow("-1 cannot be a descriptor");
	const plan = box.plan(["true"]);
	expect([plan.executes, plan.steps.at(-1)?.does]).toEqual([6, "execute descriptor 5"]);
});
