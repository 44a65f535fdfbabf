/** A place for names that nobody else sees: for root a mount namespace with a /run of its own, for others a directory. */
import { expect } from "bun:test";
import { chmodSync } from "node:fs";
import { checkout } from "./checkout.ts";
import type { Ended, Ns, RunOptions } from "./harness.ts";
import { descendants, textOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

export class Stage {
	/** Mounts that others have made on this machine before the stage was there. They are hidden below its own. */
	private others: readonly string[] = [];

	private constructor(
		readonly ns: Ns,
		/** Where the names are. */
		readonly place: string,
		private readonly options: Pick<RunOptions, "before" | "env">,
	) {}

	static async open(ns: Ns): Promise<Stage> {
		if (ns.who === "ordinary") {
			const runtime = ns.directory("runtime");
			chmodSync(runtime, 0o700);
			return new Stage(ns, `${runtime}/nskit`, { env: { XDG_RUNTIME_DIR: runtime } });
		}
		const script = "mount -t tmpfs -o mode=755 tmpfs /run && echo there && exec sleep 1000";
		const keeper = ns.start(["unshare", "--mount", "sh", "-c", script]);
		const reader = keeper.stdout.getReader();
		await inTime("the stage", reader.read());
		reader.releaseLock();
		const before = ["nsenter", `--mount=/proc/${keeper.pid}/ns/mnt`, `--wd=${ns.folder}`, "--"];
		const stage = new Stage(ns, "/run/nskit", { before });
		stage.others = await stage.mounts();
		return stage;
	}

	/** What keeps namespaces here. An ordinary user mounts nothing on the machine, where others make names meanwhile. */
	private async mounts(): Promise<string[]> {
		if (this.ns.who === "ordinary") return [];
		const text = await this.shell(`grep -e nsfs -e " ${this.place} " /proc/self/mountinfo; true`);
		return text.split("\n").filter((line) => line !== "" && !this.others.includes(line));
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
		const look = `ls -A ${this.place} ${this.ns.who === "ordinary" ? "" : "/run/netns"} 2>/dev/null; true`;
		const files = (await this.shell(look)).split("\n").filter((line) => line !== "" && !line.endsWith(":"));
		expect([...files, ...(await this.mounts())]).toEqual([]);
	}

	/** Takes everything away. */
	async clear(): Promise<void> {
		await this.run("remove", "--all", "--force", "--grace", "0");
		for (const pid of this.holders()) process.kill(pid, "SIGKILL");
	}
}

/** A test with a stage, which is cleared also when it fails. */
export async function onStage(ns: Ns, body: (stage: Stage) => Promise<void>): Promise<void> {
	const stage = await Stage.open(ns);
	try {
		await body(stage);
	} finally {
		await stage.clear();
	}
}
