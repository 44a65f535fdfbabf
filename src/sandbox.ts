import { hostFacts } from "./host.ts";
import { become } from "./launch/become.ts";
import { callerSignals, runCloned, runImage } from "./launch/clone.ts";
import { openStdio, type SyncStdio } from "./launch/output.ts";
import { type BunSpawnOptions, channel, spawn } from "./launch/spawn.ts";
import { canClone, plan } from "./plan/plan.ts";
import type { Command, Fragment, Plan } from "./plan/types.ts";
import { checkJoins } from "./preflight.ts";
import { heldDescriptors } from "./process/join.ts";
import { signals } from "./process/signals.ts";
import { stdio } from "./process/stdio.ts";
import { type SyncResult, syncResult } from "./result.ts";

/** Options of every way to run a command. */
export interface CommandOptions {
	/** The command's environment; PATH in it is what the command is searched in. @default process.env */
	readonly env?: Readonly<Record<string, string | undefined>>;
	/** Where the command starts, if that exists inside; else in `/`. @default process.cwd() */
	readonly cwd?: string;
}

type Readable = Bun.SpawnOptions.Readable;
type Writable = Bun.SpawnOptions.Writable;

/** Options of `spawn`: those of `Bun.spawn`, handed to it. */
export type SpawnOptions<
	In extends Writable = Writable,
	Out extends Readable = Readable,
	Err extends Readable = Readable,
> = CommandOptions & Omit<BunSpawnOptions<In, Out, Err>, "cwd">;

/** Options of `spawnSync`. */
export type SpawnSyncOptions = CommandOptions & SyncStdio;

/** Options of `become`. */
export interface BecomeOptions extends CommandOptions {
	/** A command that is executed when a step fails, with the failed step and the error as two more arguments. */
	readonly explain?: readonly string[];
}

/** A composed set of fragments, ready to run commands. */
export interface Sandbox {
	/** What `spawn` would do, with nothing done. Throws a `PlanError`. */
	plan(argv: readonly string[], options?: CommandOptions): Plan;
	/**
	 * Starts a command. Resolves with a `Bun.Subprocess` once it has been executed; rejects with a `PlanError` or a
	 * `NamespaceError`, and nothing is left behind.
	 */
	spawn<
		const In extends Writable = "ignore",
		const Out extends Readable = "pipe",
		const Err extends Readable = "inherit",
	>(argv: readonly string[], options?: SpawnOptions<In, Out, Err>): Promise<Bun.Subprocess<In, Out, Err>>;
	/** Runs a command and waits for its end. Throws a `PlanError` or a `NamespaceError`. */
	spawnSync(argv: readonly string[], options?: SpawnSyncOptions): SyncResult;
	/** Turns this process into the command; the pid stays and no Bun remains. Returns only by throwing. */
	become(argv: readonly string[], options?: BecomeOptions): never;
}

/**
 * Composes modules into a sandbox. The order they are given in makes no difference.
 *
 * @example
 * ```ts
 * import { mount, pid, sandbox, user, uts } from "nskit";
 * const box = sandbox(user({ map: "root" }), pid(), mount(), uts({ hostname: "box" }));
 * const child = await box.spawn(["sh", "-c", "hostname; echo $$"], { stdout: "pipe" });
 * console.log(await child.stdout.text()); // box, 2
 * console.log(box.spawnSync(["sh", "-c", "exit 3"]).exitCode); // 3
 * ```
 */
export function sandbox(...fragments: readonly Fragment[]): Sandbox {
	const planned = (argv: readonly string[], options: CommandOptions, fd?: number): Plan => {
		const host = hostFacts();
		const made = plan(fragments, {
			host,
			command: commandOf(argv, options),
			...(fd === undefined ? {} : { channel: fd }),
		});
		checkJoins(fragments, host);
		return made;
	};
	return {
		plan: (argv, options = {}) => planned(argv, options),
		spawn: async (argv, options) => {
			const { env, cwd, ...rest } = options ?? {};
			const command = { ...(env ? { env } : {}), ...(cwd === undefined ? {} : { cwd }) };
			return spawn(planned(argv, command, channel), { ...rest, ...(cwd === undefined ? {} : { cwd }) } as never);
		},
		spawnSync(argv, options = {}) {
			const host = hostFacts();
			const open = openStdio(options);
			try {
				const command = commandOf(argv, options);
				const finished = canClone(fragments, host)
					? runCloned(
							plan([...fragments, stdio(open.from), signals({ mask: callerSignals().mask })], {
								host,
								command,
								launch: "clone",
							}),
						)
					: runImage(planned(argv, options, channel), open.from);
				return syncResult(finished, open.captured(1), open.captured(2));
			} finally {
				open.close();
			}
		},
		become: (argv, options = {}) => become(planned(argv, options), heldDescriptors(fragments), options.explain),
	};
}

function commandOf(argv: readonly string[], { env = process.env, cwd = process.cwd() }: CommandOptions): Command {
	const variables = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
	return { argv, env: variables.map(([name, value]) => `${name}=${value}`), cwd };
}
