import { expect } from "bun:test";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lifetime, pid, sandbox } from "nskit";
import { everywhere, library, type Ns, rows } from "./harness.ts";
import { lockAlone } from "./libc.ts";
import { descendants, haveEnded, processInfo, textOf } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

const optionSets = [[], ["--uts"], ["--pid", "--mount", "--no-init"]];

/** Starts `ns` from a shell, and waits for its command. */
async function startBelow(ns: Ns, args: readonly string[], before: readonly string[] = []) {
	const shell = ns.start([...before, "sh", "-c", '"$@" & wait', "sh", ...ns.program, "run", ...args, "sleep", "1000"]);
	const sleep = await until("the command", () => descendants(shell.pid).find(({ name }) => name === "sleep"));
	const all = descendants(shell.pid).map((one) => one.pid);
	return { shell, sleep: sleep.pid, supervisor: sleep.parent, all };
}

everywhere("everything ends with the process that started ns, also when it has stopped", async (ns) => {
	for (const options of optionSets) {
		for (const stop of [[], ["supervisor"], ["supervisor", "sleep"]] as const) {
			const started = await startBelow(ns, ["--die-with-parent", ...options]);
			for (const which of stop) {
				process.kill(started[which], "SIGSTOP");
				await until("it has stopped", () => processInfo(started[which])?.state === "T");
			}
			started.shell.kill("SIGKILL");
			await inTime("the end", started.shell.exited);
			await until("nothing is left", () => haveEnded(started.all));
		}
	}
});

everywhere("everything ends with the process that started ns on a terminal of its own, too", async (ns) => {
	for (const options of optionSets) {
		const { shell, all } = await startBelow(ns, ["--pty", "--die-with-parent", ...options]);
		shell.kill("SIGKILL");
		await inTime("the end", shell.exited);
		await until("nothing is left", () => haveEnded(all));
	}
});

rows({ who: "root", needs: ["unshare"] })("so it does where that is in another PID namespace", async (ns) => {
	const words = ["run", "--pty", "--die-with-parent", "sleep", "1000"];
	const outer = ns.start(["unshare", "--pid", "--fork", ...ns.program, ...words]);
	const sleep = await until("the command", () => descendants(outer.pid).find(({ name }) => name === "sleep"));
	const all = descendants(outer.pid).map((one) => one.pid);
	outer.kill("SIGKILL");
	await inTime("the end", outer.exited);
	await until("nothing is left", () => haveEnded([sleep.pid, ...all]));
});

everywhere("without saying so, a sandbox goes on when the process that started it ends", async (ns) => {
	const { shell, supervisor, sleep, all } = await startBelow(ns, []);
	shell.kill("SIGKILL");
	await inTime("the end", shell.exited);
	await until("it has another parent", () => processInfo(supervisor)?.parent === process.pid);
	// It may have been about to sleep only.
	await until("it goes on", () => processInfo(sleep)?.state === "S");
	process.kill(supervisor, "SIGKILL");
	await until("nothing is left", () => haveEnded(all));
});

rows({ who: "root", needs: ["unshare"] })("a parent in another PID namespace counts as well", async (ns) => {
	const outer = ns.start(["unshare", "--pid", "--fork", ...ns.program, "run", "--die-with-parent", "sleep", "1000"]);
	const sleep = await until("the command", () => descendants(outer.pid).find(({ name }) => name === "sleep"));
	const all = descendants(outer.pid).map((one) => one.pid);
	outer.kill("SIGKILL");
	await inTime("the end", outer.exited);
	await until("nothing is left", () => haveEnded([sleep.pid, ...all]));
});

library(
	"a sandbox ends with the process of the library, and not with its thread",
	async () => {
		const source = `
			import { lifetime, pid, sandbox } from ${JSON.stringify(join(import.meta.dir, "../../src/index.ts"))};
			const child = await sandbox(pid(), lifetime({ dieWithParent: true })).spawn(["sleep", "1000"]);
			postMessage(child.pid);`;
		const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
		const started = new Promise<number>((resolve) => {
			worker.onmessage = ({ data }) => resolve(data);
		});
		const supervisor = await inTime("the sandbox", started);
		const sleep = () => descendants(supervisor).find(({ name }) => name === "sleep");
		await until("the command", sleep);
		worker.terminate();
		await Bun.sleep(200);
		expect([processInfo(supervisor)?.state, sleep()?.state]).toEqual(["S", "S"]);
		process.kill(supervisor, "SIGKILL");
		await until("nothing is left", () => haveEnded([supervisor]));
	},
	"root",
);

everywhere("with --wait-all ns waits for everything inside, and ends as the command did", async (ns) => {
	const script = "(setsid sh -c 'until test -e go; do sleep 0.01; done; echo late' &) ; exit 3";
	const child = ns.startNs(["run", "--wait-all", "sh", "-c", script]);
	const transcript = new Transcript(child.stdout);
	const init = await until("the init", () => descendants(child.pid).find(({ name }) => name === "ns-init")?.pid);
	await until("only the orphan is left", () =>
		descendants(child.pid).some(({ parent, name }) => parent === init && name === "sh"),
	);
	writeFileSync(join(ns.folder, "go"), "");
	expect(await inTime("the end", child.exited)).toBe(3);
	await transcript.has("late\n");
	for (const [words, code] of [
		["exit 4", 4],
		["sleep 0.2 & exit 5", 5],
		["kill -9 $$", null],
	] as const) {
		expect([words, (await ns.run(["run", "--wait-all", "sh", "-c", words])).code]).toEqual([words, code]);
	}
});

everywhere("what is left behind ends in time, and by a signal", async (ns) => {
	const left = ["sh", "-c", "sleep 1000 & exit 3"];
	const late = await ns.run(["run", "--wait-all", "--timeout", "300ms", ...left]);
	const said = "ns: time is up after 0.3 s: sent SIGKILL to what the command has left behind\n";
	expect(late).toEqual({ code: 3, signal: null, stdout: "", stderr: said });
	const child = ns.startNs(["run", "--wait-all", ...left]);
	await until("the sleep alone", () => {
		const all = descendants(child.pid);
		return all.length === 2 && all.some(({ name }) => name === "sleep");
	});
	child.kill("SIGUSR1");
	child.kill("SIGTERM");
	expect(await inTime("the end", child.exited)).toBe(3);
});

everywhere("nobody inside can tell the init that the command has ended", async (ns) => {
	// The word goes to the command instead, as every signal to the init does.
	const script = "trap 'echo got; n=1' 64; kill -64 1; while test -z \"$n\"; do sleep 0.01; done; echo on; exit 3";
	const ended = await ns.run(["run", "--wait-all", "bash", "-c", script]);
	expect(ended).toEqual({ code: 3, signal: null, stdout: "got\non\n", stderr: "" });
});

/** The locks on a file, as the kernel lists them. */
const locks = (path: string): number => {
	const inode = Bun.spawnSync(["stat", "-c", "%i", path]).stdout.toString().trim();
	return textOf("/proc/locks")
		.split("\n")
		.filter((line) => line.includes("OFDLCK") && line.includes(`:${inode} `)).length;
};

everywhere("a lock file is locked while anything inside lives, and no longer", async (ns) => {
	expect((await ns.command(["touch", "lock", "second"])).code).toBe(0);
	const paths = ["lock", "second"].map((name) => join(ns.folder, name));
	for (const options of optionSets) {
		for (const signal of ["SIGTERM", "SIGKILL"] as const) {
			const args = ["--lock-file", "lock", "--lock-file", "second", ...options];
			const child = ns.startNs([
				"run",
				...args,
				"--kill-after",
				"1",
				"--timeout",
				"1h",
				"bash",
				"-c",
				"trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done",
			]);
			await new Transcript(child.stdout).has("ready\n");
			expect([options, paths.map(locks)]).toEqual([options, [1, 1]]);
			child.kill(signal);
			await inTime("the end", child.exited);
			await until("the locks are gone", () => paths.every((path) => locks(path) === 0));
		}
	}
});

everywhere("an exclusive lock is an error, and shared ones are none", async (ns) => {
	expect((await ns.command(["touch", "lock"])).code).toBe(0);
	const fd = openSync(join(ns.folder, "lock"), "r+");
	try {
		expect(lockAlone(fd)).toBe(true);
		const ended = await ns.run(["run", "--lock-file", "lock", "touch", "was-run"]);
		expect([ended.code, ended.stdout]).toEqual([125, ""]);
		expect(ended.stderr).toContain("shared: fcntl($lock, F_OFD_SETLK, {l_type=F_RDLCK}): EAGAIN");
		expect(ended.stderr).toContain("hint: somebody else holds an exclusive lock on it");
	} finally {
		closeSync(fd);
	}
	const nested = ["--lock-file", "lock", ...ns.program, "run", "--lock-file", "lock"];
	expect((await ns.run(["run", "--uts", ...nested, "echo", "both"])).stdout).toBe("both\n");
	expect(readFileSync(join(ns.folder, "lock"), "utf8")).toBe("");
});

library(
	"spawnSync and spawn end with this process alone",
	async () => {
		const box = sandbox(pid(), lifetime({ dieWithParent: true, waitAll: true }));
		expect(box.spawnSync(["sh", "-c", "exit 3"]).exitCode).toBe(3);
		const child = await box.spawn(["sh", "-c", "exit 4"]);
		expect(await inTime("the end", child.exited)).toBe(4);
	},
	"root",
);
