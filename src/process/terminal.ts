import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Fragment, Session, Step } from "../plan/types.ts";
import { lastDescriptor } from "./descriptors.ts";
import { injectionFilter } from "./injection.ts";

export interface TerminalOptions {
	/**
	 * `"shared"`: the caller's session and terminal, with job control. `"new"`: a session of its own, without a terminal.
	 * `"pty"`: a session of its own on a new pseudo-terminal, and a process of ours that carries what is typed and shown
	 * between it and the caller's standard input and output.
	 * @default "shared"
	 */
	readonly session?: Session;
	/**
	 * Whether the command may put input into its terminal, as if somebody had typed it (TIOCSTI, TIOCLINUX). In a shared
	 * terminal that input goes to the caller's shell once the command has ended (CVE-2017-5226).
	 * @default false in a sandbox; without any namespace nothing is changed
	 */
	readonly injection?: boolean;
}

/**
 * The terminal: shared, none, or one of the sandbox's own. tty_ioctl(4), pty(7).
 *
 * @example
 * ```ts
 * import { pid, mount, sandbox, terminal } from "nskit";
 * sandbox(pid(), mount(), terminal({ session: "new" })).spawnSync(["sh", "-c", "echo x > /dev/tty"]).exitCode; // 1 or 2
 * ```
 */
export function terminal({ session = "shared", injection }: TerminalOptions = {}): Fragment {
	return {
		module: "terminal",
		session,
		supervised: session !== "shared",
		steps(context) {
			const isSandbox = context.creates.size > 0 || context.joins.size > 0;
			const isOpen = injection ?? (context.refusesTyping || !isSandbox);
			return [
				...(session === "pty" ? ptySteps(context) : []),
				...(session === "new" ? [newSession] : []),
				...(isOpen ? [] : [closeInjection(context)]),
			];
		},
	};
}

const newSession: Step = step({
	phase: "session",
	module: "terminal",
	does: "lead a session of its own",
	why: "it has no terminal, and signals of the caller's do not reach it",
	man: "setsid(2)",
	calls: [call("setsid", [])],
});

/** With CAP_SYS_ADMIN, which the maker of a sandbox has there, a filter needs no promise to gain no privileges. */
function closeInjection({ host: { arch } }: Context): Step {
	const filter = injectionFilter(arch);
	const filterSize = 8;
	const bytes: number[] = [];
	for (let i = 0; i < filter.length; i++) bytes.push(filter[i] ?? 0);
	const program = {
		len: filter.length / filterSize,
		filter: { bytes, shows: "ioctl(TIOCSTI|TIOCLINUX): EPERM" },
	};
	return step({
		phase: "session",
		module: "terminal",
		does: "forbid typing into the terminal",
		why: "what a command puts into a shared terminal's input the caller's shell would execute",
		man: "seccomp(2)",
		calls: [call("seccomp", [flags("SECCOMP_SET_MODE_FILTER"), 0, { struct: program }])],
	});
}

/** `struct winsize` and the kernel's `struct termios`. */
const size = { out: "pty.size", size: 8 } as const;
const settings = { out: "pty.settings", size: 40 } as const;

/** Whether the caller's terminal has the settings for this job: in the background they are those of another one. */
const askForeground: Call[] = [
	call("getpgid", [0], { result: "pty.group" }),
	call("ioctl", [0, flags("TIOCGPGRP"), { out: "pty.front", size: 8 }], {
		...{ mayFail: true, result: "pty.inFront", check: { holds: "pty.front", as: "pty.group" } },
	}),
];

/** Asks one of the caller's standard descriptors, where it is a terminal, and gives the answer to the new one. */
const hand = (fd: number, get: string, set: string, buffer: Call["args"][number], onlyIf: string[] = []): Call[] => [
	call("ioctl", [fd, flags(get), buffer], { mayFail: true, result: "pty.asked", onlyIf }),
	call("ioctl", [ref("pty.slave"), flags(set), buffer], { onlyIf: "pty.asked", mayFail: true }),
];

/** Puts /dev/null where the caller has closed 0, 1 or 2. */
export const standardDescriptors = (): Call[] => [0, 1, 2].flatMap(filled);

/** Puts /dev/null where the caller has closed this descriptor: the lower ones are there by then. */
const filled = (fd: number): Call[] => [
	call("fcntl", [fd, flags("F_GETFD"), 0], { mayFail: true, result: "pty.held" }),
	call("openat", [flags("AT_FDCWD"), "/dev/null", flags("O_RDWR")], { onlyIfFailed: "pty.held" }),
];

function ptySteps({ channel }: Context): Step[] {
	const make = (fields: Pick<Step, "phase" | "does" | "why" | "man"> & Partial<Step>) =>
		step({ module: "terminal", ...fields });
	const closed = channel === undefined ? [] : [call("close", [channel], { mayFail: true })];
	return [
		make({
			phase: "pty",
			does: "have standard input, output and error",
			why: "what is opened next must not take the place of one that the caller has closed",
			man: "open(2)",
			calls: standardDescriptors(),
		}),
		make({
			phase: "pty",
			does: "make a pseudo-terminal like the caller's",
			why: "what the command does to its terminal must not reach the caller's",
			man: "pty(7)",
			calls: [
				call("openat", [flags("AT_FDCWD"), "/dev/ptmx", flags("O_RDWR|O_NOCTTY|O_CLOEXEC")], { result: "pty.master" }),
				call("ioctl", [ref("pty.master"), flags("TIOCSPTLCK"), { struct: { lock: 0 } }]),
				call("ioctl", [ref("pty.master"), flags("TIOCGPTPEER"), flags("O_RDWR|O_NOCTTY|O_CLOEXEC")], {
					result: "pty.slave",
				}),
				...hand(1, "TIOCGWINSZ", "TIOCSWINSZ", size),
				...hand(0, "TIOCGWINSZ", "TIOCSWINSZ", size),
				...askForeground,
				...hand(0, "TCGETS", "TCSETS", settings, ["pty.inFront"]),
			],
		}),
		make({
			phase: "pty",
			does: "go on in a child, and stay as its relay",
			why: "only who is in the caller's session can stop and continue with the caller's shell",
			man: "clone(2)",
			calls: [
				call("getpid", [], { result: "relay" }),
				call("clone", [flags("SIGCHLD"), null, null, null, null], { result: "relayed", parent: "relay" }),
			],
		}),
		make({
			phase: "relay",
			does: "write to the caller's terminal without waiting",
			why: "keys and signals must reach the sandbox also while nothing can be shown",
			man: "tty(4)",
			calls: [
				call("ioctl", [1, flags("TCGETS"), settings], { mayFail: true, result: "relay.shows" }),
				// Opened anew: the flags of what was inherited are the caller's as well.
				call("openat", [flags("AT_FDCWD"), "/proc/self/fd/1", flags("O_WRONLY|O_NONBLOCK|O_NOCTTY|O_CLOEXEC")], {
					...{ onlyIf: "relay.shows", mayFail: true, result: "relay.screen" },
				}),
				call("dup3", [ref("relay.screen"), 1, 0], { onlyIf: "relay.screen", mayFail: true }),
			],
		}),
		make({
			phase: "relay",
			does: "hold nothing but the caller's terminal and the new one",
			why: "who waits for the end of what is written must see it",
			man: "close_range(2)",
			calls: [
				call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]),
				...closed,
				call("dup3", [ref("pty.master"), relayMaster, flags("O_CLOEXEC")]),
				call("close_range", [relayMaster + 1, lastDescriptor, 0]),
				call("fcntl", [relayMaster, flags("F_SETFL"), flags("O_RDWR|O_NONBLOCK")]),
				call("chdir", ["/"]),
			],
		}),
		make({
			phase: "relay",
			does: "carry what is typed and shown, stop and end with the sandbox",
			why: "the caller's terminal passes on everything as it is, and the new one gives it its meaning",
			man: "termios(3)",
			routine: "relay",
		}),
		make({
			phase: "pty",
			does: "lead a session on the new terminal",
			why: "it is standard input, output and error from here on",
			man: "setsid(2)",
			calls: [
				call("setsid", []),
				call("ioctl", [ref("pty.slave"), flags("TIOCSCTTY"), 0]),
				...[0, 1, 2].map((fd) => call("dup3", [ref("pty.slave"), fd, 0])),
				call("close", [ref("pty.slave")]),
				call("close", [ref("pty.master")]),
			],
		}),
		make({
			phase: "fork",
			does: "end with the relay",
			why: "nothing may be left running when we are killed",
			man: "PR_SET_PDEATHSIG(2const)",
			calls: [
				call("prctl", [flags("PR_SET_PDEATHSIG"), flags("SIGKILL"), 0, 0, 0]),
				// Takes the lock under which the kernel sends death signals (processes.ts).
				call("wait4", [-1, null, flags("WNOHANG|__WALL"), null], { mayFail: true }),
				call("getppid", [], { result: "relay.now", check: { same: "relay" } }),
			],
		}),
	];
}

/** Where the relay has the new terminal: in the place of standard error, which it does not use. */
const relayMaster = 2;
