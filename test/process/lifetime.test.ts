import { describe, expect, test } from "bun:test";
import { pid } from "../../src/namespaces/pid.ts";
import { plan } from "../../src/plan/plan.ts";
import { planText } from "../../src/plan/text.ts";
import type { Fragment } from "../../src/plan/types.ts";
import { type LifetimeOptions, lifetime } from "../../src/process/lifetime.ts";
import { forRoot, rootHost, script, stepsIn, texts } from "../plan/fixtures.ts";

const spawned = { ...forRoot, channel: 3 };
const scriptOf = (options: LifetimeOptions, input = forRoot, more: readonly Fragment[] = []) =>
	script(plan([...more, lifetime(options)], input));
/** The steps that a lifetime adds, by phase and what they do. */
const added = (options: LifetimeOptions, input = forRoot) =>
	plan([lifetime(options)], input).steps.flatMap(({ module, phase, does }) =>
		module === "lifetime" ? `${phase}: ${does}` : [],
	);

describe("`lifetime` that asks for nothing", () => {
	test("changes no plan", () => {
		for (const options of [{}, { dieWithParent: false, waitAll: undefined, daemon: false }]) {
			expect(plan([lifetime(options)], forRoot)).toEqual(plan([], forRoot));
			expect(plan([pid(), lifetime(options)], forRoot)).toEqual(plan([pid()], forRoot));
		}
	});
});

describe("any option of `lifetime`", () => {
	const each: LifetimeOptions[] = [
		...[{ timeout: 1 }, { dieWithParent: true }, { infoFd: 5 }, { statusFd: 5 }, { blockFd: 5 }],
		...[{ lockFiles: ["/lock"] }, { daemon: true }],
	];

	test("keeps a supervisor beside the command, whatever namespaces are made", () => {
		for (const options of each) expect([options, plan([lifetime(options)], forRoot).forks]).toEqual([options, true]);
		expect(plan([pid(), lifetime({ waitAll: true })], forRoot).forks).toBe(true);
	});

	test("is told in the plan, which is plain data", () => {
		for (const options of each) {
			const made = plan([lifetime(options)], forRoot);
			expect(JSON.parse(JSON.stringify(made)).supervision.kept).toEqual(made.supervision?.kept);
			expect(planText(made)).not.toContain("undefined");
		}
	});
});

describe("time", () => {
	test("is a timer from before the command's process, set when that is there", () => {
		expect(added({ timeout: "1m30s" })).toEqual([
			"open: keep standard error",
			"fork: make a timer",
			"supervise: set the timer to 90 s",
		]);
		expect(plan([lifetime({ timeout: 1.25, killSignal: 1, killAfter: 2n })], forRoot).supervision?.timeout).toEqual({
			after: { seconds: 1, nanoseconds: 250_000_000, text: "1.25 s" },
			signal: { number: 1, name: "SIGHUP" },
			grace: { seconds: 0, nanoseconds: 2, text: "0.000000002 s" },
		});
	});

	test("says nothing where the library reports", () => {
		expect(added({ timeout: 1 }, spawned)).toEqual(["fork: make a timer", "supervise: set the timer to 1 s"]);
	});
});

describe("descriptors", () => {
	test("are closed in the supervisor, but for those it needs to the end", () => {
		const closes = (options: LifetimeOptions) =>
			texts(stepsIn("supervise", [lifetime(options)]).flatMap(({ calls }) => calls)).filter((one) =>
				one.startsWith("close_range"),
			);
		expect(closes({ infoFd: 5, blockFd: 6 })).toEqual(["close_range(1, ~0U, 0)"]);
		expect(closes({ statusFd: 5 })).toEqual(["close_range(1, 31, 0)", "close_range(33, ~0U, 0)"]);
		expect(closes({ statusFd: 32, lockFiles: ["/a", "/b"] })).toEqual([
			"close_range(1, 32, 0)",
			"close_range(36, ~0U, 0)",
		]);
		expect(closes({ daemon: true })).toEqual(["close_range(1, ~0U, 0)"]);
	});

	test("are all closed in the command, but for the one that tells of its execution", () => {
		const last = (options: LifetimeOptions) => texts(stepsIn("descriptors", [lifetime(options)]).at(-1)?.calls ?? []);
		expect(last({ infoFd: 5, statusFd: 6, blockFd: 7, lockFiles: ["/a"], dieWithParent: true })).toEqual([
			"close_range(3, ~0U, 0)",
		]);
		expect(last({ daemon: true })).toEqual(["close_range(3, 31, 0)", "close_range(33, ~0U, 0)"]);
	});

	test("of the library's process are opened again by their names", () => {
		expect(scriptOf({ infoFd: 5, blockFd: 6 }, spawned)).toContain(
			'outer: openat(AT_FDCWD, "/proc/4242/fd/5", O_WRONLY|O_APPEND|O_NONBLOCK|O_CLOEXEC) = $info',
		);
		expect(scriptOf({ statusFd: 5 }).join("\n")).not.toContain("/proc/4242");
		expect(scriptOf({ statusFd: 5 })).toContain("outer: dup3(5, 32, O_CLOEXEC)");
	});
});

describe("the parent", () => {
	const host = { ...rootHost, parent: 7 };

	test("is who started this process, or this process where the library starts another", () => {
		expect(scriptOf({ dieWithParent: true }, { ...forRoot, host })).toContain("outer: pidfd_open(7, 0) = $parent");
		expect(scriptOf({ dieWithParent: true }, { ...spawned, host })).toContain("outer: pidfd_open(4242, 0) = $parent");
	});

	test("that cannot be seen is left to its death signal", () => {
		const lines = scriptOf({ dieWithParent: true }, { ...forRoot, host: { ...host, parent: 0 } });
		expect(lines.filter((line) => line.startsWith("outer: ") && /PDEATHSIG|<parent>|pidfd_open\(/.test(line))).toEqual([
			"outer: prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)",
			"outer: <parent>",
			"outer: pidfd_open($supervisor, 0) = $life",
		]);
	});

	test("is asked for after the last change of ids, which would clear it", () => {
		const lines = script(
			plan([pid(), lifetime({ dieWithParent: true })], {
				...forRoot,
				host: { ...host, uid: 1000, gid: 100, privileged: false },
			}),
		);
		const at = (text: string) => lines.findIndex((line) => line.includes(text));
		expect(at("unshare(CLONE_NEWUSER")).toBeLessThan(at("PR_SET_PDEATHSIG, SIGCONT"));
		expect(at("PR_SET_PDEATHSIG, SIGCONT")).toBeLessThan(at("clone(SIGCHLD"));
	});
});

describe("the background", () => {
	test("comes before anything else is made, and the pid file by its directory", () => {
		const lines = scriptOf({ daemon: true, pidFile: "/run/x.pid" }, forRoot, [pid()]);
		const from = lines.findIndex((line) => line.includes("pipe2"));
		expect(lines.slice(from, from + 16)).toEqual([
			"outer: pipe2([$ready.read, $ready.write], O_CLOEXEC)",
			"outer: dup3($ready.write, 33, O_CLOEXEC)",
			"outer: close($ready.write)",
			'outer: openat(AT_FDCWD, "/run", O_PATH|O_DIRECTORY|O_CLOEXEC) = $pid.folder',
			"outer: dup3($pid.folder, 32, O_CLOEXEC)",
			"outer: close($pid.folder)",
			'outer: unlinkat(32, "x.pid", 0) = $pid.before',
			'outer: openat(32, "x.pid", O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, S_IRUSR|S_IWUSR|S_IRGRP|S_IROTH) = $pid.file',
			"outer: <background>",
			"outer: setsid()",
			"outer: close(0)",
			'outer: openat(AT_FDCWD, "/dev/null", O_RDONLY)',
			"outer: getpid() = $pid.self",
			"outer: <pidFile>",
			"outer: unshare(CLONE_NEWPID)",
			"outer: getpid() = $supervisor",
		]);
	});

	test("takes a pid file in the working directory, and in the root", () => {
		const folder = (pidFile: string) => plan([lifetime({ daemon: true, pidFile })], forRoot).supervision?.pidFile;
		expect(["x", "a/x", "/x"].map(folder)).toEqual([
			{ folder: ".", name: "x" },
			{ folder: "a", name: "x" },
			{ folder: "/", name: "x" },
		]);
	});
});

describe("locks", () => {
	test("are taken in the caller's file system, before anything is joined or made", () => {
		expect(added({ lockFiles: ["/a", "/b"] })).toEqual(["open: lock /a, shared", "open: lock /b, shared"]);
		expect(scriptOf({ lockFiles: ["/a"] })).toContain("outer: fcntl($lock, F_OFD_SETLK, {l_type=F_RDLCK})");
	});
});
