import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { rows } from "./harness.ts";
import { keys, Terminal } from "./terminal.ts";
import { inTime } from "./waiting.ts";

const atTerminal = rows({ needs: ["script"] });

atTerminal("Ctrl-C and Ctrl-\\ end a command as they do without ns", async (ns) => {
	const terminal = await Terminal.open(ns);
	await terminal.does("ulimit -c 0");
	for (const [key, code] of [
		[keys.interrupt, 130],
		[keys.quit, 131],
	] as const) {
		for (const run of ["sh -c", "ns run sh -c", "ns run --uts sh -c", "ns run --pid --mount --no-init sh -c"]) {
			terminal.type(
				`${run} 'trap "kill \\$!; exit 130" INT; trap "kill \\$!; exit 131" QUIT; sleep 1000 & echo started; wait'\n`,
			);
			await terminal.sees("started");
			terminal.type(key);
			await terminal.sees("prompt> ");
			expect([run, (await terminal.does("echo code $?")).trim()]).toEqual([run, `code ${code}`]);
		}
		terminal.type("ns run sh -c 'echo started; exec sleep 1000'\n");
		await terminal.sees("started");
		terminal.type(key);
		await terminal.sees("prompt> ");
		expect((await terminal.does("echo code $?")).trim()).toBe(`code ${code}`);
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

/** Counts the interrupts; says the number on SIGQUIT, and ends. */
const counter = [
	'n=0; trap "n=\\$((n+1)); echo got \\$n" INT; trap "echo end \\$n; kill \\$!; exit 0" QUIT',
	"sleep 1000 & echo started; while :; do wait $!; done",
].join("; ");

atTerminal("Ctrl-C reaches the command once", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of ["", "--uts", "--pid --mount --no-init"]) {
		terminal.type(`ns run ${options} sh -c '${counter}'\n`);
		await terminal.sees("started");
		for (const count of [1, 2, 3]) {
			terminal.type(keys.interrupt);
			await terminal.sees(`got ${count}`);
		}
		terminal.type(keys.quit);
		await terminal.sees("end 3");
		await terminal.sees("prompt> ");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("Ctrl-Z stops a command, fg and bg go on with it", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of ["", "--uts", "--pid --mount"]) {
		terminal.type(`ns run ${options} sh -c 'echo started; exec cat'\n`);
		await terminal.sees("started");
		for (let i = 0; i < 3; i++) {
			await terminal.hasKeys("cat");
			terminal.type(`line ${i}\n`);
			await terminal.sees(`line ${i}`);
			terminal.type(keys.suspend);
			await terminal.sees(/Stopped.*\n/);
			await terminal.sees("prompt> ");
			expect(await terminal.does("jobs")).toMatch(/Stopped +ns run/);
			await terminal.stands("cat");
			terminal.type("fg\n");
		}
		await terminal.hasKeys("cat");
		terminal.type(keys.endOfFile);
		await terminal.sees("prompt> ");
		expect((await terminal.does("echo code $?")).trim()).toBe("code 0");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

/** Stops the job, lets it go on in the background, and brings it to the foreground, where nobody tells it of that. */
async function toBackAndFront(terminal: Terminal, name: string): Promise<void> {
	terminal.type(keys.suspend);
	await terminal.sees(/Stopped.*\n/);
	await terminal.sees("prompt> ");
	await terminal.stands(name);
	await terminal.does("bg");
	await terminal.runs(name);
	terminal.type("fg\n");
	await terminal.givesKeys();
}

const inFrontAgain = ["", "--uts", "--pid --mount", "--wait-all", "--new-session", "--pty"];

atTerminal("keys reach a job that went on in the background, and is in the foreground again", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of inFrontAgain) {
		terminal.type(`ns run ${options} bash -c 'trap "echo got" INT; sleep 1000; sleep 1000; exit 7'\n`);
		await terminal.hasKeys("sleep");
		for (const _ of ["once", "twice"]) await toBackAndFront(terminal, "sleep");
		terminal.type(keys.interrupt);
		await terminal.sees("got\n");
		await terminal.hasKeys("sleep");
		terminal.type(keys.interrupt);
		await terminal.sees("got\nprompt> ");
		expect([options, await terminal.does("echo code $?; jobs")]).toEqual([options, "code 7\n"]);
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("such a job can read", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const options of ["", "--uts", "--pid --mount", "--wait-all", "--pty"]) {
		terminal.type(`rm -f go; ns run ${options} bash -c 'until [ -e go ]; do sleep 0.01; done; read x; echo got $x'\n`);
		await terminal.hasKeys("bash");
		await toBackAndFront(terminal, "bash");
		writeFileSync(join(ns.folder, "go"), "");
		terminal.type("hello\n");
		await terminal.sees("got hello\nprompt> ");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("keys reach the script that ns is run by as well", async (ns) => {
	const terminal = await Terminal.open(ns);
	// Not without an init: the shell inside would be PID 1, which no key stops.
	for (const run of ["", "ns run", "ns run --uts", "ns run --pty"]) {
		for (const shell of ["sh", "bash"]) {
			terminal.type(`${shell} -c '${run} sh -c "echo started; cat; exit 1"; echo after'\n`);
			await terminal.hasKeys("cat");
			terminal.type(keys.suspend);
			await terminal.sees(/Stopped[^\n]*\n/);
			await terminal.sees("prompt> ");
			await terminal.stands("cat");
			terminal.type("fg\n");
			await terminal.hasKeys("cat");
			terminal.type("hello\n");
			await terminal.sees("hello\n");
			terminal.type(keys.interrupt);
			await terminal.sees("prompt> ");
			expect([run, shell, await terminal.does("echo code $?")]).toEqual([run, shell, "code 130\n"]);
		}
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("stop signals sent to the job, or to what was started, stop the command too", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const signal of ["TSTP", "STOP"]) {
		await terminal.does("ns run sleep 1000 &");
		await terminal.runs("sleep");
		for (const whom of signal === "TSTP" ? ["%1", "$!"] : ["%1"]) {
			await terminal.does(`kill -${signal} ${whom}`);
			await terminal.untilDoes("jobs", /Stopped.*ns run sleep/);
			expect(await terminal.does("bg")).toMatch(/ns run sleep 1000 &/);
			await terminal.runs("sleep");
		}
		await terminal.does("kill %1; wait");
		expect(await terminal.does("jobs")).toBe("");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("a command in the background stops when it reads from the terminal", async (ns) => {
	const terminal = await Terminal.open(ns);
	await terminal.does("ns run cat &");
	await terminal.untilDoes("jobs", /Stopped.*ns run cat/);
	terminal.type("fg\n");
	await terminal.hasKeys("cat");
	terminal.type("hello\n");
	await terminal.sees("hello");
	terminal.type(keys.interrupt);
	await terminal.sees("prompt> ");
	expect((await terminal.does("echo code $?")).trim()).toBe("code 130");
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("an interactive shell inside does its own job control", async (ns) => {
	const terminal = await Terminal.open(ns);
	terminal.type("ns run bash --noprofile --norc -i\n");
	await terminal.sees("prompt> ");
	expect(await terminal.does("bind 'set enable-bracketed-paste off'; PS1='inside> prompt> '; echo $$")).toMatch(
		/\b2\b/,
	);
	terminal.type("sleep 1000\n");
	for (let i = 0; i < 2; i++) {
		await terminal.hasKeys("sleep");
		terminal.type(keys.suspend);
		await terminal.sees(/Stopped +sleep 1000/);
		await terminal.sees("inside> prompt> ");
		await terminal.stands("sleep");
		terminal.type("fg\n");
	}
	await terminal.hasKeys("sleep");
	terminal.type(keys.interrupt);
	await terminal.sees("inside> prompt> ");
	expect(await terminal.does("echo code $?")).toContain("code 130");
	terminal.type("exit 5\n");
	await terminal.sees(/exit\nprompt> /);
	expect((await terminal.does("echo code $?")).trim()).toBe("code 5");
	expect(await terminal.does("jobs")).toBe("");
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("an interactive shell inside says nothing about missing job control", async (ns) => {
	const terminal = await Terminal.open(ns);
	const said = await terminal.does("ns run bash --noprofile --norc -i -c 'tty; set -o | grep monitor; exit'");
	expect(said).toMatch(/^\/dev\/pts\/\d+\nmonitor +\ton\n(exit\n)?$/);
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("the terminal's size changes inside too", async (ns) => {
	const terminal = await Terminal.open(ns);
	await terminal.does("stty rows 30 cols 90");
	expect((await terminal.does("ns run stty size")).trim()).toBe("30 90");
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});

atTerminal("others in the pipeline can still use the terminal", async (ns) => {
	const terminal = await Terminal.open(ns);
	for (const run of ["sh -c", "ns run sh -c", "ns run --uts sh -c"]) {
		terminal.type(
			`${run} 'echo data; exec sleep 1000' | { read x; echo reading; read y </dev/tty; echo "got $x $y"; }\n`,
		);
		await terminal.sees("reading\n");
		terminal.type("typed\n");
		await terminal.sees("got data typed\n");
		terminal.type(keys.interrupt);
		await terminal.sees("prompt> ");
	}
	expect(await inTime("the end of the shell", terminal.leave())).toBe(0);
});
