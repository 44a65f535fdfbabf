/** How long a sandbox lives, with whom it ends, and who is told of it. */
import { signalName, signalNumber } from "../linux/signals.ts";
import { exactNanoseconds } from "../namespaces/duration.ts";
import type { Lifetime, Signal, Span } from "../plan/supervision.ts";
import type { Context, Fragment, Problem, Step } from "../plan/types.ts";
import { backgroundSteps } from "./lifetime-background.ts";
import { endSteps } from "./lifetime-end.ts";
import { tellSteps } from "./lifetime-tell.ts";

/** A number of seconds, a bigint of nanoseconds, or text such as `"10s"` or `"1h30m"`; more than nothing. */
export type Duration = number | bigint | string;

export interface LifetimeOptions {
	/**
	 * When time is up the command gets `killSignal`, and after `killAfter` SIGKILL, also while it is stopped. The clock is
	 * CLOCK_MONOTONIC, which nobody can set, and which stands still while the machine sleeps.
	 * @default no limit
	 */
	readonly timeout?: Duration | undefined;
	/** What the command gets when time is up: `"SIGTERM"`, `"TERM"`, `15` or `"RTMIN+1"`. @default "SIGTERM" */
	readonly killSignal?: string | number | undefined;
	/** How long the command has from then on until SIGKILL. @default 5 seconds */
	readonly killAfter?: Duration | undefined;
	/**
	 * Everything ends when the process that started the sandbox does: for `ns run` the one that started `ns`, for `spawn` and
	 * `spawnSync` this one, whichever of its threads. A parent in another PID namespace cannot be seen: there the end of the
	 * thread that started `ns` counts. A parent that has ended before `ns` could ask for it is not noticed.
	 * @default false
	 */
	readonly dieWithParent?: boolean | undefined;
	/**
	 * Wait until every process of the PID namespace has ended, and then end as the command did. Otherwise what the command
	 * leaves behind is ended with it. Needs a new PID namespace with an init.
	 * @default false
	 */
	readonly waitAll?: boolean | undefined;
	/**
	 * A descriptor that gets one line of JSON with process ids and the inode numbers of the namespaces, but for that of a
	 * new cgroup namespace where there are limits: the command makes it later. The library opens it again by its name in
	 * /proc: files and pipes can be, sockets cannot.
	 */
	readonly infoFd?: number | undefined;
	/** A descriptor that gets the same line, and one with the exit code at the end. */
	readonly statusFd?: number | undefined;
	/** The command is executed when a byte, or the end, can be read from this descriptor. */
	readonly blockFd?: number | undefined;
	/** Existing files that are locked, shared with others, until the sandbox has ended. F_OFD_SETLK(2const). */
	readonly lockFiles?: readonly string[] | undefined;
	/** Go on in the background once the command has been executed, in a session of its own and without input. @default false */
	readonly daemon?: boolean | undefined;
	/**
	 * A file that holds the supervisor's process id while the sandbox lives, made anew. Needs `daemon`. A supervisor that is
	 * killed by SIGKILL leaves it behind.
	 */
	readonly pidFile?: string | undefined;
}

/**
 * The lifetime of a sandbox. Any of its options keeps a supervisor beside the command, also without a PID namespace; but
 * only a PID namespace ends what the command has left behind.
 *
 * @example
 * ```ts
 * import { lifetime, pid, sandbox } from "nskit";
 * const { signalCode } = sandbox(pid(), lifetime({ timeout: "50ms" })).spawnSync(["sleep", "60"]);
 * console.log(signalCode); // SIGTERM
 * ```
 */
export function lifetime(options: LifetimeOptions = {}): Fragment {
	const read = readOptions(options);
	const { info, status, block } = read;
	const asked = Object.values(options).some((value) => value !== undefined && value !== false);
	const held = [info, status, block].filter((fd) => fd !== undefined);
	return {
		module: "lifetime",
		...(asked && { supervised: true, lifetime: read, held }),
		problems: (context) => [...optionProblems(options, read), ...contextProblems(read, context)],
		steps(context): Step[] {
			const { supervision } = context;
			if (!supervision) return [];
			// The timer before anybody is told of us: who then stops us does not stop the time.
			return [
				...backgroundSteps(supervision),
				...endSteps(supervision, context.session),
				...tellSteps(supervision, context),
			];
		},
	};
}

const defaults = { timeout: undefined, killSignal: "SIGTERM", killAfter: 5 } as const;

function readOptions(options: LifetimeOptions): Lifetime {
	const { timeout, killSignal = defaults.killSignal, killAfter = defaults.killAfter, pidFile } = options;
	const after = timeout === undefined ? undefined : readSpan(timeout);
	const [signal, grace] = [readSignal(killSignal), readSpan(killAfter)];
	const slash = (pidFile ?? "").lastIndexOf("/");
	return {
		...(after && signal && grace && { timeout: { after, signal, grace } }),
		...(options.dieWithParent && { dieWithParent: true }),
		...(options.waitAll && { waitAll: true }),
		...(options.infoFd !== undefined && { info: options.infoFd }),
		...(options.statusFd !== undefined && { status: options.statusFd }),
		...(options.blockFd !== undefined && { block: options.blockFd }),
		locks: options.lockFiles ?? [],
		...(options.daemon && { background: true }),
		...(pidFile !== undefined && {
			pidFile: { folder: slash < 0 ? "." : pidFile.slice(0, slash) || "/", name: pidFile.slice(slash + 1) },
		}),
	};
}

const second = 1_000_000_000n;

/** `undefined` for what is no span, nothing or less, or longer than the kernel's clocks can be. */
export function readSpan(duration: Duration): Span | undefined {
	const all = exactNanoseconds(duration);
	if (all === undefined || all <= 0n || BigInt.asIntN(64, all) !== all) return undefined;
	const [seconds, nanoseconds] = [Number(all / second), Number(all % second)];
	const fraction = nanoseconds === 0 ? "" : `.${String(nanoseconds).padStart(9, "0").replace(/0+$/, "")}`;
	return { seconds, nanoseconds, text: `${seconds}${fraction} s` };
}

function readSignal(signal: string | number): Signal | undefined {
	const number = signalNumber(String(signal));
	return number === undefined ? undefined : { number, name: signalName(number) };
}

const isDescriptor = (fd: number): boolean => Number.isInteger(fd) && fd >= 0 && fd <= 0x7fffffff;

function optionProblems(options: LifetimeOptions, { pidFile }: Lifetime): Problem[] {
	const { timeout, killSignal, killAfter, lockFiles = [] } = options;
	const problems: Problem[] = [];
	const add = (code: string, message: string, hint: string) => problems.push({ code, message, hint });
	for (const [what, duration] of Object.entries({ timeout, "kill-after": killAfter })) {
		if (duration === undefined || readSpan(duration)) continue;
		const shown = typeof duration === "string" ? JSON.stringify(duration) : String(duration);
		add("DURATION_INVALID", `the ${what} ${shown} is no span of time above 0`, "seconds, or such as 1.5s, 10m, 2h30m");
	}
	if (killSignal !== undefined && !readSignal(killSignal)) {
		const hint = "a name such as TERM or SIGTERM, RTMIN+1, or a number from 1 to 64";
		add("SIGNAL_UNKNOWN", `there is no signal ${JSON.stringify(killSignal)}`, hint);
	}
	if (timeout === undefined && (killSignal ?? killAfter) !== undefined) {
		add("KILL_WITHOUT_TIMEOUT", "a kill signal or grace means nothing without a timeout", "add --timeout");
	}
	for (const fd of [options.infoFd, options.statusFd, options.blockFd]) {
		if (fd === undefined || isDescriptor(fd)) continue;
		add("DESCRIPTOR_INVALID", `${fd} is no number of a descriptor`, "they count from 0");
	}
	for (const path of [...lockFiles, ...(options.pidFile === undefined ? [] : [options.pidFile])]) {
		if (path !== "" && !path.includes("\0")) continue;
		add("PATH_INVALID", "the path of a lock file or pid file is empty or holds a NUL", "name a file");
	}
	if (pidFile && ["", ".", ".."].includes(pidFile.name) && options.pidFile !== "") {
		add("PATH_INVALID", `the pid file ${options.pidFile} is a directory`, "name a file");
	}
	if (pidFile && !options.daemon) {
		add("PID_FILE_WITHOUT_DAEMON", "a pid file is made only for what goes to the background", "add --daemon");
	}
	if (options.daemon && options.dieWithParent) {
		const message = "what goes to the background cannot end with the process that started it";
		add("DAEMON_WITH_PARENT", message, "choose one of --daemon and --die-with-parent");
	}
	return problems;
}

function contextProblems({ waitAll }: Lifetime, { init, launch, supervision }: Context): Problem[] {
	const problems: Problem[] = [];
	if (waitAll && !init) {
		const message = "only the init of a new PID namespace knows when every process has ended";
		problems.push({ code: "WAIT_WITHOUT_INIT", message, hint: "add --pid, and leave --no-init out" });
	}
	if (supervision && launch === "clone") {
		const message = "a supervisor cannot live in the caller's memory";
		problems.push({ code: "LIFETIME_NEEDS_IMAGE", message, hint: "plan with the launch image" });
	}
	return problems;
}
