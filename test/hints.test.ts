import { describe, expect, test } from "bun:test";
import { hintFor, type Look, stillHints } from "../src/hints.ts";
import { ipc } from "../src/namespaces/ipc.ts";
import { mount } from "../src/namespaces/mount.ts";
import { net } from "../src/namespaces/net.ts";
import { pid } from "../src/namespaces/pid.ts";
import { time } from "../src/namespaces/time.ts";
import { user } from "../src/namespaces/user.ts";
import { uts } from "../src/namespaces/uts.ts";
import { type FailedStep, failedStep } from "../src/plan/failure.ts";
import { plan } from "../src/plan/plan.ts";
import type { Fragment } from "../src/plan/types.ts";
import { capabilities } from "../src/privileges/capabilities.ts";
import { identity } from "../src/process/identity.ts";
import { limits } from "../src/process/limits.ts";
import { passDescriptors } from "../src/process/pass.ts";
import { priority } from "../src/process/priority.ts";
import { forRoot, forUser } from "./plan/fixtures.ts";

/** A machine of which only this can be seen. */
const machine = (files: Readonly<Record<string, string>> = {}): Look => ({
	read: (path) => files[path],
	exists: (path) => path in files,
});
const good = "Name:\tbun\nSeccomp:\t0\nSeccomp_filters:\t0\n";
const filtered = { "/proc/self/status": "Name:\tbun\nSeccomp:\t2\nSeccomp_filters:\t1\n" };

/** The failed step that a plan holds: the first call of this name whose text contains these words. */
function failed(syscall: string, words: string, fragments: readonly Fragment[], input = forRoot): FailedStep {
	const calls = plan(fragments, input).steps.flatMap((step) => step.calls.map((call) => failedStep(step, call)));
	const found = calls.find((one) => one.syscall === syscall && one.call?.includes(words));
	if (!found) throw new Error(`no plan of these holds ${syscall} with ${words}`);
	return found;
}

const unshareUser = failed("unshare", "CLONE_NEWUSER", [user(), net()], forUser);
const unshareRoot = failed("unshare", "", [net(), uts()]);
const mountProc = failed("mount", '"proc"', [mount(), pid()]);
const makeProc = failed("fsmount", "", [mount({ root: "/srv" }), pid()]);
const writeMap = failed("write", "1000", [user()], forUser);
const openMap = failed("openat", "uid_map", [user()], forUser);
const writeOffset = failed("write", "boottime", [time({ boottime: "-9d" })]);
const openPid = failed("openat", "/proc/77/", [net({ join: 77 })]);
const openPath = failed("openat", "/run/x", [net({ join: "/run/x" })]);
const enter = failed("setns", "", [net({ join: 77 })]);
const bound = mount({ root: "/srv", mounts: [{ type: "bind", source: "/a", target: "/b", readOnly: true }] });
const execute: FailedStep = { does: "run prog", phase: "exec" };
const fork: FailedStep = failed("clone", "SIGCHLD", [pid()]);

const switchedOff = "user namespaces are switched off by ";
const seccomp = "a seccomp filter is active here, as in a container";

/** What failed how on which machine, and how the hint begins. */
const table: readonly [string, FailedStep, string, Look, string][] = [
	[
		...([
			"Debian's switch",
			unshareUser,
			"EPERM",
			machine({ "/proc/sys/kernel/unprivileged_userns_clone": "0\n" }),
		] as const),
		`${switchedOff}/proc/sys/kernel/unprivileged_userns_clone: as root, sysctl kernel.unprivileged_userns_clone=1`,
	],
	[
		"Ubuntu's switch",
		...([unshareUser, "EPERM", machine({ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" })] as const),
		`${switchedOff}/proc/sys/kernel/apparmor_restrict_unprivileged_userns: as root, sysctl kernel.apparmor_restrict_unprivileged_userns=0`,
	],
	[
		...(["a limit of 0", unshareUser, "EPERM", machine({ "/proc/sys/user/max_user_namespaces": "0\n" })] as const),
		`${switchedOff}/proc/sys/user/max_user_namespaces: as root, sysctl user.max_user_namespaces=10000`,
	],
	["a container", unshareUser, "EPERM", machine(filtered), seccomp],
	["a chroot", unshareUser, "EPERM", machine({ "/proc/self/status": good }), "the caller is in a chroot, or its ids"],
	["no user namespace", unshareRoot, "EPERM", machine(), "without a user namespace this takes CAP_SYS_ADMIN"],
	[
		...(["a limit reached", unshareRoot, "ENOSPC", machine({ "/proc/sys/user/max_net_namespaces": "5\n" })] as const),
		"the limit of namespaces is reached here or in a parent: /proc/sys/user/max_net_namespaces is 5, /proc/sys/user/max_uts_namespaces is unreadable",
	],
	[
		"one limit of 0 among others",
		...([unshareRoot, "ENOSPC"] as const),
		machine({ "/proc/sys/user/max_net_namespaces": "5\n", "/proc/sys/user/max_uts_namespaces": "0\n" }),
		"the limit of namespaces is reached here or in a parent: /proc/sys/user/max_uts_namespaces is 0",
	],
	["nesting", unshareUser, "EUSERS", machine(), "user namespaces can be nested 32 deep"],
	[
		...(["a small kernel", unshareRoot, "EINVAL", machine({ "/proc/self/ns/uts": "" })] as const),
		"this kernel was built without net namespaces",
	],
	["too many processes", fork, "EAGAIN", machine(), "no more processes are allowed: see ulimit -u"],
	[
		"masks over /proc",
		...([mountProc, "EPERM"] as const),
		machine({
			"/proc/self/mountinfo":
				"20 1 0:19 / /proc rw - proc proc rw\n21 20 0:20 / /proc/kcore rw - tmpfs tmpfs rw\n22 20 0:20 / /proc/sys ro - proc proc rw\n23 20 0:20 / /proc/kcore rw - tmpfs tmpfs rw\n24 1 0:9 / /process rw - x x rw\n",
		}),
		"parts of the present /proc are hidden (/proc/kcore, /proc/sys), so a new one may not be mounted: unmask",
	],
	["no /proc", makeProc, "EPERM", machine({ "/proc/self/mountinfo": "" }), "there is no /proc here"],
	[
		"a map refused by AppArmor",
		...([writeMap, "EPERM", machine({ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" })] as const),
		`${switchedOff}/proc/sys/kernel/apparmor_restrict_unprivileged_userns`,
	],
	[
		"a host name refused by AppArmor",
		failed("sethostname", "", [uts({ hostname: "a" })]),
		...(["EPERM", machine({ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" })] as const),
		`${switchedOff}/proc/sys/kernel/apparmor_restrict_unprivileged_userns`,
	],
	[
		"a mount refused by AppArmor, with EACCES",
		failed("mount", "MS_PRIVATE", [mount()]),
		...(["EACCES", machine({ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" })] as const),
		`${switchedOff}/proc/sys/kernel/apparmor_restrict_unprivileged_userns`,
	],
	["a map refused", writeMap, "EPERM", machine(), "without privilege only the own id can be mapped"],
	["a map that may not be opened", openMap, "EACCES", machine(), "without privilege only the own id can be mapped"],
	["a wrong map", writeMap, "EINVAL", machine(), `the kernel does not take this map: ${writeMap.call}`],
	[
		...(["a negative clock", writeOffset, "ERANGE", machine({ "/proc/uptime": "123.45 99.0\n" })] as const),
		"a clock would become negative or overflow: it stands at 123.45 seconds",
	],
	["a process that is gone", openPid, "ENOENT", machine(), "there is no process 77: it may have ended"],
	["a kernel without the file", openPid, "ENOENT", machine({ "/proc/77": "" }), "this kernel has no /proc/77/ns/net"],
	["a path that is not there", openPath, "ENOENT", machine(), "/run/x does not exist"],
	["a process of somebody else", openPid, "EACCES", machine(), "only who may trace a process may enter"],
	["a file that is no namespace", enter, "EINVAL", machine(), "the file is no namespace of this kind: setns("],
	["a namespace of another owner", enter, "EPERM", machine(), "this takes CAP_SYS_ADMIN in the user namespace"],
	["no root", failed("openat", '"/srv"', [bound]), "ENOENT", machine(), "/srv does not exist"],
	["a root that is a file", failed("openat", '"/srv"', [bound]), "ENOTDIR", machine(), "/srv is no directory"],
	["no source", failed("open_tree", '"/a"', [bound]), "ENOENT", machine(), "/a does not exist"],
	["a source out of reach", failed("open_tree", '"/a"', [bound]), "EACCES", machine(), "a directory on the way to /a"],
	["a link", failed("openat2", '"/b"', [bound]), "ELOOP", machine(), "/b is, or leads through, a symbolic link"],
	[
		"no target",
		failed("openat2", '"/b"', [bound]),
		"ENOENT",
		machine(),
		"/b does not exist in the root: make it first",
	],
	["a target below a file", failed("openat2", '"/b"', [bound]), "ENOTDIR", machine(), "/b in the root is no directory"],
	["a file on a directory", failed("move_mount", "$target", [bound]), "EINVAL", machine(), "a directory can only be"],
	["an old kernel", failed("mount_setattr", "", [bound]), "ENOSYS", machine(), "read-only binds need Linux 5.12"],
	[
		"another owner",
		failed("sethostname", "", [uts({ hostname: "a" })]),
		"EPERM",
		machine(),
		"the UTS namespace belongs",
	],
	[
		"a working directory that is not there",
		failed("openat2", '"/elsewhere"', [bound], {
			...forRoot,
			command: { ...forRoot.command, cwd: "/elsewhere", mustStartThere: true },
		}),
		"ENOENT",
		machine(),
		"/elsewhere does not exist inside",
	],
	...whatNoProcessGets(),
	...whatNobodyMayTakeAway(),
	["no such command", execute, "ENOENT", machine(), "it is in no directory of PATH inside the sandbox"],
	["a command that may not run", execute, "EACCES", machine(), "it is there, but it is no executable file"],
	["any other call in a container", failed("fchdir", "", [bound]), "EPERM", machine(filtered), seccomp],
	["an unknown call in a container", failed("open_tree", '"/a"', [bound]), "ENOSYS", machine(filtered), seccomp],
];

/** What is refused while the command's process is set up. */
function whatNoProcessGets(): [string, FailedStep, string, Look, string][] {
	const input = { ...forRoot, command: { ...forRoot.command, cwd: "/d", mustStartThere: true } };
	const more = [
		limits({ core: 1 }),
		priority({ nice: -1, scheduler: { policy: "fifo", priority: 1 }, io: "idle", affinity: [9], oomScoreAdjust: -1 }),
		identity({ uid: 5, gid: 6, groups: [7] }),
		passDescriptors([{ from: 3, to: 9 }]),
	];
	const of = (syscall: string, code: string, hint: string, words = ""): [string, FailedStep, string, Look, string] => {
		return [`${syscall} ${words}`, failed(syscall, words, more, input), code, machine(), hint];
	};
	return [
		of("prlimit64", "EPERM", "raising a hard limit takes CAP_SYS_RESOURCE in the first user namespace"),
		of("setpriority", "EACCES", "this nice value takes CAP_SYS_NICE"),
		of("sched_setscheduler", "EPERM", "this policy takes CAP_SYS_NICE"),
		of("ioprio_set", "EPERM", "this class takes CAP_SYS_NICE"),
		of("sched_setaffinity", "EINVAL", "none of these processors exists"),
		of("write", "EACCES", "an adjustment below the caller's takes CAP_SYS_RESOURCE", '"-1"'),
		of("setresuid", "EINVAL", "this id is not mapped in the user namespace"),
		of("setresgid", "EINVAL", "this id is not mapped in the user namespace"),
		of("setresuid", "EPERM", "another user takes CAP_SETUID"),
		of("setresgid", "EPERM", "another group takes CAP_SETGID"),
		of("setgroups", "EINVAL", "one of these groups is not mapped"),
		of("setgroups", "EPERM", "the user namespace forbids setgroups"),
		of("dup3", "EBADF", "the descriptor is closed, or its number is not below the limit of open files"),
		of("openat2", "ELOOP", "/d leads through a link of /proc to an open file", '"/d"'),
		of("openat2", "ENOTDIR", "/d is no directory inside", '"/d"'),
		of("openat2", "EACCES", "/d may not be entered", '"/d"'),
		of("getcwd", "EXDEV", "the directory is not below the root inside"),
		["execve", execute, "EAGAIN", machine(), "the user has more processes"],
	];
}

/** What is refused while privileges are taken away. */
function whatNobodyMayTakeAway(): [string, FailedStep, string, Look, string][] {
	const options = { drop: ["chown"], keep: true, secureBits: ["noroot"], disableUserNamespaces: true };
	const more = [user({ map: "self" }), identity({ uid: 1000 }), capabilities(options)];
	const of = (
		syscall: string,
		code: string,
		words: string,
		hint: string,
	): [string, FailedStep, string, Look, string] => {
		return [`${syscall} ${words}`, failed(syscall, words, more, forUser), code, machine(), hint];
	};
	return [
		of("capset", "EPERM", "", "the caller does not have all of these capabilities"),
		of("prctl", "EPERM", "PR_CAPBSET_DROP", "this takes CAP_SETPCAP"),
		of("prctl", "EPERM", "PR_SET_SECUREBITS", "the caller's own securebits are locked otherwise"),
		of("prctl", "EPERM", "PR_SET_KEEPCAPS", "the caller's securebits forbid it"),
		of("prctl", "EPERM", "PR_CAP_AMBIENT", "the caller's securebits forbid it"),
		of("openat", "EROFS", "/proc/sys/user", "/proc/sys/user/max_user_namespaces is mounted read-only here"),
	];
}

describe("`hintFor`", () => {
	for (const [what, step, code, look, start] of table) {
		test(`knows the way out of ${what}: ${code} from ${step.syscall ?? "execve"}`, () => {
			const hint = hintFor(step, code, look) ?? "";
			expect(hint.slice(0, start.length)).toBe(start);
			expect(hint).not.toMatch(/undefined|[.\s]$/);
		});
	}

	/** Failures that say nothing of their cause on this machine. */
	const silent: readonly [string, FailedStep, string, Look][] = [
		[
			"a switch when the error is another",
			unshareUser,
			"ENOMEM",
			machine({ "/proc/sys/user/max_user_namespaces": "0\n" }),
		],
		["a call that fails in another way", failed("fchdir", "", [bound]), "EACCES", machine(filtered)],
		["a call without a filter", failed("fchdir", "", [bound]), "EPERM", machine({ "/proc/self/status": good })],
		[
			"a strict filter, which would have killed",
			failed("fchdir", "", [bound]),
			"EPERM",
			machine({ "/proc/self/status": "Seccomp:\t1\n" }),
		],
		[
			"a kernel that has all of them",
			unshareRoot,
			"EINVAL",
			machine({ "/proc/self/ns/uts": "", "/proc/self/ns/net": "" }),
		],
		[
			"a /proc with nothing over it",
			mountProc,
			"EPERM",
			machine({ "/proc/self/mountinfo": "20 1 0:19 / /proc rw - proc proc rw\n" }),
		],
		[
			...(["a mount for binary formats, which hides nothing", mountProc, "EPERM"] as const),
			machine({
				"/proc/self/mountinfo":
					"20 1 0:19 / /proc rw - proc proc rw\n21 20 0:20 / /proc/sys/fs/binfmt_misc rw - binfmt_misc x rw\n",
			}),
		],
		[
			"an error when a file was opened elsewhere",
			failed("openat", '"/", O_PATH', [mount({ mounts: [{ type: "tmpfs", target: "/t" }] })]),
			"ENOENT",
			machine(),
		],
		["a write that is no map", failed("write", "boottime", [time({ boottime: 1 })]), "EINVAL", machine()],
		["a command that is too long", execute, "E2BIG", machine()],
	];
	for (const [what, step, code, look] of silent) {
		test(`says nothing of ${what}: ${code} from ${step.syscall ?? "execve"}`, () => {
			expect(hintFor(step, code, look)).toBeUndefined();
		});
	}

	test("does not blame a switch that allows user namespaces", () => {
		const allowed = machine({
			"/proc/sys/kernel/unprivileged_userns_clone": "1\n",
			"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "0\n",
			"/proc/sys/user/max_user_namespaces": "10000\n",
		});
		expect(hintFor(unshareUser, "EPERM", allowed)).toStartWith("the caller is in a chroot");
	});

	test("lets no control character of a path through", () => {
		const odd = failed("openat", "/run/", [net({ join: "/run/\u001b[2J" })]);
		expect(hintFor(odd, "ENOENT", machine())).toBe("/run/\\u001b[2J does not exist");
		const source = failed("open_tree", "/a", [mount({ mounts: [{ type: "bind", source: "/a\n", target: "/b" }] })]);
		expect(stillHints(source)[0]?.hint).toBe("/a\\u000a does not exist");
	});

	test("looks at nothing for an answer that is known without", () => {
		const look: Look = {
			read: (path) => {
				throw new Error(`read ${path}`);
			},
			exists: (path) => {
				throw new Error(`looked for ${path}`);
			},
		};
		expect(hintFor(enter, "EINVAL", look)).toStartWith("the file is no namespace");
	});
});

describe("`stillHints`", () => {
	test("are what can be said of a call without looking, by error", () => {
		expect(stillHints(failed("open_tree", '"/a"', [bound])).toSorted((a, b) => (a.code < b.code ? -1 : 1))).toEqual([
			{ code: "EACCES", hint: "a directory on the way to /a may not be searched" },
			{ code: "ELOOP", hint: "the links at /a lead in a circle" },
			{ code: "EMFILE", hint: expect.stringContaining("ulimit -n") },
			{ code: "ENAMETOOLONG", hint: expect.stringContaining("255 bytes") },
			{ code: "ENOENT", hint: "/a does not exist" },
			{ code: "ENOTDIR", hint: "/a is below a file, or is one and ends with a slash" },
		]);
		const codesOf = stillHints(failed("openat", '"/srv"', [bound])).map(({ code }) => code);
		expect(codesOf.toSorted()).toEqual(["EACCES", "ELOOP", "EMFILE", "ENAMETOOLONG", "ENOENT", "ENOTDIR"]);
		expect(stillHints(execute).map(({ code }) => code)).toEqual(["ENOENT", "EACCES", "EAGAIN"]);
	});

	test("are none for calls of other phases, and for those that take a look", () => {
		expect(stillHints(openPath).map(({ code }) => code)).toEqual(["ENAMETOOLONG"]);
		expect(stillHints(unshareUser)).toEqual([]);
	});

	test("are the same sentences that `hintFor` says", () => {
		const calls = plan([bound, pid(), net({ join: 7 }), uts({ hostname: "a" }), ipc()], forRoot).steps.flatMap((step) =>
			step.calls.map((call) => failedStep(step, call)),
		);
		const said = calls.flatMap((one) => stillHints(one).map(({ code, hint }) => [hintFor(one, code, machine()), hint]));
		expect(said.length).toBeGreaterThan(10);
		for (const [long, still] of said) expect(long).toBe(still);
	});
});
