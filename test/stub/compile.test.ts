import { describe, expect, test } from "bun:test";
import { image } from "../../src/launch/image.ts";
import { syscallNumber } from "../../src/linux/syscalls.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { net } from "../../src/namespaces/net.ts";
import { pid } from "../../src/namespaces/pid.ts";
import { user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { plan } from "../../src/plan/plan.ts";
import { call, flags, ref, step } from "../../src/plan/step.ts";
import type { Call, Plan, Step } from "../../src/plan/types.ts";
import { slots } from "../../src/stub/assembler.ts";
import { compile, numberedCalls } from "../../src/stub/compile.ts";
import { decode } from "../../src/stub/disassemble.ts";
import { imageBase } from "../../src/stub/elf.ts";
import { readHeader } from "../../src/stub/header.ts";
import { needs } from "../needs.ts";
import { forRoot, rootHost } from "../plan/fixtures.ts";
import { execute, machines } from "./machines.ts";

const bind = { type: "bind", source: "/usr", target: "/usr", readOnly: true } as const;
const everything = [
	user({ uids: [{ inside: 0, outside: 1001, size: 1 }] }),
	mount({ root: "/srv", mounts: [bind] }),
	...[pid(), net(), uts({ hostname: "box" })],
];

describe("`numberedCalls`", () => {
	test("counts the calls and routines of a plan from 1 on, in order", () => {
		const made = plan(everything, forRoot);
		const calls = numberedCalls(made);
		expect(calls.map(({ id }) => id)).toEqual(calls.map((_, i) => i + 1));
		expect(calls.flatMap(({ call }) => call ?? [])).toEqual(made.steps.flatMap(({ calls }) => calls));
		const routines = made.steps.flatMap(({ routine }) => routine ?? []);
		expect(calls.filter(({ call }) => !call).map(({ step }) => step.routine)).toEqual(routines);
	});
});

describe("`compile`", () => {
	for (const arch of ["x64", "arm64"] as const) {
		test(`makes one instruction of each call for ${arch}, which goes on at a label unless it may fail`, () => {
			const made = plan(everything, { ...forRoot, host: { ...rootHost, arch } });
			const { bytes, scratchAt } = compile(made, { base: imageBase, report: { to: "stderr" } });
			const program = decode(bytes);
			for (const { id, call } of numberedCalls(made)) {
				if (!call) continue;
				const found = program.filter((one) => one.op === "syscall" && one.id === id);
				expect(found.map(({ nr }) => nr)).toEqual([syscallNumber(call.name, arch)]);
				expect(found.map(({ target }) => target > 0)).toEqual([!call.mayFail]);
			}
			expect(readHeader(bytes)).toMatchObject({ base: imageBase, scratchAt });
			const wild = program.filter(({ target }) => target > program.length);
			expect(wild).toEqual([]);
		});
	}

	for (const arch of ["x64", "arm64"] as const) {
		test(`makes a call for each number of a range, and ends at the first that fails, for ${arch}`, () => {
			const many = (first: number, last: number): Step =>
				step({
					...{ phase: "limits", module: "test", does: "count", why: "", man: "" },
					calls: [call("prctl", [flags("PR_CAPBSET_READ"), { each: [first, last], shows: "many" }, 0, 0, 0])],
				});
			const made = plan([{ module: "test", steps: () => [many(3, 5), many(9, 9)] }], {
				...forRoot,
				host: { ...rootHost, arch },
			});
			const program = decode(compile(made, { base: imageBase, report: { to: "stderr" } }).bytes);
			const nr = syscallNumber("prctl", arch);
			const at = program.flatMap(({ op, nr: number }, i) => (op === "syscall" && number === nr ? [i] : []));
			expect(at).toHaveLength(2);
			for (const [i, first, last] of [
				[at[0] ?? 0, 3, 5],
				[at[1] ?? 0, 9, 9],
			] as const) {
				const [before, one, more, jump] = program.slice(i - 1, i + 3);
				expect([before?.op, before?.args[0]]).toEqual(["or", first]);
				expect(one?.target).toBeGreaterThan(i);
				expect([more?.op, jump?.op, jump?.args[1], jump?.target]).toEqual(["add", "jb", last + 1, i + 1]);
			}
		});
	}

	test("keeps the order of the plan within each process", () => {
		const made = plan(everything, forRoot);
		const program = decode(compile(made, { base: imageBase, report: { to: "memory" } }).bytes);
		const place = (id: number) => program.findIndex((one) => one.op === "syscall" && one.id === id);
		for (const who of ["outer", "helper", "init", "command"] as const) {
			const ids = numberedCalls(made).flatMap(({ id, step, call }) => (call && step.who === who ? [id] : []));
			expect(ids.length).toBeGreaterThan(0);
			expect(ids.map(place)).toEqual(ids.map(place).toSorted((a, b) => a - b));
		}
	});

	test("gives the same bytes for the same plan", () => {
		const bytes = () => compile(plan(everything, forRoot), { base: imageBase, report: { to: "stderr" } }).bytes;
		expect(bytes()).toEqual(bytes());
	});

	test("leaves a mark in memory when a call has failed", () => {
		const { bytes } = compile(plan([], forRoot), { base: imageBase, report: { to: "memory" } });
		expect(decode(bytes).filter(({ dst }) => dst === slots.failed.index)).toEqual([
			expect.objectContaining({ op: "or", args: [1, 0, 0, 0, 0, 0] }),
		]);
	});
});

for (const { arch, executeNeeds, prefix } of machines) {
	/** Runs steps of these calls, then `echo done`. */
	const run = (...given: (Call | Step)[]) => {
		const steps = given.map((one) => ("who" in one ? one : made(one)));
		const end = plan([], { ...forRoot, host: { ...rootHost, arch } });
		const exec = end.steps.filter(({ phase }) => phase === "exec");
		const command = { argv: ["echo", "done"], env: ["PATH=/usr/bin:/bin"], cwd: "/" };
		const whole: Plan = { ...end, command, steps: [...steps, ...exec] };
		return execute(prefix, image(whole, { to: "stderr" }));
	};
	const it = needs(...executeNeeds);
	const fine = { exitCode: 0, signal: undefined, stdout: "done\n", stderr: "" };
	const failed = (stderr: string) => ({ exitCode: 125, signal: undefined, stdout: "", stderr });

	describe(`a compiled plan for ${arch}`, () => {
		it("does its calls and executes the command", () => {
			expect(run(call("getpid", []), call("close", [2]))).toEqual(fine);
		});

		it("stops at the first call that fails, and names it", () => {
			const { stderr, ...rest } = run(call("fchdir", [-1]), call("close", [-1]));
			expect({ ...rest, stderr }).toEqual(failed("ns: cannot do a thing: fchdir(-1): EBADF\n"));
		});

		it("goes on when a call that may fail does", () => {
			expect(run(call("close", [-1], { mayFail: true }))).toEqual(fine);
		});

		it("goes on after the errors that are named, and after no other, also where nobody asks for the result", () => {
			expect(run(call("close", [-1], { mayFail: ["EINTR", "EBADF"] }))).toEqual(fine);
			expect(run(call("getpid", [], { mayFail: ["EBADF"] }))).toEqual(fine);
			const stop = failed("ns: cannot do a thing: close(-1): EBADF\n");
			expect(run(call("close", [-1], { mayFail: ["EINTR"] }))).toEqual(stop);
			expect(run(call("close", [-1], { mayFail: ["EINTR"], result: "closed" }))).toEqual(stop);
		});

		it("does a call only if another has failed where that is asked for", () => {
			const first = (fd: number) => call("fcntl", [fd, flags("F_SETFD"), 0], { mayFail: true, result: "first" });
			const second = call("close", [-1], { onlyIfFailed: "first" });
			expect(run(first(0), second)).toEqual(fine);
			expect(run(first(-1), second)).toEqual(failed("ns: cannot do a thing: close(-1): EBADF\n"));
		});

		it("knows both ends of a pipe, and what is read from it", () => {
			const pipe = call("pipe2", [{ pair: ["end.read", "end.write"] }, flags("O_CLOEXEC")]);
			const read = call("read", [ref("end.read"), { out: "byte", size: 8 }, 1], { check: { endOfFile: true } });
			const close = call("close", [ref("end.write")]);
			expect(run(pipe, call("write", [ref("end.write"), "x", 1]), read)).toEqual(fine);
			expect(run(pipe, close, read)).toEqual(failed(""));
			expect(run(pipe, close, call("write", [ref("end.write"), "x", 1]))).toEqual(
				failed('ns: cannot do a thing: write($end.write, "x", 1): EBADF\n'),
			);
		});

		it("takes the error of a netlink answer for the call's", () => {
			const answer = (errno: number) => {
				const bytes = [...Array<number>(16).fill(0), ...new Uint8Array(Int32Array.of(-errno, 77).buffer)];
				return run(
					call("pipe2", [{ pair: ["end.read", "end.write"] }, 0]),
					call("write", [ref("end.write"), { bytes, shows: "{..}" }, bytes.length]),
					call("read", [ref("end.read"), { out: "answer", size: 64 }, 64], { check: { netlink: "answer" } }),
				);
			};
			expect(answer(0)).toEqual(fine);
			expect(answer(1)).toEqual(failed("ns: cannot do a thing: read($end.read, &$answer, 64): EPERM\n"));
		});

		it("waits for a helper, and ends without a word of its own when that has failed", () => {
			const start = call("clone", [flags("SIGCHLD"), null, null, null, null], { result: "child", child: "helper" });
			const wait = call("wait4", [ref("child"), { out: "status", size: 4 }, flags("__WALL"), null], {
				check: { status: "status" },
			});
			const inHelper = (one: Call) => ({ ...made(one), who: "helper" as const });
			expect(run(start, inHelper(call("getpid", [])), wait)).toEqual(fine);
			expect(run(start, inHelper(call("close", [-1])), wait)).toEqual(
				failed("ns: cannot do a thing: close(-1): EBADF\n"),
			);
		});

		it("passes structures, bytes and lists of strings by address", () => {
			const limit = { struct: { rlim_cur: 100, rlim_max: 200 } };
			const [same, old] = [{ out: "old", size: 16 }, flags("RLIMIT_NOFILE")];
			expect(run(call("prlimit64", [0, old, limit, null]), call("prlimit64", [0, old, null, same]))).toEqual(fine);
			expect(run(call("prlimit64", [0, old, { struct: { rlim_cur: 2, rlim_max: 1 } }, null]))).toEqual(
				failed("ns: cannot do a thing: prlimit64(0, RLIMIT_NOFILE, {rlim_cur=2, rlim_max=1}, NULL): EINVAL\n"),
			);
			const text = { bytes: [...Buffer.from("raw ")], shows: "raw" };
			expect(run(call("write", [1, text, 4]))).toEqual({ ...fine, stdout: "raw done\n" });
			const argv = { strings: ["sh", "-c", 'echo "$A" "$1"', "x", "y z"] };
			const execute = call("execve", ["/bin/sh", argv, { strings: ["A=1", "B=2"] }]);
			expect(run(execute)).toEqual({ ...fine, stdout: "1 y z\n" });
		});
	});
}

const made = (one: Call): Step =>
	step({ phase: "start", module: "test", does: "do a thing", why: "", man: "", calls: [one] });
