import { readFileSync } from "node:fs";
import { identity } from "../../process/identity.ts";
import { type SysctlOptions, sysctl } from "../../process/sysctl.ts";
import { judgeCalls, type ProbeCall, probeCall } from "../calls.ts";
import { orTimeUp, withInput } from "../ground.ts";
import { type Came, type Case, defineCase, held, type Judgement, notHeld, untried } from "../types.ts";

const here = { flags: "AT_FDCWD" };
const hidden = ["EACCES", "EPERM", "ENOENT", "ENOSYS", "ESRCH"];
const PTRACE_SEIZE = 0x4206;
const memory = { words: [{ zeros: 16 }, 16] };

/** Tries to trace and to rob a process. `first` is how many calls stand before these. */
export const robbing = (pid: number, first: number): ProbeCall[] => [
	probeCall("ptrace", [PTRACE_SEIZE, pid, 0, 0], hidden),
	probeCall("openat", [here, `/proc/${pid}/mem`, { flags: "O_RDONLY" }], hidden),
	probeCall("openat", [here, `/proc/${pid}/mem`, { flags: "O_RDWR" }], [...hidden, "EROFS"]),
	probeCall("openat", [here, `/proc/${pid}/fd/0`, { flags: "O_RDONLY" }], hidden),
	probeCall("openat", [here, `/proc/${pid}/root`, { flags: "O_RDONLY|O_DIRECTORY" }], hidden),
	probeCall("openat", [here, `/proc/${pid}/environ`, { flags: "O_RDONLY" }], hidden),
	probeCall("process_vm_readv", [pid, memory, 1, { words: [0x400000, 16] }, 1, 0], hidden),
	probeCall("pidfd_open", [pid, 0], "any"),
	probeCall("pidfd_getfd", [{ answer: first + 7 }, 0, 0], [...hidden, "EBADF"]),
];

/** The init of the sandbox is ours, and the only process of ours that can be seen. */
const traced = robbing(1, 0);

const overwritten = [
	probeCall("openat", [here, "/proc/1/exe", { flags: "O_RDONLY" }], hidden),
	probeCall("openat", [here, "/proc/1/exe", { flags: "O_WRONLY" }], [...hidden, "EROFS"]),
	probeCall("openat", [here, "/proc/self/exe", { flags: "O_WRONLY" }], [...hidden, "ETXTBSY", "EROFS"]),
];

/** What no user id is. */
const noIds = [-1, 4294967295, 4294967296, 1.5, Number.NaN, Number.POSITIVE_INFINITY];

/** Parameters of the whole machine, in the disguises of those of a namespace. With what they are now, where that is known. */
function disguised(): SysctlOptions[] {
	const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim();
	return [
		{ "kernel.core_pattern": pattern },
		{ "net/../kernel/core_pattern": pattern },
		{ "net.ipv4.../../kernel/core_pattern": pattern },
		{ "kernel.shm_rmid_forced": `0\nkernel.core_pattern=${pattern}` },
		{ "kernel.shm_rmid_forced": `0+kernel.core_pattern=${pattern}` },
	];
}

/** Milliseconds that an end may take to reach everybody: the init has to be given time on a processor first. */
const deathLimit = 5_000;

const words = ["--root", "/", "--", "-x", "--no-init", ""];

/** Attacks on the processes of the sandbox, and on how it starts and ends. */
export const processCases: readonly Case[] = [
	defineCase({
		id: "CVE-2016-8659",
		also: ["CVE-2016-3135"],
		subject: "processes",
		title: "Processes of ours cannot be traced or robbed from inside",
		tries: "ptrace, /proc/1/mem, fd, root and environ, process_vm_readv, pidfd_getfd on the init",
		attempt: ({ start }) => start({ inside: { calls: traced } }),
		verdict: (came) => judgeCalls(traced, came),
	}),
	defineCase({
		id: "CVE-2019-5736",
		subject: "processes",
		title: "The program of a process of ours cannot be overwritten from inside",
		tries: "opening /proc/1/exe to read and to write, and the own program to write; nothing is written",
		attempt: ({ start }) => start({ inside: { calls: overwritten } }),
		verdict: (came) => judgeCalls(overwritten, came),
	}),
	defineCase({
		id: "CVE-2026-30892",
		subject: "processes",
		title: "What is no user id is refused, and no other is taken",
		tries: `user ids ${noIds.join(", ")}`,
		attempt: async ({ start }) => {
			const ended = noIds.map((uid) => start({ modules: [identity({ uid })], inside: { argv: ["true"] } }));
			return Promise.all(ended);
		},
		verdict: (came) => allRefused(came, noIds.map(String)),
	}),
	defineCase({
		id: "CVE-2022-0811",
		subject: "processes",
		title: "A parameter of the whole machine cannot be set in the name of a namespace's",
		tries: "core_pattern by its own name, by .., behind a line end and behind a plus; to what it is already",
		attempt: async ({ start }) =>
			Promise.all(disguised().map((values) => start({ modules: [sysctl(values)], inside: { argv: ["true"] } }))),
		verdict: (came) =>
			allRefused(
				came,
				disguised().map((values) => Object.keys(values).join()),
			),
	}),
	defineCase({
		id: "CVE-2024-32462",
		subject: "processes",
		title: "Words of the command that look like options reach it as they are",
		tries: words.map((word) => JSON.stringify(word)).join(", "),
		attempt: ({ start }) =>
			start({ inside: { argv: ["sh", "-c", 'for word; do echo "<$word>"; done', "sh", ...words] } }),
		verdict: ({ refused, stdout }) => {
			if (refused !== undefined) return untried(refused);
			const shown = words.map((word) => `<${word}>\n`).join("");
			return shown === stdout ? held : notHeld(`the command got ${JSON.stringify(stdout)}`);
		},
	}),
	defineCase({
		id: "pid-1-signals",
		subject: "processes",
		title: "A signal ends the command: it is not PID 1, whom most do nothing to",
		tries: "the command sends itself SIGTERM",
		attempt: ({ start }) => start({ inside: { argv: ["sh", "-c", "kill -TERM $$; echo alive"] } }),
		verdict: (came) => {
			if (came.refused !== undefined) return untried(came.refused);
			const isEnded = !came.stdout.includes("alive") && (came.signal === "SIGTERM" || came.exitCode === 143);
			return isEnded ? held : notHeld(`it ended with ${came.signal ?? came.exitCode}`);
		},
	}),
	defineCase({
		id: "parent-death",
		subject: "processes",
		title: "Nothing inside goes on when the process outside is killed",
		tries: "SIGKILL to the process that was started, while the command waits",
		attempt: async ({ watch }) => {
			const script = "exec 3<&0; (read _ <&3; echo survived) & echo up; read _; echo survived";
			return withInput(async (stdin, closeInput) => {
				const watched = watch({ stdin, inside: { argv: ["sh", "-c", script] } });
				const isUp = await watched.writes("up");
				await watched.kill();
				await orTimeUp(watched.came, deathLimit);
				// Who is still there reads the end of its input now, and says so.
				closeInput();
				return { isUp, came: await watched.came };
			});
		},
		verdict: ({ isUp, came }) => {
			if (!isUp) return untried("the command did not start");
			if (came.late) return notHeld("something is still there");
			return came.stdout.includes("survived") ? notHeld("the command has gone on") : held;
		},
	}),
	defineCase({
		id: "exec-failure",
		subject: "processes",
		title: "A command that cannot be executed is told from one that failed",
		tries: "a command that does not exist, and a directory",
		attempt: async ({ start }) =>
			Promise.all(["/no/such/command", "/usr"].map((path) => start({ inside: { argv: [path] } }))),
		verdict: (came) => {
			const codes = came.map(({ failedCode }) => failedCode ?? "none");
			return codes.join() === "127,126" ? held : notHeld(`the exit codes are ${codes.join(" and ")}`);
		},
	}),
	defineCase({
		id: "ignored-sigchld",
		subject: "processes",
		title: "An exit code arrives although the caller ignores the ends of its children",
		tries: "a start with SIGCHLD ignored, and a command that exits with 7",
		attempt: ({ start }) => {
			// struct sigaction of the kernel: SIG_IGN, flags, restorer, mask.
			const before = [probeCall("rt_sigaction", [{ flags: "SIGCHLD" }, { words: [1, 0, 0, 0] }, 0, 8])];
			return start({ before, inside: { argv: ["sh", "-c", "exit 7"] } });
		},
		verdict: ({ refused, exitCode, signal }) => {
			if (refused !== undefined) return untried(refused);
			return exitCode === 7 ? held : notHeld(`it ended with ${signal ?? exitCode}`);
		},
	}),
];

function allRefused(came: readonly Came[], what: readonly string[]): Judgement {
	const at = came.findIndex(({ refused }) => refused === undefined);
	return at < 0 ? held : notHeld(`${JSON.stringify(what[at])} was taken`);
}
