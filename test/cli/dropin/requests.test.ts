import { describe, expect, test } from "bun:test";
import { ToolEnd } from "../../../cli/dropin/end.ts";
import type { ToolFacts } from "../../../cli/dropin/facts.ts";
import { readLsns } from "../../../cli/dropin/lsns-request.ts";
import { nsenterPlan } from "../../../cli/dropin/nsenter-plan.ts";
import { readNsenter } from "../../../cli/dropin/nsenter-request.ts";
import { unshareOptions } from "../../../cli/dropin/unshare-options.ts";
import { unsharePlan } from "../../../cli/dropin/unshare-plan.ts";
import { readUnshare } from "../../../cli/dropin/unshare-request.ts";
import type { Plan } from "../../../src/plan/types.ts";
import { compile } from "../../../src/stub/compile.ts";

const files: Readonly<Record<string, string>> = {
	"/etc/passwd": "root:x:0:0::/:/bin/sh\nben:x:1000:1000::/:/bin/sh\n",
	"/etc/group": "root:x:0:\nusers:x:100:\n",
	"/etc/subuid": "ben:100000:65536\n",
	"/etc/subgid": "ben:200000:65536\n",
	"/proc/self/uid_map": "0 0 4294967295\n",
	"/proc/self/gid_map": "0 0 4294967295\n",
	"/proc/7/environ": "PATH=/seven\0SHELL=/bin/seven\0",
};
const facts = (uid: number): ToolFacts => ({
	host: {
		platform: "linux",
		arch: "x64",
		kernel: 618,
		kernelRelease: "6.18.0",
		pid: 42,
		uid,
		gid: uid,
		privileged: uid === 0,
	},
	env: ["PATH=/bin", "SHELL=/bin/bash"],
	cwd: "/home",
	read: (path) => (files[path] === undefined ? { error: "No such file or directory" } : { text: files[path] ?? "" }),
	link: (path) => ({ text: path.includes("/7/") ? `other${path.slice(-4)}` : `own${path.slice(-4)}` }),
});
const words = (text: string): string[] => (text === "" ? [] : text.split(" "));
const unshareCalled = { name: "unshare", argv0: "/bin/unshare" };
const nsenterCalled = { name: "nsenter", argv0: "nsenter" };
const unshare = (text: string, uid = 0, find = (name: string): string | undefined => `/bin/${name}`): Plan => {
	const known = facts(uid);
	return unsharePlan(readUnshare(words(text), unshareCalled, known), unshareCalled, known, find);
};
const nsenter = (text: string): Plan => nsenterPlan(readNsenter(words(text), nsenterCalled), nsenterCalled, facts(0));

/** What a plan does, by what would be said of a failure. */
const does = ({ steps }: Plan): string[] => steps.map(({ who, fails }) => `${who}: ${fails}`);
const calls = ({ steps }: Plan): string[] => steps.flatMap((step) => step.calls.map(({ name }) => name));
const ending = (make: () => unknown): Pick<ToolEnd, "text" | "exitCode" | "to"> | undefined => {
	try {
		make();
	} catch (error) {
		if (error instanceof ToolEnd) return { text: error.text, exitCode: error.exitCode, to: error.to };
		throw error;
	}
	return undefined;
};

describe("unshare", () => {
	test("makes nothing where nothing is asked for, and starts the shell", () => {
		const plan = unshare("");
		expect(calls(plan)).toEqual(["rt_sigaction", "rt_sigaction", "rt_sigaction", "prctl", "unshare"]);
		expect(plan.steps.at(-2)?.calls[0]?.args).toEqual([0]);
		expect(plan.command).toMatchObject({ argv: ["/bin/bash"], argv0: "-bash" });
	});

	test("does its steps in the tool's order", () => {
		expect(does(unshare("-Urpmf --mount-proc --net=/n --kill-child sh")).slice(4)).toEqual([
			"relay: failed to read eventfd",
			"relay: mount /proc/42/ns/net on /n failed",
			"relay: exit failed",
			"outer: unshare failed",
			"outer: sigprocmask block failed",
			"outer: pidfd_open failed",
			"outer: fork failed",
			"outer: write failed",
			"outer: waitpid failed",
			"outer: waitpid failed",
			"command: sigprocmask restore failed",
			"command: prctl failed",
			"command: cannot open /proc/self/uid_map",
			"command: write failed /proc/self/uid_map",
			"command: cannot open /proc/self/setgroups",
			"command: write failed /proc/self/setgroups",
			"command: cannot open /proc/self/gid_map",
			"command: write failed /proc/self/gid_map",
			"command: cannot change root filesystem propagation",
			"command: mount /proc failed",
			"command: failed to execute sh",
		]);
	});

	test("maps ranges as root itself, and as anybody else by newuidmap and newgidmap", () => {
		expect(does(unshare("--map-users 0:1:2 sh"))).toContain("helper: failed to write /proc/42/uid_map");
		const plan = unshare("--map-auto sh", 1000);
		expect(does(plan)).toContain("init: failed to execute newuidmap");
		const execve = plan.steps.flatMap((step) => step.calls).filter(({ name }) => name === "execve");
		expect(execve.map(({ args }) => args[1])).toEqual([
			{ strings: ["newuidmap", "42", "0", "100000", "65536"] },
			{ strings: ["newgidmap", "42", "0", "200000", "65536"] },
		]);
		expect(ending(() => unshare("--map-auto sh", 1000, () => undefined))).toMatchObject({ exitCode: 127 });
		expect(ending(() => unshare("--map-auto sh", 7))?.text).toBe("unshare: you (user 7) don't exist.\n");
	});

	test.each([
		["-z", "/bin/unshare: invalid option -- 'z'\nTry 'unshare --help' for more information.\n"],
		["--map-user nobodyknows sh", "unshare: failed to parse uid 'nobodyknows'\n"],
		["--map-group 4294967295 sh", "unshare: failed to parse gid '4294967295'\n"],
		["-S 1x sh", "unshare: failed to parse uid: '1x'\n"],
		["-S -1 sh", "unshare: failed to parse uid: '-1': Numerical result out of range\n"],
		[
			"-T --boottime 9223372036854775808",
			"unshare: failed to parse boottime offset: '9223372036854775808': Numerical result out of range\n",
		],
		["--monotonic 1", "unshare: options --monotonic and --boottime require unsharing of a time namespace (-T)\n"],
		["--kill-child=9", "unshare: unknown signal: 9\n"],
		["--propagation x", "unshare: unsupported propagation mode: x\n"],
		["-r --setgroups=allow sh", "unshare: options --setgroups=allow and --map-group are mutually exclusive\n"],
	])("%s is an error in the tool's words", (text, said) => {
		expect(ending(() => unshare(text))).toEqual({ text: said, exitCode: 1, to: 2 });
	});

	test("answers for help and version, at the first of them", () => {
		expect(ending(() => unshare("-f --version --nosuch"))).toEqual({
			text: "unshare from util-linux 2.42\n",
			exitCode: 0,
			to: 1,
		});
		const help = ending(() => unshare("-h"))?.text ?? "";
		for (const { name } of unshareOptions.long) expect(help).toContain(`--${name}`);
	});

	test("every plan becomes a program", () => {
		for (const text of [
			"-Urmuinpf --net=/n --keep-caps",
			"--map-auto --owner 1:2",
			"-f --forward-signals -l :x:F -R /r",
		]) {
			const program = compile(unshare(text), {
				base: 0x10000,
				report: { to: "tool", name: "unshare", errors: ["", "no"] },
			});
			expect(program.bytes.length).toBeGreaterThan(1000);
		}
	});
});

describe("nsenter", () => {
	test("enters twice: with the caller's rights, then with those of the user namespace", () => {
		const plan = nsenter("-t 7 -U -n -m/m sh");
		const entered = plan.steps.flatMap((step) => step.calls).filter(({ name }) => name === "setns");
		expect(
			entered.map(({ args, mayFail, onlyIf, onlyIfFailed }) => [args[1], mayFail ?? onlyIf ?? onlyIfFailed]),
		).toEqual([
			[{ flags: "CLONE_NEWNET" }, true],
			[{ flags: "CLONE_NEWNS" }, true],
			[{ flags: "CLONE_NEWUSER|CLONE_NEWNET" }, "entered"],
			[{ flags: "CLONE_NEWUSER" }, "entered"],
			[{ flags: "CLONE_NEWNS" }, "entered.mount"],
		]);
	});

	test("takes all of a target, its environment, and forks into a PID namespace unless told not to", () => {
		expect(nsenter("-a -t 7 sh").forks).toBe(true);
		expect(nsenter("-a -t 7 -F sh").forks).toBe(false);
		expect(nsenter("-t 7 -n -e")).toMatchObject({
			command: { argv: ["/bin/seven"], env: ["PATH=/seven", "SHELL=/bin/seven"] },
		});
	});

	test.each([
		["", "nsenter: no namespace specified\n"],
		["-n", "nsenter: no target PID specified\n"],
		["-t 0", "nsenter: invalid PID argument\n"],
		["-t 5:0", "nsenter: invalid PID argument\n"],
		["-r", "nsenter: neither filename nor target pid supplied for root\n"],
		["-w -W/", "nsenter: mutually exclusive arguments: --wdns --wd\n"],
		["-t 7 -n -c", "nsenter: --join-cgroup is only supported in cgroup v2\n"],
		["-N x", "nsenter: failed to parse file descriptor: 'x'\n"],
		["-n:5", "nsenter: namespaces cannot be entered by their id (5) here: name a file or a process\n"],
	])("%s is an error", (text, said) => {
		expect(ending(() => nsenter(text))).toEqual({ text: said, exitCode: 1, to: 2 });
	});
});

describe("lsns", () => {
	const lsns = (text: string) => readLsns(words(text), { name: "lsns", argv0: "lsns" });

	test("has the tool's usual columns and tree", () => {
		expect(lsns("")).toMatchObject({ tree: "process", columns: ["NS", "TYPE", "NPROCS", "PID", "USER", "COMMAND"] });
		expect(lsns("-t net").columns).toContain("NETNSID");
		expect(lsns("-l")).toMatchObject({ tree: "none" });
		expect(lsns("5")).toMatchObject({ namespace: 5, columns: ["PID", "PPID", "USER", "COMMAND"] });
		expect(lsns("-o +path").columns.at(-1)).toBe("PATH");
		expect(lsns("-T")).toMatchObject({ tree: "owner" });
	});

	test.each([
		["-J -r", "lsns: mutually exclusive arguments: --json --raw\n"],
		["-p 0", "lsns: invalid PID argument: '0': Numerical result out of range\n"],
		["-p 1 5", "lsns: --task is mutually exclusive with <namespace>\n"],
		["-o nosuch", "lsns: unknown column: nosuch\n"],
		["-t user,uts", "lsns: unknown namespace type: user,uts\n"],
		["-Q x", `lsns: failed to parse "x": there is no column "x"\n`],
	])("%s is an error", (text, said) => {
		expect(ending(() => lsns(text))).toEqual({ text: said, exitCode: 1, to: 2 });
	});
});
