/** A sandbox whose helper is killed does not go on: what guards it from outside has ended with the helper. */
import { expect } from "bun:test";
import { sweepGroups } from "../../src/cgroup-files/sweep.ts";
import { pid, resources, sandbox, user, uts } from "../../src/index.ts";
import type { Fragment } from "../../src/plan/types.ts";
import { groupsOf, own, started } from "./groups.ts";
import { everywhere, inTime, library, type Ns, type Running, rows, until } from "./harness.ts";
import { descendants, processInfo } from "./outside.ts";

const text = "ns: the helper was killed, and with it what guards the sandbox from outside";
const sandboxes: readonly (readonly [what: string, args: readonly string[]])[] = [
	["with a PID namespace", ["--pid"]],
	["without one", ["--uts"]],
	["with all waited for", ["--pid", "--wait-all"]],
	["in a session of its own", ["--pid", "--new-session"]],
];

let count = 0;

/** A named sandbox, whose command runs; it needs its helper for the name. */
async function named(ns: Ns, ...more: string[]): Promise<Running & { readonly name: string }> {
	const name = `helper-killed-${process.pid}-${count++}`;
	// Without a PID namespace nobody ends what the command has started.
	const script = more.includes("--pid") ? "sleep 60 & echo up; wait; wait; wait" : "echo up; exec sleep 60";
	const child = ns.startNs(["run", "--name", name, ...more, "--", "sh", "-c", script], {
		env: { XDG_RUNTIME_DIR: ns.folder },
	});
	const reader = child.stdout.getReader();
	const first = await inTime("the command's word", reader.read());
	expect(new TextDecoder().decode(first.value)).toBe("up\n");
	reader.releaseLock();
	return Object.assign(child, { name });
}

const helperOf = ({ pid }: { readonly pid: number }): number => {
	const [helper, ...others] = descendants(pid).filter(({ name, parent }) => name === "ns-helper" && parent === pid);
	expect([helper?.name, others]).toEqual(["ns-helper", []]);
	return helper?.pid ?? 0;
};

const inside = (child: { readonly pid: number }) => descendants(child.pid).filter(({ name }) => name !== "ns-helper");

async function endedByThat(child: Running, within: readonly { readonly pid: number }[]): Promise<void> {
	expect(await inTime("the end of the sandbox", child.exited)).toBe(125);
	const said = await child.stderr.text();
	expect(said).toStartWith(text);
	expect(said.split("\n")).toHaveLength(2);
	await until("nobody is left", () => within.every((one) => [undefined, "Z"].includes(processInfo(one.pid)?.state)));
}

for (const [what, args] of sandboxes)
	everywhere(`a sandbox ${what} ends when its helper is killed`, async (ns) => {
		const child = await named(ns, ...args);
		const all = inside(child);
		expect(all.length).toBeGreaterThan(0);
		process.kill(helperOf(child), "SIGKILL");
		await endedByThat(child, all);
		// The name is free for the next.
		const again = await ns.run(["run", "--name", child.name, "--", "true"], { env: { XDG_RUNTIME_DIR: ns.folder } });
		expect(again).toMatchObject({ code: 0, stderr: "" });
	});

everywhere("one that has stopped with its command is woken by that, and ends", async (ns) => {
	const child = await named(ns, "--pid");
	const all = inside(child);
	child.kill("SIGTSTP");
	await until("the supervisor has stopped", () => processInfo(child.pid)?.state === "T");
	process.kill(helperOf(child), "SIGKILL");
	await endedByThat(child, all);
	await ns.run(["run", "--name", child.name, "--", "true"], { env: { XDG_RUNTIME_DIR: ns.folder } });
});

rows({ who: "root" })("one that is paused ends, at the latest when it is resumed", async (ns) => {
	const { child, gone } = await started(ns, ["--pid", "--pids", "20", "sleep", "60"]);
	const target = `${child.pid}`;
	await until("the command runs", () => inside(child).some(({ name }) => name === "sleep"));
	const groups = groupsOf(child.pid);
	expect(await ns.run(["pause", target])).toMatchObject({ code: 0, stderr: "" });
	process.kill(helperOf(child), "SIGKILL");
	await ns.run(["resume", target]);
	await endedByThat(child, []);
	const directories = groups.map((one) => one.slice(0, one.lastIndexOf("/")));
	sweepGroups(directories, Date.now() + 60_000);
	await gone();
});

rows({ who: "root" })("a server goes on with a new sandbox in place of one whose helper is killed", async (ns) => {
	const again = ["--again=3", "--delay", "10ms", "--pids", "20"];
	const child = ns.startNs(["run", "--pid", ...again, "--", "sleep", "60"]);
	const sandboxes = () => descendants(child.pid).filter(({ name, parent }) => name === "ns" && parent === child.pid);
	const running = (one: number | undefined) =>
		one !== undefined && descendants(one).some(({ name }) => name === "sleep");
	await until("the first runs", () => running(sandboxes()[0]?.pid));
	const [first] = sandboxes();
	process.kill(helperOf({ pid: first?.pid ?? 0 }), "SIGKILL");
	await until("the second runs", () => {
		const [second] = sandboxes();
		return second?.pid !== first?.pid && running(second?.pid);
	});
	child.kill();
	await inTime("the end", child.exited);
	expect(await child.stderr.text()).toContain(text);
	sweepGroups(own, Date.now() + 60_000);
});

for (const [what, fragments] of [
	["with a PID namespace", [user(), pid()]],
	["without one", [user(), uts()]],
] as const)
	library(`the library tells 125 of a sandbox ${what} whose helper is killed`, async () => {
		const helped: Fragment = { module: "helped", outside: { keeps: () => [] }, steps: () => [] };
		const child = await sandbox(...fragments, helped).spawn(["sleep", "60"]);
		process.kill(helperOf(child), "SIGKILL");
		expect(await inTime("the end of the sandbox", child.exited)).toBe(125);
	});

library("signals that go on to the command do so as before, SIGCONT as well", async () => {
	const script = "trap 'echo continued' CONT; trap 'echo asked; exit 3' TERM; echo up; while :; do sleep 0.01; done";
	const helped: Fragment = { module: "helped", outside: { keeps: () => [] }, steps: () => [] };
	const child = await sandbox(user(), pid(), helped, resources({ pids: 20, bestEffort: true })).spawn(
		["sh", "-c", script],
		{ stdout: "pipe" },
	);
	const reader = child.stdout.getReader();
	const word = async () => new TextDecoder().decode((await inTime("a word", reader.read())).value);
	expect(await word()).toBe("up\n");
	child.kill("SIGCONT");
	expect(await word()).toBe("continued\n");
	child.kill("SIGTERM");
	expect(await word()).toBe("asked\n");
	expect(await child.exited).toBe(3);
});
