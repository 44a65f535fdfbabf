import { describe, expect, test } from "bun:test";
import { stub } from "../../src/launch/image.ts";
import { errnoNumber } from "../../src/linux/errno.ts";
import { judgeCalls, type ProbeCall, probeCall, probeProgram, readAnswers, shown } from "../../src/selftest/calls.ts";
import type { Came } from "../../src/selftest/types.ts";
import { elf } from "../../src/stub/elf.ts";
import { needs } from "../needs.ts";
import { execute, machines } from "../stub/machines.ts";

const came = (fields: Partial<Came>): Came => {
	return { exitCode: 0, signal: null, stdout: "", answers: [], late: false, ...fields };
};

describe("a probe", () => {
	for (const { arch, executeNeeds, prefix } of machines) {
		const run = (calls: readonly ProbeCall[]) => {
			const { exitCode, stdout } = execute(prefix, elf(probeProgram(calls, arch), stub(arch), arch));
			return { exitCode, answers: readAnswers(Buffer.from(stdout, "latin1")) };
		};

		needs(...executeNeeds)(`tells what each call was answered, on ${arch}`, () => {
			const calls = [
				probeCall("getpid", []),
				probeCall("close", [1000]),
				probeCall("openat", [{ flags: "AT_FDCWD" }, "/", { flags: "O_RDONLY|O_DIRECTORY" }]),
				probeCall("close", [{ answer: 2 }]),
				probeCall("close", [{ answer: 2 }]),
				probeCall("uname", [{ zeros: 390 }]),
			];
			const { exitCode, answers } = run(calls);
			const [pid = 0, ...others] = answers.map((answer) => (answer < 0 ? "error" : answer));
			expect([exitCode, Number(pid) > 0, others]).toEqual([4, true, ["error", 3, 0, "error", 0]]);
		});

		needs(...executeNeeds)(`ends the processes it makes, on ${arch}`, () => {
			const clone = { ...probeCall("clone", [{ flags: "SIGCHLD" }, 0, 0, 0, 0]), forks: true } as const;
			const { exitCode, answers } = run([clone, probeCall("wait4", [-1, 0, 0, 0])]);
			expect([exitCode, answers.length, answers[0]]).toEqual([2, 2, answers[1]]);
		});
	}

	test("cannot use an answer before it is there", () => {
		const calls = [probeCall("close", [{ answer: 0 }])];
		expect(() => probeProgram(calls, "x64")).toThrow(new RangeError("there is no answer 0 yet"));
		const inWords = [probeCall("getpid", []), probeCall("writev", [1, { words: [{ answer: 0 }] }, 1])];
		expect(() => probeProgram(inWords, "x64")).toThrow(TypeError);
	});
});

describe("`readAnswers`", () => {
	test("reads signed numbers, and leaves out what is not whole", () => {
		const bytes = new Uint8Array(20);
		new DataView(bytes.buffer).setBigInt64(0, -38n, true);
		new DataView(bytes.buffer).setBigInt64(8, 7n, true);
		expect(readAnswers(bytes)).toEqual([-38, 7]);
		expect(readAnswers(new Uint8Array())).toEqual([]);
	});
});

describe("`judgeCalls`", () => {
	const calls = [
		probeCall("socket", [1, 1, 0], "any"),
		probeCall("connect", [{ answer: 0 }, { bytes: [1] }, 1], ["ECONNREFUSED"]),
		probeCall("setns", [3, 0]),
	];
	const answered = (...names: (string | number)[]) =>
		judgeCalls(calls, came({ answers: names.map((one) => (typeof one === "number" ? one : -errnoNumber(one))) }));

	test("holds where each call was refused as it has to be", () => {
		for (const last of ["EPERM", "EACCES", "ENOSYS"])
			expect(answered(3, "ECONNREFUSED", last)).toEqual({ verdict: "held" });
		expect(answered("EACCES", "ECONNREFUSED", "EPERM")).toEqual({ verdict: "held" });
	});

	test("does not hold where one was done, or got further than it may", () => {
		expect(answered(3, 0, "EPERM")).toEqual({ verdict: "not held", because: "connect(.., .., 1) was done" });
		expect(answered(3, "ECONNREFUSED", "EINVAL")).toEqual({
			verdict: "not held",
			because: "setns(3, 0) went as far as EINVAL",
		});
	});

	test("says nothing where too little came back", () => {
		const verdicts = [
			judgeCalls(calls, came({ refused: "cannot bind" })),
			judgeCalls(calls, came({ late: true })),
			answered(3, "ECONNREFUSED"),
			judgeCalls(calls, came({ signal: "SIGSYS", answers: [3] })),
			judgeCalls(calls, came({ signal: "SIGSEGV", answers: [3, -111] })),
		];
		expect(verdicts.map(({ verdict }) => verdict)).toEqual(
			Array<"cannot be tried here">(5).fill("cannot be tried here"),
		);
	});

	test("takes a filter that ends the process for a refusal of the last call", () => {
		expect(judgeCalls(calls, came({ signal: "SIGSYS", answers: [3, -111] }))).toEqual({ verdict: "held" });
	});
});

test("`shown` writes a call as strace would", () => {
	expect(shown(probeCall("openat", [{ flags: "AT_FDCWD" }, "/proc/1/mem", 70_000, { zeros: 8 }]))).toBe(
		'openat(AT_FDCWD, "/proc/1/mem", 0x11170, ..)',
	);
	expect(shown(probeCall(531, []))).toBe("call 531()");
});
