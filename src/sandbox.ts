import { currentDirectory, hostFacts } from "./host.ts";
import type { EnterTarget } from "./join.ts";
import { become } from "./launch/become.ts";
import { callerSignals, type Finished, runCloned, runImage } from "./launch/clone.ts";
import { imageOf, type Template } from "./launch/image.ts";
import { openStdio, type SyncStdio } from "./launch/output.ts";
import { type BunSpawnOptions, channel, channelReport, spawn } from "./launch/spawn.ts";
import type { WithStats } from "./live/counted.ts";
import type { WithEvents } from "./observer/spawn.ts";
import { PlanError } from "./plan/errors.ts";
import type { NamespaceKind } from "./plan/namespaces.ts";
import { canClone, compose, type PlanInput, plan } from "./plan/plan.ts";
import type { Command, Fragment, Plan } from "./plan/types.ts";
import { prepare } from "./preflight/check.ts";
import { commandProblems } from "./process/command.ts";
import { heldDescriptors, joinedDescriptors } from "./process/join.ts";
import { signals } from "./process/signals.ts";
import { stdio } from "./process/stdio.ts";
import { type SyncResult, syncResult } from "./result.ts";

/** Options of every way to run a command. */
export interface CommandOptions {
	/** The command's environment; PATH in it is what the command is searched in. @default process.env */
	readonly env?: Readonly<Record<string, string | undefined>> | undefined;
	/**
	 * Where the command starts, as a path inside; relative ones begin at the working directory.
	 * @default the working directory, or `/` where that does not exist inside
	 */
	readonly cwd?: string | undefined;
	/** What the command finds as its own name. @default argv[0] */
	readonly argv0?: string | undefined;
}

type Readable = Bun.SpawnOptions.Readable;
type Writable = Bun.SpawnOptions.Writable;

/** Options of `spawn`: those of `Bun.spawn`, handed to it. */
export type SpawnOptions<
	In extends Writable = Writable,
	Out extends Readable = Readable,
	Err extends Readable = Readable,
> = CommandOptions & Omit<BunSpawnOptions<In, Out, Err>, "cwd">;

/** Makes `spawn` observe the command. */
export interface ObserveOptions {
	/**
	 * What the command asks of the kernel becomes `events` of the subprocess: files, addresses, system calls, peaks. It
	 * gains no privileges then, and ends with this process. seccomp_unotify(2).
	 * @default false
	 */
	readonly observe?: boolean | undefined;
}

/** Makes `spawn` and `spawnSync` tell what was used. */
export interface StatsOptions {
	/**
	 * The command gets control groups of its own where that is possible here, and `stats` of the subprocess or the result
	 * says what it and everything that it started have used: time, memory, processes, input and output, and how often limits
	 * were reached. What the kernel does not tell is `null`. Not together with `observe`.
	 * @default false
	 */
	readonly stats?: boolean | undefined;
}

/** Options of `spawnSync`. */
export type SpawnSyncOptions = CommandOptions & SyncStdio & StatsOptions;

/** Options of `become`. */
export interface BecomeOptions extends CommandOptions {
	/** A command that is executed when a step fails, with the number of the call and the error's name as two more arguments. */
	readonly explain?: readonly string[];
	/** An open descriptor, from 3 on, of the file to execute, which need not exist inside. Not of a script. execveat(2). */
	readonly descriptor?: number;
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
	>(
		argv: readonly string[],
		options: SpawnOptions<In, Out, Err> & { readonly observe: true },
	): Promise<Bun.Subprocess<In, Out, Err> & WithEvents>;
	spawn<
		const In extends Writable = "ignore",
		const Out extends Readable = "pipe",
		const Err extends Readable = "inherit",
	>(
		argv: readonly string[],
		options: SpawnOptions<In, Out, Err> & { readonly stats: true; readonly observe?: false | undefined },
	): Promise<Bun.Subprocess<In, Out, Err> & WithStats>;
	spawn<
		const In extends Writable = "ignore",
		const Out extends Readable = "pipe",
		const Err extends Readable = "inherit",
	>(
		argv: readonly string[],
		options?: SpawnOptions<In, Out, Err> & ObserveOptions & StatsOptions,
	): Promise<Bun.Subprocess<In, Out, Err>>;
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
	const templates = new Map<string, Template>();
	const joined = joinedDescriptors(fragments);
	let clonable: boolean | undefined;
	const planned = (more: readonly Fragment[], input: Omit<PlanInput, "host">): Plan =>
		compose([...fragments, ...more], { host: hostFacts(), ...input });
	/** The template for these options, and the plan of one command for when it fails. */
	const prepared = (key: string, input: Omit<PlanInput, "host">, more: () => readonly Fragment[]) => {
		const problems = commandProblems(input.command);
		if (problems.length > 0) throw new PlanError(problems);
		const known = templates.get(key);
		const template = known ?? { plan: planned(more(), input) };
		if (!known && templates.size < mostTemplates) templates.set(key, template);
		prepare(fragments, template.plan, hostFacts());
		return { template, described: () => planned(more(), input) };
	};
	const imaged = (command: Command) => {
		const { template, described } = prepared(`image ${startKey(command)}`, { command, channel }, () => []);
		return { bytes: imageOf(template, channelReport, command), described };
	};
	const cloned = (command: Command, from: readonly (number | undefined)[]): Finished => {
		const more = () => [stdio(from), signals({ mask: callerSignals().mask })];
		const key = `clone ${from.join()} ${startKey(command)}`;
		const { template, described } = prepared(key, { command, launch: "clone" }, more);
		return runCloned(template, command, described);
	};
	const started = (command: Command, from: readonly (number | undefined)[]): Finished => {
		const { bytes, described } = imaged(command);
		return runImage(bytes, from, described, joined);
	};
	const spawned = async (argv: readonly string[], options: SpawnOptions & ObserveOptions & StatsOptions = {}) => {
		const { env, cwd, argv0, observe, stats, ...rest } = options;
		const command = commandOf(argv, { env, cwd, argv0 });
		// Few commands are observed.
		if (observe) return (await import("./observer/spawn.ts")).spawnObserved(fragments, command, rest);
		if (stats) return (await import("./live/counted.ts")).spawnCounted(fragments, command, rest);
		const { bytes, described } = imaged(command);
		return spawn(bytes, rest, described, joined);
	};
	return {
		plan: (argv, options = {}) => plan(fragments, { host: hostFacts(), command: commandOf(argv, options) }),
		spawn: spawned as Sandbox["spawn"],
		spawnSync(argv, options = {}) {
			const open = openStdio(options);
			try {
				if (options.stats) {
					const { runCounted } = require("./live/counted.ts") as typeof import("./live/counted.ts");
					const { finished, stats } = runCounted(fragments, commandOf(argv, options), open.from);
					return { ...syncResult(finished, open.captured(1), open.captured(2)), stats };
				}
				clonable ??= canClone(fragments, hostFacts());
				const run = clonable ? cloned : started;
				return syncResult(run(commandOf(argv, options), open.from), open.captured(1), open.captured(2));
			} finally {
				open.close();
			}
		},
		become(argv, options = {}) {
			const { descriptor } = options;
			const made = planned([], { command: { ...commandOf(argv, options), descriptor } });
			prepare(fragments, made, hostFacts());
			return become(
				made,
				[...heldDescriptors(fragments), ...(descriptor === undefined ? [] : [descriptor])],
				options.explain,
			);
		},
	};
}

/**
 * A sandbox that enters all namespaces of a target that `fragments` do not make or join themselves. `close` lets go of
 * the target; it is done as well once nobody refers to the sandbox any more. What is made by `fragments` is owned by the
 * user namespace of the target, or by a new one.
 *
 * @example
 * ```ts
 * import { sandbox, user, uts } from "nskit";
 * const first = await sandbox(user(), uts({ hostname: "first" })).spawn(["cat"], { stdin: "pipe" });
 * using inside = sandbox.enter(first);
 * console.log(inside.spawnSync(["hostname"]).stdout?.toString()); // first
 * first.stdin.end();
 * ```
 */
sandbox.enter = function enter(target: EnterTarget, ...fragments: readonly Fragment[]): EnteringSandbox {
	const { joinWithout } = require("./join.ts") as typeof import("./join.ts");
	const taken: NamespaceKind[] = [];
	for (const { namespace } of fragments) if (namespace) taken.push(namespace.kind);
	const joined = joinWithout(target, taken);
	const box = sandbox(...joined, ...fragments);
	return Object.assign(box, { close: joined.close, [Symbol.dispose]: joined.close });
};

/** A sandbox that holds what it enters. */
export interface EnteringSandbox extends Sandbox, Disposable {
	/** Lets go of the target. */
	close(): void;
}

/** Programs are kept for so many different directories and standard descriptors; others are made each time. */
const mostTemplates = 16;

const startKey = ({ cwd, mustStartThere }: Command): string => `${mustStartThere ? "at" : "near"} ${cwd}`;

function commandOf(argv: readonly string[], { env = process.env, cwd, argv0 }: CommandOptions): Command {
	const variables: string[] = [];
	for (const [name, value] of Object.entries(env)) if (value !== undefined) variables.push(`${name}=${value}`);
	const words = argv0 === undefined ? { argv } : { argv, argv0 };
	const here = cwd?.startsWith("/") ? "" : currentDirectory();
	if (cwd === undefined) return { ...words, env: variables, cwd: here };
	return { ...words, env: variables, cwd: cwd.startsWith("/") ? cwd : `${here}/${cwd}`, mustStartThere: true };
}
