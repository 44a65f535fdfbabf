import { expect } from "bun:test";
import { lifetime, pid, sandbox, uts } from "nskit";
import { everywhere, library, rows } from "./harness.ts";
import { haveEnded, processInfo } from "./outside.ts";
import { keys, Terminal } from "./terminal.ts";
import { Transcript } from "./transcript.ts";
import { inTime, until } from "./waiting.ts";

/** With an init, without one in a PID namespace, and with neither. */
const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--uts"]];
/** With a PID namespace and an init, and with neither. */
const withoutOwnOne = [[], ["--uts"]];

everywhere("a command whose time is up ends by SIGTERM, and ns says so", async (ns) => {
	for (const options of withoutOwnOne) {
		const ended = await ns.run(["run", ...options, "--timeout", "150ms", "sleep", "1000"]);
		const stderr = "ns: time is up after 0.15 s: sent SIGTERM\n";
		expect([options, ended]).toEqual([options, { code: null, signal: "SIGTERM", stdout: "", stderr }]);
	}
});

everywhere("a command that ends in time ends as ever, and nothing is said", async (ns) => {
	for (const options of optionSets) {
		const ended = await ns.run(["run", ...options, "--timeout", "1h", "sh", "-c", "echo out; exit 3"]);
		expect([options, ended]).toEqual([options, { code: 3, signal: null, stdout: "out\n", stderr: "" }]);
	}
});

everywhere("a command may do something about its end", async (ns) => {
	const script = "trap 'kill $!; echo end; exit 7' TERM USR1; sleep 1000 & wait";
	for (const options of optionSets) {
		for (const [signal, name] of [
			["TERM", "SIGTERM"],
			["SIGUSR1", "SIGUSR1"],
			["10", "SIGUSR1"],
		] as const) {
			const limit = ["--timeout", "0.3", "--kill-signal", signal];
			const ended = await ns.run(["run", ...options, ...limit, "sh", "-c", script]);
			const stderr = `ns: time is up after 0.3 s: sent ${name}\n`;
			expect([options, ended]).toEqual([options, { code: 7, signal: null, stdout: "end\n", stderr }]);
		}
	}
});

everywhere("a command that does not listen is killed", async (ns) => {
	const script = "trap '' TERM; echo started; while :; do sleep 0.05; done";
	for (const options of optionSets) {
		const limit = ["--timeout", "100ms", "--kill-after", "100ms"];
		const { signal, stderr } = await ns.run(["run", ...options, ...limit, "sh", "-c", script]);
		const said = "ns: time is up after 0.1 s: sent SIGTERM\nns: still there 0.1 s later: sent SIGKILL\n";
		expect([options, signal, stderr]).toEqual([options, "SIGKILL", said]);
	}
});

everywhere("a command that has stopped ends too, also when what was started has stopped with it", async (ns) => {
	for (const options of withoutOwnOne) {
		const { signal } = await ns.run(["run", ...options, "--timeout", "200ms", "sh", "-c", "kill -STOP $$; echo on"]);
		expect([options, signal]).toEqual([options, "SIGTERM"]);
		const args = ["run", ...options, "--status-fd", "1", "--timeout", "2s", "sleep", "1000"];
		const child = ns.startNs(args);
		const transcript = new Transcript(child.stdout);
		await transcript.has("}}\n");
		const command = JSON.parse(transcript.text)["child-pid"];
		// On a busy machine time may run out before: then there is nothing to stop any more.
		for (const one of [child.pid, command]) if (processInfo(one)) process.kill(one, "SIGSTOP");
		await inTime("the end", child.exited);
		expect([options, child.signalCode]).toEqual([options, "SIGTERM"]);
		await until("nothing is left", () => haveEnded([command]));
	}
});

everywhere("signals that look like the timer's are passed on", async (ns) => {
	const listener = `for name in ALRM CONT; do trap "echo got $name" $name; done
		trap 'kill $!; exit 9' USR2; sleep 1000 & echo ready; while :; do wait $!; done`;
	for (const options of withoutOwnOne) {
		const child = ns.startNs(["run", ...options, "--timeout", "1h", "sh", "-c", listener]);
		const transcript = new Transcript(child.stdout);
		let at = await transcript.has("ready\n");
		for (const name of ["ALRM", "CONT", "ALRM", "CONT"]) {
			child.kill(`SIG${name}` as NodeJS.Signals);
			at = await transcript.has(`got ${name}\n`, at);
		}
		child.kill("SIGUSR2");
		expect(await inTime("the end", child.exited)).toBe(9);
	}
});

everywhere("who does not read standard error does not keep a command alive", async (ns) => {
	const limit = ["--timeout", "200ms", "--kill-after", "100ms"];
	// Opened for both, a pipe has a reader that never reads; then one whose reader is gone.
	const full = 'mkfifo pipe; exec 9<>pipe; "$@" 2>pipe; exit $?';
	const writer = ["sh", "-c", "yes >&2 & trap '' TERM; while :; do sleep 0.05; done"];
	expect((await ns.shell(full, { bash: true, args: ["run", ...limit, ...writer] })).code).toBe(137);
	const gone = 'exec "$@" 2> >(exit 0)';
	const ended = await ns.shell(gone, { bash: true, args: ["run", ...limit, "sleep", "1000"] });
	expect(ended.signal).toBe("SIGTERM");
});

rows({ needs: ["script"] })("time also runs out for a job that a shell has stopped", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of ["", "--uts"]) {
		terminal.type(`ns run ${options} --timeout 2s sh -c 'echo started; exec sleep 1000'\n`);
		await terminal.sees("started");
		terminal.type(keys.suspend);
		await terminal.sees("prompt> ");
		await terminal.untilDoes("jobs", /Terminated|^$/);
		expect(await terminal.does("echo still here")).toContain("still here");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

rows({ needs: ["script"] })("Ctrl-C and Ctrl-Z reach a command with a supervisor and no PID namespace", async (ns) => {
	const terminal = await Terminal.open(ns);
	terminal.type("ns run --uts --timeout 1h sh -c 'echo started; exec cat'\n");
	await terminal.hasKeys("cat");
	terminal.type(keys.suspend);
	await terminal.sees("prompt> ");
	await terminal.stands("cat");
	terminal.type("fg\n");
	await terminal.hasKeys("cat");
	terminal.type("word\n");
	await terminal.sees("word");
	terminal.type(keys.interrupt);
	await terminal.sees("prompt> ");
	expect((await terminal.does("echo code $?")).trim()).toBe("code 130");
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

library(
	"the library ends a command in time, and says nothing",
	async () => {
		for (const modules of [[pid()], [uts()], []]) {
			const box = sandbox(...modules, lifetime({ timeout: "100ms", killAfter: 0.1 }));
			const sync = box.spawnSync(["sleep", "1000"], { stderr: "pipe" });
			expect([sync.signalCode, sync.stderr?.toString()]).toEqual(["SIGTERM", ""]);
			const deaf = box.spawnSync(["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"]);
			expect(deaf.signalCode).toBe("SIGKILL");
			const child = await box.spawn(["sleep", "1000"], { stderr: "pipe" });
			await inTime("the end", child.exited);
			expect([child.signalCode, await child.stderr.text()]).toEqual(["SIGTERM", ""]);
		}
	},
	"root",
);
