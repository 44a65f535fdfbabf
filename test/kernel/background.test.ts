import { expect } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere, type Ns, rows } from "./harness.ts";
import { descendants, haveEnded, linkOf, processInfo, textOf } from "./outside.ts";
import { until } from "./waiting.ts";

/** Starts in the background; the process id is that of the pid file. */
async function daemon(ns: Ns, options: readonly string[], ...command: string[]): Promise<number> {
	// Whoever reads what a daemon writes waits for its end.
	const args = ["run", "--daemon", "--pid-file", "pid", ...options, ...command];
	const ended = await ns.shell('"$@" >>out 2>&1', { args });
	expect([ended.code, readFileSync(join(ns.folder, "out"), "utf8")]).toEqual([0, ""]);
	const text = readFileSync(join(ns.folder, "pid"), "utf8");
	expect(text).toMatch(/^[1-9]\d*\n$/);
	return Number(text);
}

const pidFile = (ns: Ns): string => join(ns.folder, "pid");
const commandOf = (pid: number, name: string) =>
	until("the command", () => descendants(pid).find((one) => one.name === name)?.pid);

everywhere("a daemon goes on in a session of its own, with no input, and its pid file goes with it", async (ns) => {
	for (const options of [[], ["--uts"]]) {
		const pid = await daemon(ns, options, "sleep", "1000");
		expect(processInfo(pid)).toMatchObject({ session: pid, group: pid });
		const command = await commandOf(pid, "sleep");
		if (ns.who === "root") {
			expect(linkOf(`/proc/${command}/fd/0`)).toBe("/dev/null");
			expect(readdirSync(`/proc/${command}/fd`).toSorted()).toEqual(["0", "1", "2"]);
		}
		expect((await ns.command(["kill", String(pid)])).code).toBe(0);
		await until("nothing is left", () => haveEnded([pid, command]) && !existsSync(pidFile(ns)));
	}
});

everywhere("standard output and error stay what they are, and input is empty", async (ns) => {
	const script = '"$@" >out 2>err </etc/passwd && until test -e done; do sleep 0.01; done';
	const args = ["run", "--daemon", "--pid-file", "pid", "sh", "-c", "cat; echo out; echo err >&2; touch done"];
	expect(await ns.shell(script, { args })).toMatchObject({ code: 0 });
	expect(readFileSync(join(ns.folder, "out"), "utf8")).toBe("out\n");
	expect(readFileSync(join(ns.folder, "err"), "utf8")).toBe("err\n");
	await until("the pid file is gone", () => !existsSync(pidFile(ns)));
});

everywhere("a daemon that cannot be started is an error in front, and leaves nothing", async (ns) => {
	writeFileSync(join(ns.folder, "text"), "no program");
	chmodSync(join(ns.folder, "text"), 0o644);
	for (const options of [[], ["--uts"]]) {
		for (const [args, code, message] of [
			[["nosuch"], 127, "cannot run nosuch: ENOENT"],
			[["./text"], 126, "cannot run ./text: EACCES"],
			[["--lock-file", "pid", "true"], 125, "--lock-file"],
			[["--time", "--monotonic", "-100000d", "true"], 125, "cannot set the clock offsets"],
			[["--pid", "--mount", "--root", ns.folder, "true"], 125, "ns: cannot"],
		] as const) {
			const ended = await ns.run(["run", "--daemon", "--pid-file", "pid", ...options, ...args]);
			expect([args, ended]).toEqual([
				args,
				{ code, signal: null, stdout: "", stderr: expect.stringContaining(message) },
			]);
			expect([args, existsSync(pidFile(ns))]).toEqual([args, false]);
		}
	}
});

everywhere("the pid file never leads anywhere else", async (ns) => {
	const victim = join(ns.folder, "victim");
	writeFileSync(victim, "untouched");
	symlinkSync(victim, pidFile(ns));
	const { code, stderr } = await ns.run(["run", "--daemon", "--pid-file", "pid", "true"]);
	expect([code, stderr]).toEqual([125, expect.stringContaining("is there, and is no plain file of ours")]);
	expect(linkOf(pidFile(ns))).toBe(victim);
	expect(readFileSync(victim, "utf8")).toBe("untouched");
});

everywhere("a pid file from before is made anew, and one of a killed daemon stays", async (ns) => {
	await ns.command(["sh", "-c", "echo 99999999 >pid; ln pid other"]);
	for (let i = 0; i < 2; i++) {
		const pid = await daemon(ns, [], "sleep", "1000");
		const command = await commandOf(pid, "sleep");
		expect(readFileSync(join(ns.folder, "other"), "utf8")).toBe("99999999\n");
		expect((await ns.command(["kill", "-KILL", String(pid)])).code).toBe(0);
		await until("nothing is left", () => haveEnded([pid, command]));
		expect(readFileSync(pidFile(ns), "utf8")).toBe(`${pid}\n`);
	}
});

rows({ who: "ordinary" })("a pid file that may not be made or taken away is one error", async (ns) => {
	const { code, stderr } = await ns.run(["run", "--daemon", "--pid-file", "/usr/nskit.pid", "true"]);
	expect([code, stderr]).toEqual([125, expect.stringContaining("EACCES")]);
	expect(stderr.match(/^ns: /gm)).toHaveLength(1);
});

everywhere("a daemon ends in time, and tells its status", async (ns) => {
	const args = ["run", "--daemon", "--pid-file", "pid", "--timeout", "200ms", "--status-fd", "5", "sleep", "1000"];
	expect((await ns.shell('"$@" 5>status 2>/dev/null >&2', { args })).code).toBe(0);
	const status = () => readFileSync(join(ns.folder, "status"), "utf8");
	await until("the end", () => status().split("\n").length === 3);
	expect(status()).toEndWith('}}\n{"exit-code": 143, "signal": 15, "timed-out": true}\n');
	await until("the pid file is gone", () => !existsSync(pidFile(ns)));
});

everywhere(
	"killed at any moment while it waits to go to the background, nothing but the pid file is left",
	async (ns) => {
		const child = ns.start([
			"sh",
			"-c",
			'exec "$@" 5>info',
			"sh",
			...ns.program,
			"run",
			"--daemon",
			"--block-fd",
			"0",
			"--info-fd",
			"5",
			"true",
		]);
		const told = () => textOf(join(ns.folder, "info"));
		const { pid } = JSON.parse(await until("the information", told));
		process.kill(pid, "SIGKILL");
		await until("nothing is left", () => haveEnded([pid, ...descendants(pid).map((one) => one.pid)]));
		await child.exited;
	},
);
