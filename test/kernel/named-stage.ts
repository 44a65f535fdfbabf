/** A place for names that nobody else sees: for root a mount namespace with a /run of its own, for others a directory. */
import { expect } from "bun:test";
import { chmodSync } from "node:fs";
import { checkout } from "./checkout.ts";
import type { Ended, Ns, RunOptions } from "./harness.ts";
import { descendants, textOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

export class Stage {
	private constructor(
		readonly ns: Ns,
		/** Where the names are. */
		readonly place: string,
		private readonly options: Pick<RunOptions, "before" | "env">,
	) {}

	/** What is there of names that are the machine's own: they can be seen below the stage. */
	private known: ReadonlySet<string> = new Set();

	static async open(ns: Ns): Promise<Stage> {
		if (ns.who === "ordinary") {
			const runtime = ns.directory("runtime");
			chmodSync(runtime, 0o700);
			return new Stage(ns, `${runtime}/nskit`, { env: { XDG_RUNTIME_DIR: runtime } });
		}
		// Names that the machine has already are none of the test's.
		const others = "grep -Eo ' /run/(nskit|netns)(/[^ ]+)? ' /proc/self/mountinfo | tac | xargs -r umount -l";
		const script = `${others}; mount -t tmpfs -o mode=755 tmpfs /run && echo there && exec sleep 1000`;
		const keeper = ns.start(["unshare", "--mount", "sh", "-c", script]);
		const reader = keeper.stdout.getReader();
		await inTime("the stage", reader.read());
		reader.releaseLock();
		const before = ["nsenter", `--mount=/proc/${keeper.pid}/ns/mnt`, `--wd=${ns.folder}`, "--"];
		const stage = new Stage(ns, "/run/nskit", { before });
		stage.known = new Set(await stage.leftovers());
		return stage;
	}

	/** Runs `ns`. */
	run(...args: string[]): Promise<Ended> {
		return this.command([...this.ns.program, ...args]);
	}

	/** Runs `ns`, which must go well. */
	async output(...args: string[]): Promise<string> {
		const ended = await this.run(...args);
		expect({ args, ...ended }).toMatchObject({ code: 0, stderr: "" });
		return ended.stdout;
	}

	command(argv: readonly string[]): Promise<Ended> {
		return this.ns.command(argv, this.options);
	}

	start(argv: readonly string[]): ReturnType<Ns["start"]> {
		return this.ns.start(argv, this.options);
	}

	/** Starts a script of the shell by this command line, and waits until it has written a line. */
	async upAndRunning(
		argv: readonly string[],
	): Promise<{ child: ReturnType<Ns["start"]>; rest: () => Promise<string> }> {
		const child = this.start(argv);
		const reader = child.stdout.getReader();
		const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
		const first = decode((await inTime(argv.join(" "), reader.read())).value);
		expect({ argv, first, error: first === "" ? await child.stderr.text() : "" }).toMatchObject({ first: "up\n" });
		const rest = async () => {
			for (let text = ""; ; ) {
				const { value, done } = await inTime("the rest of the output", reader.read());
				if (done) return text;
				text += decode(value);
			}
		};
		return { child, rest };
	}

	/** Runs a script of the shell, which must go well. */
	async shell(script: string): Promise<string> {
		const ended = await this.command(["sh", "-c", script]);
		expect({ script, ...ended }).toMatchObject({ code: 0 });
		return ended.stdout;
	}

	/** Runs `named-make.ts`. */
	make(...words: string[]): Promise<Ended> {
		return this.command([checkout().bun, `${checkout().project}/test/kernel/named-make.ts`, ...words]);
	}

	/** The holders that are alive. */
	holders(): number[] {
		return descendants(process.pid).flatMap(({ pid, state }) =>
			state !== "Z" && textOf(`/proc/${pid}/cmdline`).startsWith("ns: ") ? [pid] : [],
		);
	}

	/** That there is no process, file or mount of any name. */
	async expectNothing(): Promise<void> {
		await until("the end of holders", () => this.holders().length === 0);
		expect((await this.leftovers()).filter((line) => !this.known.has(line))).toEqual([]);
	}

	/** Files and mounts of names. An ordinary user can mount none, and sees those of others. */
	private async leftovers(): Promise<string[]> {
		const mounts = `ls -A /run/netns 2>/dev/null; grep nsfs /proc/self/mountinfo; grep " ${this.place} " /proc/self/mountinfo`;
		const look = `ls -A ${this.place} 2>/dev/null; ${this.ns.who === "root" ? mounts : ""}\ntrue`;
		return (await this.shell(look)).split("\n").filter((line) => line !== "");
	}

	/** Takes everything away. */
	async clear(): Promise<void> {
		await this.run("remove", "--all", "--force", "--grace", "0");
		for (const pid of this.holders()) process.kill(pid, "SIGKILL");
	}
}

/** A test with a stage, which is cleared also when it fails. */
export async function onStage<T>(ns: Ns, body: (stage: Stage) => Promise<T>): Promise<T> {
	const stage = await Stage.open(ns);
	try {
		return await body(stage);
	} finally {
		await stage.clear();
	}
}
