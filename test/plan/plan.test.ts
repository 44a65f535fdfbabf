import { describe, expect, test } from "bun:test";
import { cgroup } from "../../src/namespaces/cgroup.ts";
import { ipc } from "../../src/namespaces/ipc.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { net } from "../../src/namespaces/net.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { time } from "../../src/namespaces/time.ts";
import { user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { plan } from "../../src/plan/plan.ts";
import { signals } from "../../src/process/signals.ts";
import { forRoot, forUser, rootHost, script, userHost } from "./fixtures.ts";

const start = [
	"outer: rt_sigaction(SIGPIPE, {sa_handler=SIG_DFL}, NULL, 8)",
	"outer: rt_sigaction(SIGXFSZ, {sa_handler=SIG_DFL}, NULL, 8)",
	"outer: rt_sigaction(SIGCHLD, {sa_handler=SIG_DFL}, &$signals.child, 8)",
];
const holdBack = "outer: rt_sigprocmask(SIG_SETMASK, ~[], &$signals.mask, 8)";
const closeRest = "outer: close_range(3, ~0U, 0)";
const asBefore = "command: rt_sigaction(SIGCHLD, &$signals.child, NULL, 8)";
const letThrough = [asBefore, "command: rt_sigprocmask(SIG_SETMASK, &$signals.mask, NULL, 8)"];
const ownMaps = (uid: number, gid: number) => [
	...fileWritten("setgroups", "deny", 4),
	...fileWritten("gid_map", `0 ${gid} 1\\n`, `0 ${gid} 1\n`.length),
	...fileWritten("uid_map", `0 ${uid} 1\\n`, `0 ${uid} 1\n`.length),
];
const fileWritten = (name: string, text: string, size: number) => [
	`outer: openat(AT_FDCWD, "/proc/self/${name}", O_WRONLY|O_CLOEXEC) = $file`,
	`outer: write($file, "${text}", ${size})`,
	"outer: close($file)",
];
const lifeLine = [
	"outer: getpid() = $supervisor",
	"outer: pidfd_open($supervisor, 0) = $life",
	"outer: <terminal>",
	"outer: prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
];
const supervise = [
	"outer: clone(SIGCHLD, NULL, NULL, NULL, NULL) = $command",
	'outer: chdir("/")',
	"outer: close_range(1, ~0U, 0)",
	"outer: <supervise>",
];
const dieWithSupervisor = (who: string, lock: string) => [
	`${who}: prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)`,
	`${who}: ${lock}`,
	`${who}: <lifeline>`,
];
const loopback = [
	"outer: socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = $netlink",
	"outer: sendto($netlink, {RTM_NEWLINK, NLM_F_REQUEST|NLM_F_ACK, {ifi_index=1, ifi_flags=IFF_UP, ifi_change=IFF_UP}}, 32, 0, NULL, 0)",
	"outer: recvfrom($netlink, &$netlink.answer, 128, 0, NULL, NULL)",
	"outer: close($netlink)",
];
const closeInjection = "command: seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=18, filter=ioctl(TIOCSTI|TIOCLINUX): EPERM})";
const end = ["command: close_range(3, ~0U, 0)", asBefore, "command: <exec>"];

describe("`plan`", () => {
	test("does nothing but execute the command when it is given nothing", () => {
		const made = plan([], forRoot);
		expect(script(made)).toEqual([...start, closeRest, ...end]);
		expect(made).toMatchObject({ creates: [], joins: [], cloneFlags: "", forks: false, init: false, helper: false });
	});

	test("makes one namespace for root without a user namespace or another process", () => {
		expect(script(plan([uts({ hostname: "box", domainname: "é" })], forRoot))).toEqual([
			...start,
			closeRest,
			"outer: unshare(CLONE_NEWUTS)",
			'outer: sethostname("box", 3)',
			'outer: setdomainname("é", 2)',
			closeInjection,
			...end,
		]);
	});

	test("makes all eight for an ordinary user", () => {
		const all = [user(), mount(), pid(), net(), ipc(), uts(), cgroup(), time()];
		const made = plan(all, forUser);
		expect(script(made)).toEqual([
			...start,
			holdBack,
			closeRest,
			"outer: unshare(CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP|CLONE_NEWTIME)",
			...ownMaps(1000, 100),
			...loopback,
			...lifeLine,
			'outer: prctl(PR_SET_NAME, "ns-init", 0, 0, 0)',
			"outer: clone(SIGCHLD, NULL, NULL, NULL, NULL) = $init",
			'outer: prctl(PR_SET_NAME, "ns", 0, 0, 0)',
			...supervise,
			...dieWithSupervisor("init", "setsid()"),
			'init: chdir("/")',
			"init: close_range(0, ~0U, 0)",
			"init: <reap>",
			'command: mount(NULL, "/", NULL, MS_REC|MS_PRIVATE, NULL)',
			'command: mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)',
			closeInjection,
			"command: <foreground>",
			"command: close_range(3, ~0U, 0)",
			...letThrough,
			"command: <exec>",
		]);
		expect(made).toMatchObject({
			creates: ["user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time"],
			...{ joins: [], forks: true, init: true, helper: false, arch: "x64", launch: "image" },
		});
	});

	test("makes five for a container as root, with the command as PID 1", () => {
		const made = plan([mount(), uts(), ipc(), pid({ init: false }), cgroup()], forRoot);
		expect(script(made)).toEqual([
			...start,
			holdBack,
			closeRest,
			"outer: unshare(CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP)",
			...lifeLine,
			...supervise,
			...dieWithSupervisor("command", "wait4(-1, NULL, WNOHANG|__WALL, NULL)"),
			'command: mount(NULL, "/", NULL, MS_REC|MS_PRIVATE, NULL)',
			'command: mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)',
			closeInjection,
			"command: <foreground>",
			"command: close_range(3, ~0U, 0)",
			...letThrough,
			"command: <exec>",
		]);
		expect(made).toMatchObject({ forks: true, init: false });
	});

	test("enters existing namespaces from a process that nobody can look into", () => {
		const made = plan([net({ join: 77 }), uts({ join: "/run/u" }), ipc({ join: { fd: 5 } })], forRoot);
		expect(script(made)).toEqual([
			...start,
			"outer: close_range(3, 4, 0)",
			"outer: close_range(6, ~0U, 0)",
			'outer: openat(AT_FDCWD, "/proc/77/ns/net", O_RDONLY|O_CLOEXEC) = $join.net',
			'outer: openat(AT_FDCWD, "/run/u", O_RDONLY|O_CLOEXEC) = $join.uts',
			"outer: prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
			"outer: setns($join.net, CLONE_NEWNET)",
			"outer: setns(5, CLONE_NEWIPC)",
			"outer: setns($join.uts, CLONE_NEWUTS)",
			closeInjection,
			...end,
		]);
		expect(made).toMatchObject({ creates: [], joins: ["net", "ipc", "uts"], forks: false });
	});

	test("makes namespaces as flags of clone(2), and only time with unshare(2)", () => {
		const state = { mask: [1, 0, 0, 0, 0, 0, 0, 0] };
		const made = plan([user(), uts({ hostname: "box" }), time({ boottime: 1 }), signals(state)], {
			...{ ...forUser, launch: "clone" },
		});
		expect(made.cloneFlags).toBe("CLONE_NEWUSER|CLONE_NEWUTS");
		expect(script(made)).toEqual([
			"outer: unshare(CLONE_NEWTIME)",
			...ownMaps(1000, 100),
			...fileWritten("timens_offsets", "boottime 1 0\\n", 13),
			'outer: sethostname("box", 3)',
			closeInjection,
			"command: close_range(3, ~0U, 0)",
			"command: <resetSignals>",
			"command: rt_sigprocmask(SIG_SETMASK, the caller's mask, NULL, 8)",
			"command: <exec>",
		]);
	});

	test("restores the caller's limit of open files, and keeps the channel until the command is executed", () => {
		const host = { ...rootHost, openFiles: { soft: 1024, hard: 4096 } };
		expect(script(plan([], { ...forRoot, host, channel: 7 })).slice(3)).toEqual([
			"outer: fcntl(7, F_SETFD, FD_CLOEXEC)",
			"outer: close_range(3, 6, 0)",
			"outer: close_range(8, ~0U, 0)",
			"command: prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=4096}, NULL)",
			"command: close_range(3, 6, 0)",
			"command: close_range(8, ~0U, 0)",
			asBefore,
			"command: <exec>",
		]);
	});

	test("forks for a new time namespace where execve(2) does not enter it", () => {
		const forks = (kernel: number) => plan([time()], { ...forRoot, host: { ...rootHost, kernel } }).forks;
		expect([forks(602), forks(603)]).toEqual([true, false]);
	});
});

describe("a user namespace", () => {
	test("is added for an ordinary user who makes another one", () => {
		expect(plan([uts()], forUser).creates).toEqual(["user", "uts"]);
		expect(plan([uts()], forUser)).toEqual(plan([user(), uts()], forUser));
	});

	test("is not added for root, nor when nothing is made", () => {
		expect(plan([uts()], forRoot).creates).toEqual(["uts"]);
		expect(plan([], forUser).creates).toEqual([]);
		expect(plan([uts({ join: 7 })], forUser).creates).toEqual([]);
	});

	test("is not added to one that is joined", () => {
		const made = plan([user({ join: 7 }), uts()], forUser);
		expect([made.creates, made.joins]).toEqual([["uts"], ["user"]]);
	});

	test("is added with the options that were given for it", () => {
		const given = plan([user({ create: false, map: "self" }), uts()], forUser);
		expect(given).toEqual(plan([user({ map: "self" }), uts()], forUser));
		expect(script(given)).toContain('outer: write($file, "1000 1000 1\\n", 12)');
		expect(plan([user({ create: false }), uts()], forRoot).creates).toEqual(["uts"]);
	});

	test("is what an ordinary user's host decides, not the user id", () => {
		expect(plan([uts()], { ...forRoot, host: { ...rootHost, privileged: false } }).creates).toEqual(["user", "uts"]);
		expect(plan([uts()], { ...forUser, host: { ...userHost, privileged: true } }).creates).toEqual(["uts"]);
	});
});
