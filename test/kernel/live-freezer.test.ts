/** Sandboxes that only the freezer of control groups v1 can stop, where signals wait: they end all the same. */
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { machine, own, started, versionOf } from "./groups.ts";
import { type Ns, type Rows, rows, until } from "./harness.ts";
import { descendants, processInfo, textOf } from "./outside.ts";
import { Terminal } from "./terminal.ts";

/** In a mount namespace without the groups of v2, as on a machine that has none. */
const withoutV2 = [
	...["unshare", "-m", "sh", "-c"],
	`for one in $(grep ' - cgroup2 ' /proc/self/mountinfo | cut -d' ' -f5); do umount "$one"; done; exec "$@"`,
	"sh",
];

/** Only on a machine that has both. */
const both = versionOf("freezer") === 1 && machine.unified.length > 0;

const test = (name: string, body: (ns: Ns) => Promise<void>, more: Rows = {}): void =>
	rows({ who: "root", needs: ["unshare"], ...more })(name, async (ns) => {
		if (both) await body(ns);
	});

const frozen = (pid: number): string =>
	own
		.map((one) => `${one}/nskit-${pid}/freezer.state`)
		.filter((one) => existsSync(one))
		.map((one) => textOf(one).trim())
		.join();

/** A sandbox that is stopped, whose command runs. */
async function stopped(ns: Ns, words: readonly string[]) {
	const sandboxed = await started(ns, ["--pids", "20", ...words], { before: withoutV2 });
	const { pid } = sandboxed.child;
	await until("the command is executed", () =>
		["sleep", "sh"].includes(textOf(`/proc/${sandboxed.text("cgroup.procs").split("\n")[0]}/comm`).trim()),
	);
	const paused = await ns.run(["pause", `${pid}`]);
	expect([paused.code, paused.stderr]).toEqual([0, expect.stringContaining("freezer of cgroup v1")]);
	expect(frozen(pid)).toBe("FROZEN");
	return sandboxed;
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const)
	test(`${signal} to the supervisor ends what is stopped, and leaves nothing`, async (ns) => {
		const sandboxed = await stopped(ns, ["sleep", "60"]);
		sandboxed.child.kill(signal);
		await sandboxed.child.exited;
		expect(sandboxed.child.signalCode).toBe(signal);
		await sandboxed.gone();
	});

test("without a PID namespace, too", async (ns) => {
	const sandboxed = await stopped(ns, ["--no-pid", "sleep", "60"]);
	sandboxed.child.kill("SIGKILL");
	await sandboxed.child.exited;
	await sandboxed.gone();
});

test("a command that listens to the signal goes on for it, and others leave it alone", async (ns) => {
	const script = "trap 'echo told; exit 7' TERM; echo up; while :; do sleep 0.05; done";
	const sandboxed = await stopped(ns, ["sh", "-c", script]);
	sandboxed.child.kill("SIGUSR1");
	await Bun.sleep(100);
	expect(frozen(sandboxed.child.pid)).toBe("FROZEN");
	// The first signal is waiting for it: that is what it ends by, or by the second.
	sandboxed.child.kill("SIGTERM");
	await sandboxed.child.exited;
	expect([7, null]).toContain(sandboxed.child.exitCode);
	await sandboxed.gone();
});

test("its time is up, and it ends", async (ns) => {
	const sandboxed = await stopped(ns, ["--timeout", "4s", "sleep", "60"]);
	await sandboxed.child.exited;
	expect(sandboxed.child.signalCode).toBe("SIGTERM");
	await sandboxed.gone();
});

test("its parent ends, and it ends", async (ns) => {
	const script = `"$@" & echo $!; read _`;
	const line = [...withoutV2, ...ns.program, "run", "--pids", "20", "--die-with-parent", "sleep", "60"];
	const shell = ns.start(["sh", "-c", script, "sh", ...line]);
	const reader = shell.stdout.getReader();
	const pid = Number(new TextDecoder().decode((await reader.read()).value));
	reader.releaseLock();
	await until("it runs", () => frozen(pid) === "THAWED" && descendants(pid).some(({ name }) => name === "sleep"));
	expect((await ns.run(["pause", `${pid}`])).code).toBe(0);
	shell.kill("SIGKILL");
	await until("it has ended", () => ["Z", undefined].includes(processInfo(pid)?.state));
	await until("its group is removed", () => frozen(pid) === "");
});

for (const session of [[], ["--pty"]])
	test(`control-C at a terminal ends it: ${session.join() || "in the caller's"}`, async (ns) => {
		const at = await Terminal.open(ns);
		const script = withoutV2.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
		at.type(`${script} ${ns.program.join(" ")} run ${session.join(" ")} --pids 20 -- sleep 60\n`);
		const { pid } = await at.runs("sleep");
		await at.givesKeys();
		expect((await ns.run(["pause", `${pid}`])).code).toBe(0);
		// The terminal is the caller's again within half a second.
		await Bun.sleep(1500);
		at.type("\x03");
		await at.sees("prompt> ");
		expect(await at.does("echo $?")).toContain("130");
		expect(descendants(pid)).toEqual([]);
		await at.leave();
	});

test("it goes on with the terminal, and takes keys", async (ns) => {
	const at = await Terminal.open(ns);
	const script = withoutV2.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
	at.type(`${script} ${ns.program.join(" ")} run --pids 20 -- sh -c 'sleep 0.1; cat'\n`);
	const { pid } = await at.runs("cat");
	await at.givesKeys();
	expect((await ns.run(["pause", `${pid}`])).code).toBe(0);
	await Bun.sleep(1500);
	expect((await ns.run(["resume", `${pid}`])).code).toBe(0);
	await Bun.sleep(1500);
	at.type("back\n");
	await at.sees("back");
	at.type("\x04");
	await at.sees("prompt> ");
	await at.leave();
});
