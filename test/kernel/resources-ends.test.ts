/** Control groups are gone when the sandbox is, however it ends. */
import { expect } from "bun:test";
import { existsSync, mkdirSync, rmdirSync, utimesSync } from "node:fs";
import { groupsOf, left, limited, machine, own, started, versionOf } from "./groups.ts";
import { rows } from "./harness.ts";
import { descendants, textOf } from "./outside.ts";
import { until } from "./waiting.ts";

/** Control groups are given to ordinary users by root: these tests need it to run them. */
const everywhere = rows({ needs: ["root"] });

const limits = ["--pids", "30", "--memory", "64M"];

everywhere("after an end of the command's own, and after failures before and behind it", async (ns) => {
	for (const [args, code] of [
		[["sh", "-c", "exit 7"], 7],
		[["no-such-command-at-all"], 127],
		[["--sysctl", "kernel.nothing=1", "true"], 125],
		[["--root", "/no/such/root", "true"], 125],
		[["--timeout", "0.3", "--kill-signal", "KILL", "sleep", "20"], null],
	] as const) {
		const ended = await limited(ns, [...limits, ...args]);
		if (code !== null) expect([args, ended.code]).toEqual([args, code]);
	}
});

everywhere("after the supervisor was killed", async (ns) => {
	const running = await started(ns, [...limits, "sleep", "60"]);
	running.child.kill("SIGKILL");
	await running.child.exited;
	await running.gone();
});

rows({ who: "root" })("at the next run, after everything was killed at once, and not before it is old", async (ns) => {
	const running = await started(ns, [...limits, "sleep", "60"]);
	const { pid } = running.child;
	const all = descendants(process.pid).filter((one) => one.parent === pid || one.pid === pid);
	const helper = all.find(({ name }) => name === "ns-helper");
	expect(helper).toBeDefined();
	// What cleans up goes first.
	if (helper) process.kill(helper.pid, "SIGKILL");
	running.child.kill("SIGKILL");
	await running.child.exited;
	const groups = groupsOf(pid);
	expect(groups.length).toBeGreaterThan(0);
	await until("nobody is in them", () => groups.every((one) => running.text("cgroup.procs") === "" && existsSync(one)));
	await limited(ns, [...limits, "true"]);
	expect(groupsOf(pid)).toEqual(groups);
	const old = new Date(Date.now() - 60_000);
	for (const one of groups) utimesSync(one, old, old);
	await limited(ns, [...limits, "true"]);
	expect(groupsOf(pid)).toEqual([]);
});

rows({ who: "root" })("a run removes nothing that is not one of ours and empty", async (ns) => {
	const directory = own.find((one) => existsSync(`${one}/cgroup.procs`)) ?? "";
	const [version] = [versionOf("pids")];
	expect(version).toBeDefined();
	const old = new Date(Date.now() - 60_000);
	const names = [`nskit-${process.pid}`, `other-${2 ** 22 - 1}`, `nskit-x${process.pid}`];
	const made = names.map((name) => `${directory}/${name}`);
	for (const one of made) {
		mkdirSync(one);
		utimesSync(one, old, old);
	}
	try {
		await limited(ns, [...limits, "true"]);
		expect(made.filter((one) => existsSync(one))).toEqual(made);
	} finally {
		for (const one of made) rmdirSync(one);
	}
});

/** Hides version 2, so that version 1 is what stops a sandbox. */
const onlyOld = ["unshare", "-m", "sh", "-c", 'umount /sys/fs/cgroup/unified && exec "$@"', "sh"];
const hasOld = versionOf("freezer") === 1 && existsSync("/sys/fs/cgroup/unified/cgroup.procs");

for (const before of hasOld ? [[], onlyOld] : [[]])
	rows({ who: "root" })(
		`of one that is paused, which nobody else could let go on: ${before[0] ?? "as it is"}`,
		async (ns) => {
			const running = await started(ns, ["--pid", ...limits, "sleep", "60"], { before });
			const { child } = running;
			await until("the command runs", () => descendants(child.pid).some(({ name }) => name === "sleep"));
			expect(await ns.run(["pause", `${child.pid}`])).toMatchObject({ code: 0 });
			if (before.length > 0) expect(running.text("freezer.state")).toBe("FROZEN");
			await running.kill();
		},
	);

rows({ who: "root" })("a group of somebody else's who has our number is neither ended nor removed", async (ns) => {
	const directories = own.filter((one) => existsSync(`${one}/cgroup.procs`));
	const make = directories.map((one) => `mkdir ${one}/nskit-$$ || exit 9`).join("\n");
	const child = ns.start(["sh", "-c", `${make}\nexec "$@"`, "sh", ...ns.program, "run", "--pid", ...limits, "true"]);
	const said = await child.stderr.text();
	try {
		expect(await child.exited).toBe(125);
		expect(said).toContain("EEXIST");
		expect(groupsOf(child.pid, directories)).toHaveLength(directories.length);
	} finally {
		for (const one of groupsOf(child.pid, directories)) rmdirSync(one);
	}
});

rows({ who: "root" })("who is left behind without a PID namespace stays limited, until it has ended", async (ns) => {
	const script = "sleep 60 >/dev/null 2>&1 </dev/null & echo $!";
	const child = ns.startNs(["run", "--uts", ...limits, "sh", "-c", script]);
	await child.stdin.end();
	const sleeper = Number(await child.stdout.text());
	expect(await child.exited).toBe(0);
	const groups = groupsOf(child.pid);
	expect(groups.length).toBeGreaterThan(0);
	process.kill(sleeper, "SIGKILL");
	await until(
		"it is gone",
		() =>
			!existsSync(`/proc/${sleeper}`) ||
			descendants(process.pid).every(({ pid, state }) => pid !== sleeper || state === "Z"),
	);
	await until("the groups can be removed", () => {
		for (const one of groupsOf(child.pid)) {
			try {
				rmdirSync(one);
			} catch (error) {
				if (!(error instanceof Error && "code" in error && error.code === "EBUSY")) throw error;
			}
		}
		return groupsOf(child.pid).length === 0;
	});
});

everywhere("of several at the same time each has a group of its own", async (ns) => {
	const some = await Promise.all([1, 2, 3].map(() => started(ns, [...limits, "sleep", "60"])));
	expect(new Set(some.map(({ child }) => child.pid)).size).toBe(3);
	for (const one of some) expect(one.text("pids.max")).toBe("30");
	await Promise.all(some.map((one) => one.kill()));
});

rows({ who: "root" })("in a group that is named, and nowhere else", async (ns) => {
	const missing = await ns.run(["run", "--pids", "9", "--cgroup-parent", `/no-such-${process.pid}`, "true"]);
	expect([missing.code, missing.stderr]).toEqual([125, expect.stringContaining("pids cannot be limited here")]);
	const line = textOf("/proc/self/cgroup").match(versionOf("pids") === 1 ? /:pids:(.*)/ : /^0::(.*)/m);
	const path = `${line?.[1] === "/" ? "" : line?.[1]}/nskit-parent${ns.how}-${process.pid}`;
	const { directory = "" } =
		machine.legacy.find(({ controllers }) => controllers.includes("pids")) ?? machine.unified[0] ?? {};
	const parent = `${directory}${path.slice(path.lastIndexOf("/"))}`;
	mkdirSync(parent);
	try {
		const child = ns.startNs(["run", "--pids", "9", "--cgroup-parent", path, "cat"]);
		await until("the group is there", () => existsSync(`${parent}/nskit-${child.pid}`));
		expect(groupsOf(child.pid)).toEqual([]);
		await child.stdin.end();
		expect(await child.exited).toBe(0);
		expect(left(parent)).toEqual([]);
	} finally {
		rmdirSync(parent);
	}
});
