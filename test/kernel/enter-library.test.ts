import { expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createNamed, profileFragments, profileSandbox, removeNamed, sandbox, uts } from "nskit";
import { needs } from "../needs.ts";
import { checkout, isRoot } from "./checkout.ts";
import { rows } from "./harness.ts";
import { descendants, linkOf, namespacesOf } from "./outside.ts";
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

// Not by `library`: Bun keeps directories open that it has found lazily loaded modules in.
needs("linux")("a profile of the library names what it joins by a word, which is held and let go of", async () => {
	const name = `profile-${process.pid}`;
	await createNamed(name, [uts({ hostname: "kept" })]);
	// Bun opens some of its own meanwhile.
	const held = () =>
		readdirSync("/proc/self/fd").filter((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith("uts:")).length;
	const before = held();
	try {
		const profile = { ...(isRoot ? {} : { user: { join: name } }), uts: { join: name } };
		expect(profileSandbox(profile).spawnSync(["hostname"]).stdout?.toString()).toBe("kept\n");
		expect(held()).toBeGreaterThanOrEqual(before);
		const box = sandbox(...profileFragments(profile));
		expect(await (await box.spawn(["hostname"])).stdout.text()).toBe("kept\n");
		expect(() => profileFragments({ uts: { join: "nobody" } })).toThrow("TARGET_MISSING");
		expect(() => profileFragments({ uts: { join: name }, net: { join: name } })).toThrow("TARGET_LACKS");
	} finally {
		await removeNamed([name]);
	}
	await until("the descriptors are closed", () => {
		Bun.gc(true);
		return held() <= before;
	});
});
