/** A shell at a terminal of its own, as a person has one: script(1) makes the terminal, bash does job control. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ns, quoted } from "./harness.ts";
import { descendants, type Process } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { until } from "./waiting.ts";

const prompt = "prompt> ";

export class Terminal {
	private readonly transcript: Transcript;
	private at = 0;

	private constructor(private readonly child: ReturnType<Ns["start"]>) {
		this.transcript = new Transcript(child.stdout);
	}

	/** Starts the shell, in which `ns` is the command under test. */
	static async open(ns: Ns): Promise<Terminal> {
		const bin = ns.directory("bin");
		writeFileSync(join(bin, "ns"), `#!/bin/sh\nexec ${quoted(ns.program)} "$@"\n`, { mode: 0o755 });
		const env = { ...ns.env(), PATH: `${bin}:${ns.env().PATH}`, PS1: prompt, TERM: "dumb", INPUTRC: "/dev/null" };
		const shell = "exec bash --noprofile --norc -i";
		const terminal = new Terminal(ns.start(["script", "-q", "-e", "-c", shell, "/dev/null"], { env }));
		await terminal.sees(prompt);
		await terminal.does("bind 'set enable-bracketed-paste off'; stty -echo; unset HISTFILE");
		return terminal;
	}

	/** Types this. */
	type(keys: string): void {
		this.child.stdin.write(keys);
		void this.child.stdin.flush();
	}

	/** Waits for this on the screen, after what was waited for before. */
	async sees(what: string | RegExp): Promise<void> {
		this.at = await this.transcript.has(what, this.at);
	}

	/** How much was on the screen when what was waited for last was there. */
	get position(): number {
		return this.at;
	}

	/** Waits for this as well. Returns what was on the screen up to its end, from `start` or what was waited for before. */
	async reads(what: string | RegExp, start: number = this.at): Promise<string> {
		await this.sees(what);
		return this.transcript.text.slice(start, this.at);
	}

	/** Types a line, and waits until the shell is back. Returns what was printed meanwhile. */
	async does(line: string): Promise<string> {
		const start = this.at;
		this.type(`${line}\n`);
		await this.sees(prompt);
		return this.transcript.text.slice(start, this.at - prompt.length);
	}

	/** Types a line again and again until what it prints looks like this. */
	async untilDoes(line: string, expected: RegExp): Promise<void> {
		await until(`${line} prints ${expected}`, async () => expected.test(await this.does(line)));
	}

	/** Waits until a process of this name is running below the shell, and has not stopped. */
	runs(name: string): Promise<Process> {
		return this.below(name, "S");
	}

	/**
	 * Waits until a job of the shell's is in the foreground. To be waited for before a key is typed that means a signal: one
	 * that comes earlier is the shell's, which does nothing about it.
	 */
	async givesKeys(): Promise<void> {
		await until("a job in the foreground", () => {
			const shell = descendants(this.child.pid).find(({ parent }) => parent === this.child.pid);
			return shell && shell.front !== shell.group;
		});
	}

	/**
	 * Waits until a process of this name is running below the shell, and gets the keys: it is in the foreground of its
	 * terminal, if it has one, and the shell is not. A key that stops must not come before its program runs: whoever has
	 * used vfork(2) to start it waits for that, and cannot stop. So does dash(1), which also loses a signal that it has a trap
	 * for, or SIGINT, when that comes while it starts a program; and bash(1) a SIGINT that its program does not end by.
	 */
	async hasKeys(name: string): Promise<Process> {
		await this.givesKeys();
		const isIt = (one: Process) => one.name === name && one.state === "S" && [-1, one.group].includes(one.front);
		return until(`${name} in the foreground`, () => descendants(this.child.pid).find(isIt));
	}

	/** Waits until a process of this name below the shell has stopped. */
	stands(name: string): Promise<Process> {
		return this.below(name, "T");
	}

	/** Whether there is a process of this name below the shell. */
	has(name: string): boolean {
		return descendants(this.child.pid).some((one) => one.name === name);
	}

	private below(name: string, state: string): Promise<Process> {
		const isIt = (one: Process) => one.name === name && one.state === state;
		return until(`${name} in state ${state}`, () => descendants(this.child.pid).find(isIt));
	}

	/** Stops showing anything, as a terminal on a broken line does, or goes on. */
	freeze(isFrozen: boolean): void {
		this.child.kill(isFrozen ? "SIGSTOP" : "SIGCONT");
	}

	/** Takes the terminal away, as when a window is closed. */
	async vanish(): Promise<void> {
		this.child.kill("SIGKILL");
		await this.child.exited;
	}

	/** Leaves the shell. Returns the exit code of script(1), which is that of the shell. */
	async leave(): Promise<number> {
		this.type("exit 0\n");
		return this.child.exited;
	}
}

/**
 * For bash -c, and in single quotes: says that it is ready, shows the terminal's size whenever that changes, and ends with 7 on a line. Nothing but
 * a mark is made in the traps: bash forgets a signal that comes while it is about the trap of the one before.
 */
export const sizes =
	'trap n=1 WINCH; echo ready; until read -t 0.05; do [ -z "$n" ] || { n=; stty size; }; done; exit 7';

/** The same for interrupts: counts them, and ends with 5 on SIGQUIT. It starts no program, so that no key is for that. */
export const interrupts =
	'trap "n=\\$((n+1))" INT; trap "exit 5" QUIT; echo ready; while :; do read -t 0.05; [ "$n" = "$m" ] || { m=$n; echo got $n; }; done';

export const keys = { interrupt: "\x03", suspend: "\x1a", quit: "\x1c", endOfFile: "\x04" } as const;
