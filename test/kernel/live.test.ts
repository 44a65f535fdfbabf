/** Running sandboxes: what they use, changed limits, stopped and let go on; and what is told at the end of a run. */
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { pid, resources, running, sandbox } from "../../src/index.ts";
import { needs } from "../needs.ts";
import { limited, machine, own, started, versionOf } from "./groups.ts";
import { type Ns, rows, until } from "./harness.ts";
import { terminal, top } from "./live-terminal.ts";
import { textOf } from "./outside.ts";

/** Control groups are given to ordinary users by root: these tests need it to run them. */
const everywhere = rows({ needs: ["root"] });

const limits = ["--memory", "200M", "--pids", "40", "--cpus", "1"];

const programs: readonly string[] = ["sh", "bash", "sleep"];
const nameOf = (pid: number | string | undefined): string => textOf(`/proc/${pid}/comm`).trim();

/** A sandbox with limits, and `ns` beside it. */
async function live(ns: Ns, ...more: string[]) {
	const sandboxed = await started(ns, [...limits, ...more]);
	const target = `${sandboxed.child.pid}`;
	await until("the command is executed", () =>
		programs.includes(nameOf(sandboxed.text("cgroup.procs").split("\n")[0])),
	);
	return { sandboxed, target, ns: (...args: string[]) => ns.run(args) };
}

/** The numbers, among what else was said. */
const jsonIn = (text: string) => JSON.parse(text.slice(text.indexOf("{\n"), text.lastIndexOf("\n}\n") + 3));

describe("the end of a run", () => {
	everywhere("tells what was used, and changes nothing else", async (ns) => {
		const script = "echo out; dd if=/dev/zero of=/dev/null bs=1M count=50 2> /dev/null; true & wait; exit 3";
		const ended = await limited(ns, ["--stats=json", ...limits, "--", "sh", "-c", script]);
		expect(ended).toMatchObject({ code: 3, stdout: "out\n" });
		const stats = JSON.parse(ended.stderr);
		expect(stats).toMatchObject({ from: "cgroup", outOfMemory: false });
		expect(stats.time.wall).toBeGreaterThan(0);
		expect(stats.memory.peak).toBeGreaterThan(0);
		expect(stats.memory.peak).toBeLessThan(200 * 1024 * 1024);
		expect(stats.processes).toMatchObject({ limit: 40, limitHits: 0 });
		expect(stats.processes.peak).toBeGreaterThanOrEqual(1);
		for (const name of stats.missing) {
			const [part, key] = name.split(".");
			expect([name, stats[part][key]]).toEqual([name, null]);
		}
	});

	everywhere("tells that memory was short, and how often a limit was reached", async (ns) => {
		const hog = await limited(ns, ["--stats=json", "--memory", "24M", "--pids", "2", "--", "tail", "/dev/zero"]);
		expect(hog.signal ?? hog.code).toBe("SIGKILL");
		expect(hog.stderr).toContain("ns: out of memory: the kernel ended a process");
		const { outOfMemory, memory } = jsonIn(hog.stderr);
		expect(outOfMemory).toBe(true);
		expect(memory.outOfMemoryKills).toBeGreaterThanOrEqual(1);
		const held = await limited(ns, ["--stats=json", "--pids", "1", "--", "sh", "-c", "true & wait"]);
		expect(held.code).not.toBe(0);
		expect(jsonIn(held.stderr).processes.limitHits).toBeGreaterThanOrEqual(1);
	});

	rows({ who: "root" })("is counted without any limit, and leaves no group", async (ns) => {
		const ended = await ns.run(["run", "--stats", "--", "sh", "-c", "true; echo said >&2"]);
		expect(ended.code).toBe(0);
		expect(ended.stderr).toMatch(/^said\n +time {2}\d+\.\d{3} s wall, /);
		expect(ended.stderr).toMatch(/processes {2}peak \d/);
	});

	rows({ who: "ordinary" })(
		"without a control group is told by what was waited for, and the rest is named",
		async (ns) => {
			const ended = await ns.run([
				"run",
				"--stats=json",
				"--uts",
				"--",
				"sh",
				"-c",
				"i=0; while [ $i -lt 90000 ]; do i=$((i+1)); done",
			]);
			expect(ended.code).toBe(0);
			const stats = JSON.parse(ended.stderr);
			if (stats.from === "processes") {
				expect(stats.time.user + stats.time.system).toBeGreaterThan(0);
				expect(stats.memory.peak).toBeNull();
				expect(stats.missing).toContain("memory.peak");
			}
		},
	);

	everywhere("has two forms and no other", async (ns) => {
		const refused = await ns.run(["run", "--stats=xml", "--", "true"]);
		expect(refused.code).toBe(125);
		expect(refused.stderr).toContain("the forms are text and json");
	});
});

describe("a running sandbox", () => {
	everywhere("tells what it uses", async (ns) => {
		const { sandboxed, target, ns: run } = await live(ns, "sh", "-c", "sleep 60 & sleep 60");
		await until("both run", () => sandboxed.number("pids.current", "") >= 2);
		const { stdout } = await run("stats", target, "--json");
		const found = JSON.parse(stdout);
		expect(found).toMatchObject({ version: 1, supervisor: sandboxed.child.pid, paused: false });
		expect(found.stats.processes.current).toBeGreaterThanOrEqual(2);
		expect((await run("stats", target)).stdout).toContain("processes");
		const top = await run("top", target);
		expect(top.stdout.split("\n")[0]).toMatch(/^NAME +PID +STATE/);
		expect(top.stdout).toContain(target);
		expect(JSON.parse((await run("top", "--json", target)).stdout).sandboxes).toHaveLength(1);
		await sandboxed.kill();
	});

	everywhere("gets other limits, all of them or none", async (ns) => {
		const { sandboxed, target, ns: run } = await live(ns, "sleep", "60");
		expect(await run("set", target, "--memory", "128M", "--pids", "50")).toMatchObject({ code: 0, stderr: "" });
		const memory = () => sandboxed.text(versionOf("memory") === 1 ? "memory.limit_in_bytes" : "memory.max");
		expect([memory(), sandboxed.text("pids.max")]).toEqual([`${128 * 1024 * 1024}`, "50"]);
		// The second is refused by the kernel: the first is taken back.
		const last = versionOf("memory") === 1 ? "memory.limit_in_bytes=nonsense" : "memory.max=nonsense";
		const refused = await run("set", target, "--pids", "33", "--cgroup-set", last);
		expect(refused.code).toBe(125);
		expect(refused.stderr).toContain("nothing is changed");
		expect(sandboxed.text("pids.max")).toBe("50");
		for (const args of [["--memory", "12Q"], ["--pids", "0"], ["--cpus", "-1"], [], ["--cgroup-set", "cgroup.procs=1"]])
			expect((await run("set", target, ...args)).code).toBe(125);
		expect([memory(), sandboxed.text("pids.max")]).toEqual([`${128 * 1024 * 1024}`, "50"]);
		await sandboxed.kill();
	});

	everywhere("may have more processes than it is let have from now on, which is said", async (ns) => {
		const { sandboxed, target, ns: run } = await live(ns, "sh", "-c", "sleep 60 & sleep 60 & wait");
		await until("all run", () => sandboxed.number("pids.current", "") >= 3);
		const set = await run("set", target, "--pids", "1");
		expect(set.code).toBe(0);
		expect(set.stderr).toContain("it can start none until there are fewer than 1");
		await sandboxed.kill();
	});

	everywhere("stands still when it is paused, and goes on", async (ns) => {
		const { sandboxed, target, ns: run } = await live(ns, "sh", "-c", "while :; do :; done");
		await until("it runs", () => sandboxed.ticks() > 0);
		expect(await run("pause", target)).toMatchObject({ code: 0, stderr: "" });
		const before = sandboxed.ticks();
		await Bun.sleep(200);
		expect(sandboxed.ticks()).toBe(before);
		expect(JSON.parse((await run("stats", target, "--json")).stdout).paused).toBe(true);
		expect((await run("pause", target)).code).toBe(0);
		expect(await run("resume", target)).toMatchObject({ code: 0, stderr: "" });
		await until("it goes on", () => sandboxed.ticks() > before);
		await sandboxed.kill();
	});

	for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const)
		everywhere(`that is paused ends by ${signal}, and leaves nothing`, async (ns) => {
			const { sandboxed, target, ns: run } = await live(ns, "sleep", "60");
			expect(await run("pause", target)).toMatchObject({ code: 0, stderr: "" });
			sandboxed.child.kill(signal);
			await sandboxed.child.exited;
			await sandboxed.gone();
		});

	rows({ who: "root" })("that is paused ends by control-C at a terminal", async (ns) => {
		await terminal(ns, limits);
	});

	rows({ who: "root" })("is shown again and again at a terminal, whatever it calls itself", async (ns) => {
		const script = "printf '\\033[2Jx' > /proc/self/comm; echo named; read forever";
		const { sandboxed, target } = await live(ns, "bash", "-c", script);
		await until("it has its name", async () => (await ns.run(["top", target])).stdout.includes("[2Jx"));
		const { stdout } = await ns.run(["top", target]);
		expect(stdout).toContain("\\u001b[2Jx");
		expect(stdout).not.toContain("\x1b");
		await top(ns, target);
		await sandboxed.kill();
	});

	everywhere("is the only one that is touched", async (ns) => {
		for (const command of ["stats", "pause", "resume", "set"]) {
			const more = command === "set" ? ["--pids", "5"] : [];
			const child = ns.start(["sleep", "60"]);
			await until("it is the user's", () => nameOf(child.pid) === "sleep");
			const refused = await ns.run([command, `${child.pid}`, ...more]);
			expect(refused.code).toBe(125);
			expect(refused.stderr).toContain("is in no control group of its own");
			child.kill();
			await child.exited;
		}
	});
});

describe("a group that is called like one of ours", () => {
	rows({ who: "root", how: "source" })("and has no supervisor is not touched", async (ns) => {
		const above = machine.legacy.find(({ controllers }) => controllers.includes("pids"))?.directory ?? own[0] ?? "";
		const child = ns.start(["sleep", "60"]);
		const group = `${above}/nskit-other-${child.pid}`;
		mkdirSync(group);
		try {
			await Bun.write(`${group}/cgroup.procs`, `${child.pid}`);
			const refused = await ns.run(["set", `${child.pid}`, "--pids", "5"]);
			expect(refused.code).toBe(125);
			expect(readFileSync(`${group}/pids.max`, "utf8")).toBe("max\n");
		} finally {
			child.kill("SIGKILL");
			await child.exited;
			await until("it is empty", () => readFileSync(`${group}/cgroup.procs`, "utf8") === "");
			rmdirSync(group);
		}
	});
});

describe("the library", () => {
	needs("root")("tells what was used, and controls what runs", async () => {
		const box = sandbox(pid(), resources({ pids: 30, account: true }));
		const { exitCode, stats } = box.spawnSync(["sh", "-c", "true & wait; exit 2"], { stats: true });
		expect(exitCode).toBe(2);
		expect(stats).toMatchObject({ from: "cgroup", processes: { limit: 30 } });
		const child = await box.spawn(["sleep", "60"], { stats: true });
		const found = running(child);
		expect(found.stats().paused).toBe(false);
		await found.pause();
		expect(found.stats().paused).toBe(true);
		await found.resume();
		expect(found.set({ pids: 12 })).toEqual([]);
		expect(() => found.set({ devices: [] })).toThrow(/cannot be changed while/);
		child.kill();
		expect((await child.stats).processes.limit).toBe(12);
		expect(() => found.stats()).toThrow(/ESRCH|no process/);
		for (const directory of own) expect(existsSync(`${directory}/nskit-${child.pid}`)).toBe(false);
	});

	needs("root")("rejects as ever, and leaves nothing, where a command cannot be executed", async () => {
		const box = sandbox(pid(), resources({ pids: 30 }));
		expect(() => box.spawnSync(["/nowhere/at-all"], { stats: true })).toThrow(/ENOENT/);
		await expect(box.spawn(["/nowhere/at-all"], { stats: true })).rejects.toThrow(/ENOENT/);
	});
});
