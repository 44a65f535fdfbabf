/** Why the kernel refuses what is done to the command's process. All of it is known without looking at the machine. */
import type { StillCase } from "../hints.ts";
import type { FailedStep } from "../plan/failure.ts";

const phase = (name: FailedStep["phase"]) => (failed: FailedStep) => failed.phase === name;

const notMapped = "this id is not mapped in the user namespace";

/** Why the command cannot start in a directory. */
export const directoryHints: readonly StillCase[] = [
	{
		syscall: "openat2",
		code: "ELOOP",
		when: phase("directory"),
		hint: ({ path }) =>
			`${path} leads through a link of /proc to an open file, or in a circle: name the directory itself`,
	},
	{ syscall: "openat2", code: "EACCES", when: phase("directory"), hint: ({ path }) => `${path} may not be entered` },
	{
		syscall: "openat2",
		code: "ENOTDIR",
		when: phase("directory"),
		hint: ({ path }) => `${path} is no directory inside`,
	},
	{ syscall: "getcwd", code: "EXDEV", hint: () => "the directory is not below the root inside" },
];

const notCallers = "and the caller does not have it: ask somebody who has, such as root";

const noFilter =
	"no filter of system calls can be set here: with --allow-typing there is none, and the command can type into its terminal";

/** Why a process could not be set up as asked. */
export const processHints: readonly StillCase[] = [
	{
		syscall: "prlimit64",
		code: "EPERM",
		hint: () =>
			"raising a hard limit takes CAP_SYS_RESOURCE in the first user namespace: leave --user out, or raise it before",
	},
	...["ENOSYS", "EINVAL", "EPERM", "EACCES"].map((code) => ({
		...{ syscall: "seccomp", code, when: phase("session") },
		hint: () => noFilter,
	})),
	{ syscall: "seccomp", code: "EINVAL", when: phase("seccomp"), hint: () => "the kernel does not take this filter" },
	{ syscall: "seccomp", code: "ENOMEM", when: phase("seccomp"), hint: () => "all filters together are too long" },
	...["ENOSYS", "EPERM"].map((code) => ({
		...{ syscall: "seccomp", code, when: phase("seccomp") },
		hint: () => "a filter that was set before it, here or around ns, refuses seccomp(2): give that one last",
	})),
	{
		syscall: "seccomp",
		code: "EACCES",
		when: phase("seccomp"),
		hint: () => "a filter takes CAP_SYS_ADMIN or the promise to gain no privileges (no_new_privs)",
	},
	{ syscall: "setpriority", code: "EACCES", hint: () => `this nice value takes CAP_SYS_NICE, ${notCallers}` },
	{ syscall: "sched_setscheduler", code: "EPERM", hint: () => `this policy takes CAP_SYS_NICE, ${notCallers}` },
	{ syscall: "ioprio_set", code: "EPERM", hint: () => `this class takes CAP_SYS_NICE, ${notCallers}` },
	{ syscall: "sched_setaffinity", code: "EINVAL", hint: () => "none of these processors exists and may be used here" },
	{
		syscall: "write",
		code: "EACCES",
		when: phase("priority"),
		hint: () => `an adjustment below the caller's takes CAP_SYS_RESOURCE, ${notCallers}`,
	},
	{ syscall: "bind", code: "EADDRINUSE", hint: () => "somebody listens there already: choose another port" },
	{ syscall: "bind", code: "EADDRNOTAVAIL", hint: () => "this machine does not have the address" },
	{ syscall: "bind", code: "EACCES", hint: () => `a port this low takes CAP_NET_BIND_SERVICE, ${notCallers}` },
	{ syscall: "setresuid", code: "EINVAL", when: phase("credentials"), hint: () => notMapped },
	{ syscall: "setresgid", code: "EINVAL", when: phase("credentials"), hint: () => notMapped },
	{
		syscall: "setresuid",
		code: "EPERM",
		when: phase("credentials"),
		hint: () => "another user takes CAP_SETUID: add --user",
	},
	{
		syscall: "setresgid",
		code: "EPERM",
		when: phase("credentials"),
		hint: () => "another group takes CAP_SETGID: add --user",
	},
	{ syscall: "setgroups", code: "EINVAL", hint: () => "one of these groups is not mapped in the user namespace" },
	{
		syscall: "setgroups",
		code: "EPERM",
		hint: () => "the user namespace forbids setgroups (/proc/self/setgroups), or CAP_SETGID is missing: add --user",
	},
	{
		syscall: "dup3",
		code: "EBADF",
		hint: () => "the descriptor is closed, or its number is not below the limit of open files",
	},
	{ syscall: "execve", code: "EAGAIN", hint: () => "the user has more processes than --rlimit nproc allows" },
];
