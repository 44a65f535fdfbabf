import { expect } from "bun:test";
import { constants } from "node:os";
import { everywhere, type Ns, type Running, rows } from "./harness.ts";
import { descendants, haveEnded, processInfo } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--uts"]];
const caught = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGWINCH", "SIGCONT", "SIGALRM"] as const;

/** Says the name of each signal it gets; ends on SIGUSR2. */
const listener = `
	for name in ${caught.map((name) => name.slice(3)).join(" ")}; do trap "echo got SIG$name" "$name"; done
	trap 'kill $!; exit 9' USR2
	sleep 1000 & echo ready
	while :; do wait $!; done`;

everywhere("signals sent to the process that was started reach the command, once each", async (ns) => {
	for (const options of optionSets) {
		const child = ns.startNs(["run", ...options, "sh", "-c", listener]);
		const transcript = new Transcript(child.stdout);
		let at = await transcript.has("ready\n");
		for (const signal of [...caught, ...caught]) {
			child.kill(signal);
			at = await transcript.has(`got ${signal}\n`, at);
		}
		child.kill("SIGUSR2");
		expect(await inTime("the end", child.exited)).toBe(9);
		const got = [...caught, ...caught].map((signal) => `got ${signal}\n`).join("");
		expect([options, transcript.text]).toEqual([options, `ready\n${got}`]);
	}
});

everywhere(
	"a signal that the command does not catch ends it, and what was started ends by the same signal",
	async (ns) => {
		for (const signal of ["SIGTERM", "SIGINT", "SIGUSR1", "SIGHUP", "SIGQUIT"] as const) {
			const child = ns.startNs(["run", "sh", "-c", "ulimit -c 0; echo ready; exec sleep 1000"]);
			await new Transcript(child.stdout).has("ready");
			await until("the sleep", () => descendants(child.pid).some(({ name }) => name === "sleep"));
			child.kill(signal);
			await inTime("the end", child.exited);
			expect(child.signalCode).toBe(signal);
		}
	},
);

everywhere("a signal that comes while the sandbox is being made ends it", async (ns) => {
	for (let i = 0; i < 10; i++) {
		const child = ns.startNs(["run", "sleep", "1000"]);
		await Bun.sleep(i * 5);
		child.kill("SIGTERM");
		await inTime("the end", child.exited);
		expect(child.signalCode).toBe("SIGTERM");
	}
});

everywhere("signals sent to the init from outside reach the command", async (ns) => {
	const child = ns.startNs(["run", "sh", "-c", listener]);
	const transcript = new Transcript(child.stdout);
	await transcript.has("ready\n");
	const init = descendants(child.pid).find(({ name }) => name === "ns-init");
	expect((await ns.command(["kill", "-USR1", String(init?.pid)])).code).toBe(0);
	await transcript.has("got SIGUSR1\n");
	child.kill("SIGUSR2");
	expect(await inTime("the end", child.exited)).toBe(9);
});

/** Starts a command that waits, and finds its process outside. */
async function startSleeping(ns: Ns, options: readonly string[]): Promise<[Running, number]> {
	const child = ns.startNs(["run", ...options, "sleep", "1000"]);
	const command = await until("the command", () => {
		const all = [...descendants(child.pid), processInfo(child.pid)];
		return all.find((one) => one?.name === "sleep")?.pid;
	});
	return [child, command];
}

const state = (pid: number): string | undefined => processInfo(pid)?.state;

everywhere("a command that somebody stops and continues goes on, and so does what was started", async (ns) => {
	for (const options of optionSets) {
		const [child, command] = await startSleeping(ns, options);
		for (let i = 0; i < 3; i++) {
			process.kill(command, "SIGSTOP");
			await until("the command has stopped", () => state(command) === "T");
			process.kill(command, "SIGCONT");
			await until("both go on", () => state(command) === "S" && state(child.pid) === "S");
		}
		child.kill("SIGSTOP");
		await until("what was started has stopped", () => state(child.pid) === "T");
		child.kill("SIGCONT");
		await until("both go on", () => state(command) === "S" && state(child.pid) === "S");
		child.kill("SIGKILL");
		await inTime("the end", child.exited);
		await until("nothing is left", () => haveEnded([command]));
	}
});

everywhere("a command that is stopped and continued by its own processes goes on to its end", async (ns) => {
	const script = "(while ! grep -q '^State:.T' /proc/2/status; do :; done; kill -CONT 2) & kill -STOP 2; wait; exit 3";
	expect((await ns.run(["run", "sh", "-c", script], { within: 5_000 })).code).toBe(3);
});

everywhere("a stopped command can be killed through what was started", async (ns) => {
	const [child, command] = await startSleeping(ns, []);
	process.kill(command, "SIGSTOP");
	await until("it has stopped", () => state(command) === "T");
	child.kill("SIGKILL");
	await inTime("the end", child.exited);
	await until("nothing is left", () => haveEnded([command]));
	expect(child.signalCode).toBe("SIGKILL");
});

/** The signals that a process ignores, by number. */
const showIgnored = ["grep", "SigIgn", "/proc/self/status"];
const ignored = (text: string): bigint => BigInt(`0x${/SigIgn:\s*([0-9a-f]+)/.exec(text)?.[1]}`);
const bit = (name: keyof typeof constants.signals): bigint => 1n << BigInt(constants.signals[name] - 1);

everywhere("signals that the caller ignores stay ignored, and no others", async (ns) => {
	for (const options of optionSets) {
		const shown = ignored((await ns.run(["run", ...options, ...showIgnored])).stdout);
		const directly = ignored((await ns.command(showIgnored)).stdout);
		expect([options, shown]).toEqual([options, directly]);
		const script = `trap '' HUP INT QUIT USR1; exec "$@"`;
		const more = ignored((await ns.shell(script, { args: ["run", ...options, ...showIgnored] })).stdout);
		expect([options, more]).toEqual([
			options,
			directly | bit("SIGHUP") | bit("SIGINT") | bit("SIGQUIT") | bit("SIGUSR1"),
		]);
	}
});

everywhere("under nohup, SIGHUP does not end the command", async (ns) => {
	const child = ns.start(["nohup", ...ns.program, "run", "sh", "-c", "echo ready; read line; echo $line"]);
	const transcript = new Transcript(child.stdout);
	await transcript.has("ready\n");
	child.kill("SIGHUP");
	child.stdin.write("still here\n");
	await transcript.has("still here\n");
	expect(await inTime("the end", child.exited)).toBe(0);
});

everywhere("a caller that ignores SIGCHLD gets the exit code all the same", async (ns) => {
	for (const options of optionSets) {
		const args = ["run", ...options, "sh", "-c", "exit 3"];
		const { code } = await ns.command(["env", "--ignore-signal=CHLD", ...ns.program, ...args], { within: 5_000 });
		expect([options, code]).toEqual([options, 3]);
	}
});

rows({ who: "root" })("a caller that ignores SIGCHLD can have its ids mapped by a helper", async (ns) => {
	const args = ["run", "--user", "--map-users", "0:1001:1", "--map-groups", "0:1001:1", "id", "-u"];
	const { code, stdout } = await ns.command(["env", "--ignore-signal=CHLD", ...ns.program, ...args]);
	expect([code, stdout]).toEqual([0, "0\n"]);
});

everywhere("signals that the caller has blocked stay blocked", async (ns) => {
	const show = ["grep", "SigBlk", "/proc/self/status"];
	for (const options of optionSets) {
		const blocked = ["env", "--block-signal=USR1", ...ns.program, "run", ...options, ...show];
		expect((await ns.command(blocked)).stdout).toMatch(/^SigBlk:\s*0*200$/m);
		expect((await ns.run(["run", ...options, ...show])).stdout).toMatch(/^SigBlk:\s*0*$/m);
	}
});
