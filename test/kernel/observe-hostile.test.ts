import { expect } from "bun:test";
import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type ObservedEvent, pid, sandbox } from "nskit";
import { checkout, must } from "./checkout.ts";
import { everywhere, library } from "./harness.ts";
import { descendants, haveEnded, type Process, textOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

/** It is an image of ours, without children, and no supervisor. */
const isWaiter = ({ pid }: Process): boolean => textOf(`/proc/${pid}/cmdline`).startsWith("ns-waiter");

/** Runs one of the hostile program's ways, observed. */
async function hostile(how: string, ...more: readonly ((folder: string) => string)[]): Promise<ObservedEvent[]> {
	const folder = mkdtempSync(join(realpathSync(checkout().temporary), "hostile-"));
	try {
		const program = join(folder, "hostile");
		must(["gcc", "-O1", "-w", "-pthread", "-o", program, join(import.meta.dir, "fixtures/hostile.c")]);
		chmodSync(program, 0o755);
		const words = [program, how, ...more.map((one) => one(folder))];
		const child = await sandbox(pid()).spawn(words, { observe: true });
		const events = await inTime(`the end of ${how}`, Array.fromAsync(child.events), 50_000);
		expect([how, await child.exited]).toEqual([how, 0]);
		return events;
	} finally {
		rmSync(folder, { recursive: true });
	}
}

library(
	"wild addresses and names without an end are told of as unreadable, and nothing fails",
	async () => {
		const events = await hostile("pointers");
		expect(events.filter(({ type }) => type === "unreadable").length).toBeGreaterThan(20);
		expect(events.some((one) => one.type === "file" && one.path === "/proc")).toBe(true);
	},
	"gcc",
);

library(
	"very many threads are answered",
	async () => {
		const events = await hostile("threads");
		const opened = events.filter((one) => one.type === "file" && one.path === "/nonesuch");
		expect(opened.length).toBeGreaterThanOrEqual(400);
	},
	"gcc",
);

library(
	"processes that are killed while they wait do not stop the observer",
	async () => void (await hostile("kills")),
	"gcc",
);

library(
	"signals without an end do not make a call begin again for ever",
	async () => {
		const events = await hostile("signals");
		expect(events.filter((one) => one.type === "file" && one.path === "/proc/self/status").length).toBeGreaterThan(499);
	},
	"gcc",
);

library(
	"a name that changes while it is read is no more than a wrong name",
	async () => void (await hostile("swaps")),
	"gcc",
);

library(
	"a pipe in the place of a program does not make the observer wait",
	async () => {
		const events = await hostile("fifo", (folder) => join(folder, "pipe"));
		expect(events.some((one) => one.type === "file" && one.call === "execve" && one.kind === "other")).toBe(true);
	},
	"gcc",
);

library("when the waiter is killed, the sandbox ends, and who reads the events is told", async () => {
	const child = await sandbox(pid()).spawn(["sleep", "1000"], { observe: true });
	await child.events.next();
	const waiter = await until("the waiter", () => descendants(process.pid).find(isWaiter));
	process.kill(waiter.pid, "SIGKILL");
	expect(inTime("the failure", Array.fromAsync(child.events))).rejects.toThrow("ended by SIGKILL");
	await inTime("the end of the sandbox", child.exited);
	// Killed; or a call that nobody answers any more has failed before.
	expect(child.exitCode).not.toBe(0);
});

everywhere("when the observer is killed, nothing of the sandbox is left", async (ns) => {
	for (const [options, script] of [
		[[], "sleep 1000 & exec sleep 1000"],
		[["--uts"], "exec sleep 1000"],
	] as const) {
		const child = ns.startNs(["run", ...options, "--learn", "p.json", "sh", "-c", script]);
		await until("the command", () => descendants(child.pid).some(({ name }) => name === "sleep"));
		const below = descendants(child.pid).map((one) => one.pid);
		child.kill("SIGKILL");
		await inTime("the end", child.exited);
		await until("the end of the sandbox", () => haveEnded(below));
	}
});
