import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mount } from "../../src/namespaces/mount.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { plan } from "../../src/plan/plan.ts";
import { call, flags, ref } from "../../src/plan/step.ts";
import { callPath, callText, jsonText, planText, printable, quoted } from "../../src/plan/text.ts";
import { command, forRoot } from "./fixtures.ts";

describe("`callText`", () => {
	test("prints each kind of argument as strace does", () => {
		const args = [
			...[0, -1, 0xffffffff, null, "", 'a"b'],
			...[flags("O_PATH|O_CLOEXEC"), ref("root"), { out: "status", size: 4 }, { strings: ["a", "b c"] }],
			...[{ pair: ["r", "w"] as const }, { bytes: [1, 2], shows: "{RTM_NEWLINK}" }],
			...[{ text: ["nskit-", ref("self") as { ref: string }, "/x"] }, { strings: [{ text: ["a"] }] }],
			{ struct: { flags: flags("O_PATH") as { flags: string }, mode: 0, resolve: 5 } },
		];
		expect(callText(call("openat", args))).toBe(
			'openat(0, -1, ~0U, NULL, "", "a\\"b", O_PATH|O_CLOEXEC, $root, &$status, ["a", "b c"], [$r, $w], {RTM_NEWLINK}, "nskit-$self/x", ["a"], {flags=O_PATH, resolve=5})',
		);
	});

	test("names the result", () => {
		expect(callText(call("getpid", [], { result: "self" }))).toBe("getpid() = $self");
	});
});

describe("`quoted`", () => {
	test("escapes every control character, and changes nothing else but quotes and backslashes", () => {
		expect(quoted('a\tb\n\u001b[31m\u007f\u009b\u2028"\\é')).toBe('"a\\tb\\n\\u001b[31m\\u007f\\u009b\\u2028\\"\\\\é"');
	});

	test("gives for any text what JSON reads back, without a control character", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				const made = quoted(text);
				expect(JSON.parse(made)).toBe(text);
				expect(made).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
			}),
		);
	});
});

describe("`jsonText`", () => {
	test("reads as what it was, and has nothing in it that plays with a terminal", () => {
		const value = { "a\u202e\u009b": ['\u001b[2J\u007f\u0085\u2029\u200f\u061c\udcff é 😀 \\ "', 1], none: null };
		const text = jsonText(value);
		expect(JSON.parse(text)).toEqual(value);
		expect(text.replaceAll(/[\n\t]/g, "")).toBe(printable(text.replaceAll(/[\n\t]/g, "")));
		expect(jsonText({ a: [1] })).toBe('{\n\t"a": [\n\t\t1\n\t]\n}\n');
	});
});

describe("`printable`", () => {
	test("escapes what could play with a terminal, and nothing else", () => {
		expect(printable('a\tb\u001b[2J\u0085\u2029\udcff é 😀 \\ "')).toBe(
			'a\\u0009b\\u001b[2J\\u0085\\u2029\\udcff é 😀 \\ "',
		);
		expect(printable("\u202egnp.exe\u2066")).toBe("\\u202egnp.exe\\u2066");
	});

	test("lets no control character, line end, lone surrogate or change of direction through, for any text", () => {
		const odd = fc.constantFrom("\u0000", "\u007f", "\u009f", "\u2028", "\u202a", "\u2069", "\ud800", "\udcff");
		fc.assert(
			fc.property(fc.array(fc.oneof(odd, fc.string({ unit: "binary" }))), (parts) => {
				const made = printable(parts.join("x"));
				expect(made).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
				expect(made.isWellFormed()).toBe(true);
			}),
		);
	});
});

describe("`callPath`", () => {
	test("is the first text that is not empty", () => {
		expect(callPath(call("openat", [flags("AT_FDCWD"), "/srv", 0]))).toBe("/srv");
		expect(callPath(call("open_tree", [ref("place"), "", 0]))).toBeUndefined();
		expect(callPath(call("move_mount", [ref("a"), "", ref("b"), "", 0]))).toBeUndefined();
	});

	test("is none for calls whose text is no path", () => {
		for (const name of ["write", "sethostname", "setdomainname", "prctl"] as const) {
			expect(callPath(call(name, ["text", 4]))).toBeUndefined();
		}
	});
});

describe("the path of a new mount", () => {
	test("is where it is mounted, never a file system's type or a parameter's name", () => {
		const path = (name: string, words: string) => {
			const { steps } = plan([mount({ root: "/srv" }), pid()], forRoot);
			const plain = plan([mount(), pid()], forRoot).steps;
			const calls = [...steps, ...plain].flatMap((step) => step.calls);
			const found = calls.find((one) => one.name === name && callText(one).includes(words));
			return found ? callPath(found) : "no such call";
		};
		expect(path("mount", '"proc"')).toBe("/proc");
		expect(path("fsopen", '"proc"')).toBeUndefined();
		expect(path("fsconfig", "SET_STRING")).toBeUndefined();
	});
});

describe("`planText`", () => {
	test("shows each step with its reason, its calls and its manual page", () => {
		expect(planText(plan([uts({ hostname: "box" })], forRoot))).toBe(`\
 1  stop ignoring SIGPIPE and SIGXFSZ
      # Bun ignores them, and execve(2) keeps what is ignored
      rt_sigaction(SIGPIPE, {sa_handler=SIG_DFL}, NULL, 8)
      rt_sigaction(SIGXFSZ, {sa_handler=SIG_DFL}, NULL, 8)
      rt_sigaction(2)
 2  stop ignoring SIGCHLD, if the caller did
      # the kernel tells nothing of the end of a child to who ignores it
      rt_sigaction(SIGCHLD, {sa_handler=SIG_DFL}, &$signals.child, 8)
      wait(2)
 3  close what is not needed
      # what this process and the init hold could be taken from them, through /proc
      close_range(3, ~0U, 0)
      close_range(2)
 4  make a new uts namespace
      # owned by the caller's user namespace, in which the caller is privileged
      unshare(CLONE_NEWUTS)
      unshare(2)
 5  set the host name
      # a new UTS namespace starts with a copy of the caller's names
      sethostname("box", 3)
      sethostname(2)
 6  [command] forbid typing into the terminal
      # what a command puts into a shared terminal's input the caller's shell would execute
      seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=18, filter=ioctl(TIOCSTI|TIOCLINUX): EPERM})
      seccomp(2)
 7  [command] close all other descriptors
      # an open directory or socket of the caller's would be a way out
      close_range(3, ~0U, 0)
      close_range(2)
 8  [command] treat SIGCHLD as the caller did
      # the command may count on it
      rt_sigaction(SIGCHLD, &$signals.child, NULL, 8)
      rt_sigaction(2)
 9  [command] run prog
      # each candidate from PATH until one can be executed
      execve($candidate, ["prog", "arg"], /* 2 variables */)
      execve(2)
`);
	});

	test("begins with clone(2) when that makes the namespaces", () => {
		const made = plan([uts(), mount()], { ...forRoot, launch: "clone" });
		expect(planText(made).split("\n")[0]).toBe("    clone(CLONE_NEWNS|CLONE_NEWUTS|CLONE_VM|CLONE_VFORK|SIGCHLD)");
	});

	test("has a line for each routine", () => {
		const text = planText(plan([pid()], forRoot));
		for (const word of [
			"TIOCGPGRP",
			"ppoll([{fd=$life",
			"kill($command, $signal)",
			"wait4(-1, WNOHANG)",
			"TIOCSPGRP",
			"execve($candidate",
		]) {
			expect(text).toContain(word);
		}
		const cloned = planText(plan([uts()], { ...forRoot, launch: "clone" }));
		expect(cloned).toContain("rt_sigaction($each, {sa_handler=SIG_DFL}");
		expect(text + cloned).not.toContain("undefined");
	});

	test("lets no control character of any name through", () => {
		const odd = "\u001b]0;x\u0007\r\u009b2J\n";
		const fragments = [
			mount({ root: `/r${odd}`, mounts: [{ type: "bind", source: `/s${odd}`, target: `/t${odd}` }] }),
			uts({ hostname: `h${odd}` }),
		];
		const given = { argv: [`prog${odd}`, odd], env: [`A=${odd}`], cwd: `/c${odd}` };
		const made = plan(fragments, { ...forRoot, command: { ...command, ...given } });
		const lines = planText(made).split("\n");
		expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
		const perStep = made.steps.map(({ calls, routine }) => 3 + calls.length + (routine ? 1 : 0));
		expect(lines.length).toBe(perStep.reduce((sum, count) => sum + count, 1));
	});
});
