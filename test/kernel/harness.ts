/**
 * Tests on the real kernel: `everywhere("name", async (ns) => { ... })` runs its body from source and from `dist/ns`, as
 * root and as an ordinary user, with a folder of its own, and checks that the machine is the same afterwards.
 */
import { describe, expect } from "bun:test";
import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sandbox } from "../../src/index.ts";
import { type Need, needs } from "../needs.ts";
import { type Account, become, checkout, ordinary, self } from "./checkout.ts";
import { descendants, type Outside, ours, snapshot, started } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

export { inTime, until } from "./waiting.ts";

export type How = "source" | "dist";
export type Who = "root" | "ordinary";

/** How a command has ended. */
export interface Ended {
	/** `null` when a signal ended it. */
	readonly code: number | null;
	readonly signal: NodeJS.Signals | number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunOptions {
	readonly stdin?: string | Uint8Array;
	/** Added to the few variables that every command gets; `undefined` takes one away. */
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
	/** The beginning of a command line that is run before becoming the user, such as prlimit(1). */
	readonly before?: readonly string[];
	/** Milliseconds until the command is killed and the test fails. @default 20000 */
	readonly within?: number;
}

/** A running command with its streams. */
export type Running = Bun.Subprocess<"pipe", "pipe", "pipe">;

/** One row of the matrix, with what a test does in it. */
export class Ns {
	/** A folder that belongs to the user, with nothing in it. */
	readonly folder: string;
	private readonly started: Running[] = [];

	constructor(
		readonly how: How,
		readonly who: Who,
	) {
		this.folder = mkdtempSync(join(checkout().temporary, "test-"));
		chownSync(this.folder, this.account.uid, this.account.gid);
	}

	get account(): Account {
		return this.who === "root" ? self : ordinary();
	}

	/** The command line of `ns`, without becoming the user. */
	get program(): string[] {
		const { bun, source, dist } = checkout();
		return this.how === "dist" ? [dist] : [bun, source];
	}

	/** A command line as the user. */
	as(argv: readonly string[]): string[] {
		return [...become(this.account), ...argv];
	}

	env(more: RunOptions["env"] = {}): Record<string, string> {
		const home = this.account.home;
		const all = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: home, LC_ALL: "C.UTF-8", TMPDIR: this.folder, ...more };
		return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
	}

	/** Starts a command as the user, with pipes. It is ended with the test. */
	start(argv: readonly string[], { env, cwd = this.folder, before = [] }: RunOptions = {}): Running {
		// Found by the tests' own PATH: the command's may be a strange one.
		const [program = "", ...words] = [...before, ...this.as(argv)];
		const line = [Bun.which(program) ?? program, ...words];
		const child = Bun.spawn(line, { cwd, env: this.env(env), stdin: "pipe", stdout: "pipe", stderr: "pipe" });
		this.started.push(child);
		started.add(child.pid);
		ours.add(child.pid);
		// Its number may soon be that of an orphan, which nobody else would wait for.
		void child.exited.then(() => started.delete(child.pid));
		return child;
	}

	/** Starts `ns` with these arguments. */
	startNs(args: readonly string[], options: RunOptions = {}): Running {
		return this.start([...this.program, ...args], options);
	}

	/** Runs a command as the user to its end. */
	async command(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
		const child = this.start(argv, options);
		if (options.stdin !== undefined) child.stdin.write(options.stdin);
		await child.stdin.end();
		const all = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
		const [stdout, stderr] = await inTime(`the end of ${argv.join(" ")}`, all, options.within);
		return { code: child.signalCode ? null : child.exitCode, signal: child.signalCode, stdout, stderr };
	}

	/** Runs `ns` with these arguments. */
	run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
		return this.command([...this.program, ...args], options);
	}

	/** Runs a script of the shell, or of bash, in which `"$@"` is the command line of `ns`. */
	shell(script: string, options: RunOptions & { readonly bash?: true; readonly args?: string[] } = {}): Promise<Ended> {
		return this.command(
			[options.bash ? "bash" : "sh", "-c", script, "sh", ...this.program, ...(options.args ?? [])],
			options,
		);
	}

	/** What a run wrote, which must have gone well. */
	async output(args: readonly string[], options: RunOptions = {}): Promise<string> {
		const ended = await this.run(args, options);
		expect({ args: args.slice(0, 20), ...ended }).toMatchObject({ code: 0, stderr: "" });
		return ended.stdout;
	}

	/** A directory below the test's folder that belongs to the user. */
	directory(name: string): string {
		const path = join(this.folder, name);
		mkdirSync(path, { recursive: true });
		chownSync(path, this.account.uid, this.account.gid);
		return path;
	}

	/** Ends what is still running, and takes the folder away. */
	async close(): Promise<void> {
		for (const child of this.started) {
			if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
			await inTime("the end of a killed process", child.exited);
			await child.stdin.end();
			for (const stream of [child.stdout, child.stderr]) if (!stream.locked) await stream.cancel();
		}
		// Whoever runs the tests may not be root, and tests take rights away.
		Bun.spawnSync(["chmod", "-R", "u+rwX", this.folder]);
		rmSync(this.folder, { recursive: true, force: true });
	}
}

/** Compares the machine with how it was before, after giving what is just ending a moment. Kills what has been left over. */
export async function expectUnchanged(before: Outside, folder: string): Promise<void> {
	// Bun may still be closing descriptors of the test before, and tests of other files end what they have made.
	const look = () => {
		const after = snapshot(folder);
		const less = (name: "processes" | "descriptors" | "controlGroups" | "queues") =>
			after[name].every((one) => before[name].includes(one)) ? before[name] : after[name];
		return {
			...after,
			processes: less("processes"),
			descriptors: less("descriptors"),
			controlGroups: less("controlGroups"),
			queues: less("queues"),
		};
	};
	const same = () => Bun.deepEquals(look(), before);
	try {
		await until("the machine as it was before", same, 5_000);
	} catch {
		const after = look();
		const kept = new Set(before.processes);
		for (const { pid, name } of descendants(process.pid)) {
			if (!kept.has(`${pid} ${name}`)) process.kill(pid, "SIGKILL");
		}
		expect(after).toEqual(before);
	}
}

/** Runs `body` between two looks at the machine. */
export async function unchanged(folder: string, body: () => Promise<void>): Promise<void> {
	const before = snapshot(folder);
	const failure = await body().catch((error: unknown) => error ?? new Error("failed"));
	const left = await expectUnchanged(before, folder).catch((error: unknown) => error);
	// What went wrong first says more than what it left behind.
	if (failure !== undefined || left !== undefined) throw failure ?? left;
}

/** Words for the shell. */
export const quoted = (words: readonly string[]): string =>
	words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

export interface Rows {
	readonly who?: Who;
	readonly how?: How;
	readonly needs?: readonly Need[];
	readonly timeout?: number;
}

type Matrix = (name: string, body: (ns: Ns) => Promise<void>) => void;

/** Only some rows of the matrix, or tests with more needs. */
export function rows({ who, how, needs: more = [], timeout = 60_000 }: Rows = {}): Matrix {
	return (name, body) => {
		describe(name, () => {
			for (const oneHow of how ? [how] : (["source", "dist"] as const)) {
				for (const oneWho of who ? [who] : (["root", "ordinary"] as const)) {
					const test = needs(oneWho, ...more);
					test(
						`from ${oneHow} as ${oneWho === "root" ? "root" : "an ordinary user"}`,
						() => row(oneHow, oneWho, body),
						timeout,
					);
				}
			}
		});
	};
}

function row(how: How, who: Who, body: (ns: Ns) => Promise<void>): Promise<void> {
	return unchanged(checkout().temporary, async () => {
		const ns = new Ns(how, who);
		try {
			await body(ns);
		} finally {
			await ns.close();
		}
	});
}

/** All four rows. */
export const everywhere: Matrix = rows();

/** A test of the library in this process, between two looks at the machine. */
export function library(name: string, body: () => Promise<void> | void, ...more: Need[]): void {
	needs("linux", ...more)(
		name,
		async () => {
			// What the library keeps for later: /dev/null, and memory for children.
			sandbox().spawnSync(["true"]);
			await unchanged(checkout().temporary, async () => await body());
		},
		60_000,
	);
}
