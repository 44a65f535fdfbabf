/** Why the kernel said no, and what to do: found by looking at the machine, never guessed from the error number alone. */
import { mountHints } from "./mounts/hints.ts";
import { about, type FailedStep, phase } from "./plan/failure.ts";
import { printable } from "./plan/text.ts";
import { hardeningHints } from "./privileges/hardening-hints.ts";
import { privilegeHints } from "./privileges/hints.ts";
import { landlockHints } from "./privileges/landlock-hints.ts";
import { directoryHints, processHints } from "./process/hints.ts";

/** How hints look at the machine. */
export interface Look {
	/** The text of a file, or `undefined` where there is none or it may not be read. */
	read(path: string): string | undefined;
	exists(path: string): boolean;
}

interface Case {
	readonly syscall: string;
	readonly code?: string;
	readonly when?: (failed: FailedStep) => boolean;
	readonly hint: (failed: FailedStep, look: Look) => string | undefined;
}

/** A case whose answer is known without looking, so that the stub can give it too. */
export interface StillCase extends Case {
	readonly code: string;
	readonly hint: (failed: FailedStep) => string;
}

/** Loaded when something has failed. */
const causes = () => require("./causes.ts") as typeof import("./causes.ts");

const needsUser = "without a user namespace this takes CAP_SYS_ADMIN: add --user";
const nestedTooDeep = "user namespaces can be nested 32 deep";

/** Answers that need no look at the machine. */
const stillCases: readonly StillCase[] = [
	...directoryHints,
	...landlockHints,
	{ syscall: "setns", code: "ESRCH", hint: () => "the process whose namespaces were to be joined has ended meanwhile" },
	{
		syscall: "clone",
		code: "ENOMEM",
		when: phase("fork"),
		hint: () => "the PID namespace that was joined has ended with its PID 1",
	},
	{ syscall: "setns", code: "EINVAL", hint: ({ call }) => `the file is no namespace of this kind: ${call}` },
	{
		syscall: "setns",
		code: "EPERM",
		hint: () =>
			"this takes CAP_SYS_ADMIN in the user namespace that owns it: join that one too; a filter of system calls may forbid it as well",
	},
	{ syscall: "openat", code: "ENOENT", when: phase("sources"), hint: ({ path }) => `${path} does not exist` },
	{ syscall: "openat", code: "ENOTDIR", when: phase("sources"), hint: ({ path }) => `${path} is no directory` },
	{
		syscall: "open_tree",
		code: "ENOENT",
		when: ({ path }) => path !== undefined,
		hint: ({ path }) => `${path} does not exist`,
	},
	{ syscall: "open_tree", code: "EACCES", hint: ({ path }) => `a directory on the way to ${path} may not be searched` },
	{
		syscall: "openat2",
		code: "ELOOP",
		hint: ({ path }) => `${path} is, or leads through, a symbolic link that could lead out of the root`,
	},
	{
		syscall: "openat2",
		code: "ENOENT",
		when: phase("directory"),
		hint: ({ path }) => `${path} does not exist inside`,
	},
	{
		syscall: "openat2",
		code: "ENOENT",
		hint: ({ path }) => `${path} does not exist in the root: make it first, nothing is made on the caller's disk`,
	},
	{
		syscall: "openat2",
		code: "ENOTDIR",
		hint: ({ path }) => `${path} in the root is no directory, or is below a file`,
	},
	{
		syscall: "move_mount",
		code: "EINVAL",
		hint: () => "a directory can only be bound on a directory, and a file on a file",
	},
	{
		syscall: "fcntl",
		code: "EAGAIN",
		when: phase("open"),
		hint: () => "somebody else holds an exclusive lock on it, and ns does not wait",
	},
	{ syscall: "mount_setattr", code: "ENOSYS", hint: () => "read-only binds need Linux 5.12" },
	{
		syscall: "execve",
		code: "ENOENT",
		hint: () => "it is in no directory of PATH inside the sandbox, or its interpreter or loader is missing there",
	},
	{
		syscall: "execve",
		code: "EACCES",
		hint: () => "it is there, but it is no executable file, or a directory of its path may not be searched",
	},
	...processHints,
	...privilegeHints,
	...hardeningHints,
	...mountHints,
];

/** Answers found by looking. The first case that fits and has something to say counts. */
const cases: readonly Case[] = [
	{
		syscall: "unshare",
		code: "EPERM",
		when: about("CLONE_NEWUSER"),
		hint: (_, look) => causes().userNamespaceRefused(look),
	},
	{
		syscall: "clone",
		code: "EPERM",
		when: about("CLONE_NEWUSER"),
		hint: (_, look) => causes().userNamespaceRefused(look),
	},
	{
		syscall: "clone",
		code: "EPERM",
		when: about("CLONE_NEW"),
		hint: (_, look) => causes().seccompActive(look) ?? needsUser,
	},
	{ syscall: "clone", code: "ENOSPC", hint: ({ call }, look) => causes().namespaceLimit(call ?? "", look) },
	{ syscall: "clone", code: "EUSERS", hint: () => nestedTooDeep },
	{ syscall: "clone", code: "EINVAL", hint: ({ call }, look) => causes().notInKernel(call ?? "", look) },
	{ syscall: "unshare", code: "EPERM", hint: (_, look) => causes().seccompActive(look) ?? needsUser },
	{ syscall: "unshare", code: "ENOSPC", hint: ({ call }, look) => causes().namespaceLimit(call ?? "", look) },
	{ syscall: "unshare", code: "EUSERS", hint: () => nestedTooDeep },
	{ syscall: "unshare", code: "EINVAL", hint: ({ call }, look) => causes().notInKernel(call ?? "", look) },
	{
		syscall: "clone",
		code: "EAGAIN",
		hint: () => "no more processes are allowed: see ulimit -u, and pids.max of the cgroup",
	},
	{ syscall: "mount", code: "EPERM", when: about('"proc"'), hint: (_, look) => causes().procMasked(look) },
	{ syscall: "fsmount", code: "EPERM", when: phase("tree"), hint: (_, look) => causes().procMasked(look) },
	{ syscall: "write", code: "EPERM", when: phase("map"), hint: (_, look) => causes().mapRefused(look) },
	{ syscall: "openat", code: "EACCES", when: phase("map"), hint: (_, look) => causes().mapRefused(look) },
	{
		syscall: "write",
		code: "EINVAL",
		when: phase("map"),
		hint: ({ call }) => `the kernel does not take this map: ${call}`,
	},
	{ syscall: "write", code: "ERANGE", when: phase("clocks"), hint: (_, look) => clockNegative(look) },
	{ syscall: "openat", code: "ENOENT", when: phase("open"), hint: ({ path }, look) => namespaceGone(path ?? "", look) },
	{
		syscall: "openat",
		code: "EACCES",
		when: ({ phase, does }) => phase === "open" && does.endsWith("namespace to join"),
		hint: () =>
			"only who may trace a process may enter its namespaces; nobody may trace the supervisor of ns: take the command's pid",
	},
	{
		syscall: "sethostname",
		code: "EPERM",
		hint: (_, look) =>
			causes().seccompActive(look) ??
			causes().apparmorActive(look) ??
			"the UTS namespace belongs to another user namespace",
	},
	...stillCases,
];

/** The still cases of each system call, in their order: an image tells them for hundreds of calls. */
let casesOfCalls: Map<string, StillCase[]> | undefined;

function stillCasesOf(syscall: string): readonly StillCase[] {
	if (!casesOfCalls) {
		casesOfCalls = new Map();
		for (const one of stillCases) {
			const known = casesOfCalls.get(one.syscall);
			if (known) known.push(one);
			else casesOfCalls.set(one.syscall, [one]);
		}
	}
	return casesOfCalls.get(syscall) ?? [];
}

/** What can be said of a call's failures without looking: by error name. */
export function stillHints(failed: FailedStep): { code: string; hint: string }[] {
	const hints: { code: string; hint: string }[] = [];
	for (const [code, hint] of Object.entries(failed.hints ?? {})) hints.push({ code, hint: printable(hint) });
	for (const { code, when, hint } of stillCasesOf(failed.syscall ?? "execve")) {
		if (when && !when(failed)) continue;
		if (hints.some((one) => one.code === code)) continue;
		hints.push({ code, hint: printable(hint(failed)) });
	}
	return hints;
}

/** Where steps take rights that a new user namespace gives. */
const withRights: readonly FailedStep["phase"][] = [
	"create",
	"map",
	"hostname",
	"network",
	"parameters",
	"sources",
	"tree",
	"mounts",
	"root",
];

/** The way out of a failure, or `undefined` where looking finds none. */
export function hintFor(failed: FailedStep, code: string, look: Look): string | undefined {
	const known = failed.hints?.[code];
	if (known !== undefined) return printable(known);
	for (const one of cases) {
		if (
			one.syscall !== (failed.syscall ?? "execve") ||
			(one.code && one.code !== code) ||
			(one.when && !one.when(failed))
		)
			continue;
		const hint = one.hint(failed, look);
		if (hint) return printable(hint);
	}
	if (code === "EPERM" || code === "EACCES") {
		const restricted = withRights.includes(failed.phase) ? causes().apparmorActive(look) : undefined;
		if (restricted) return printable(restricted);
	}
	return code === "ENOSYS" || code === "EPERM" ? causes().seccompActive(look) : undefined;
}

function clockNegative(look: Look): string {
	const uptime = look.read("/proc/uptime")?.split(" ")[0];
	return `a clock would become negative or overflow: it stands at ${uptime ?? "?"} seconds, and less than that can be taken off`;
}

function namespaceGone(path: string, look: Look): string {
	const pid = /^\/proc\/(\d+)\//.exec(path)?.[1];
	if (pid === undefined) return `${path} does not exist`;
	return look.exists(`/proc/${pid}`) ? `this kernel has no ${path}` : `there is no process ${pid}: it may have ended`;
}
