import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { rows } from "./harness.ts";
import { descendants, namespacesOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

rows({ how: "source", needs: ["strace"] })("the library enters a process by one setns of its pidfd", async (ns) => {
	const { bun, project } = checkout();
	const child = ns.startNs(["run", "--all", "--hostname", "target", "cat"]);
	const target = await until("the target", () => descendants(child.pid).find(({ name }) => name === "cat")?.pid);
	const log = join(ns.folder, "calls");
	const strace = ["strace", "-f", "-o", log, "-e", "trace=setns,openat"];
	const fixture = [bun, join(project, "test/kernel/fixtures/enters.ts"), `${target}`];
	const { code, stdout, stderr } = await ns.command([...strace, ...fixture]);
	expect([code, stderr]).toEqual([0, ""]);
	const inside = `target\n${namespacesOf(target).net}\n0 1 2 3\n`;
	const names = ["sync", "spawn", "observed", "pidfd", "again"];
	expect(stdout).toBe(names.map((name) => `${name} ${inside}`).join(""));
	const calls = readFileSync(log, "utf8").split("\n");
	const entered = calls.filter((line) => line.includes(" setns("));
	expect(entered.map((line) => [line.split("CLONE_NEW").length - 1, line.endsWith(" = 0")])).toEqual([
		...[8, 8, 8, 3, 3].map((count) => [count, true]),
	]);
	// Nothing is opened again by the number of a process that may be another's.
	expect(calls.filter((line) => /\/proc\/\d+\/fd\//.test(line))).toEqual([]);
	await child.stdin.end();
	expect(await inTime("the end of the target", child.exited)).toBe(0);
});
