import { describe, expect, test } from "bun:test";
import { constants } from "../../src/linux/constants.ts";
import { watchedCalls } from "../../src/observe/calls.ts";
import { watchProgram } from "../../src/observe/filter.ts";
import { errorOf, joined, noticing, splitFilters } from "../../src/observe/refuse.ts";
import { call, flags, step } from "../../src/plan/step.ts";
import type { Step } from "../../src/plan/types.ts";
import { bpf, encode, type Instruction, mostInstructions } from "../../src/seccomp/bpf.ts";
import { answerOf } from "../../src/seccomp/interpreter.ts";

const { SECCOMP_RET_ALLOW: allow, SECCOMP_RET_USER_NOTIF: notify, SECCOMP_RET_ERRNO: errno } = constants;
const kill = 0x8000_0000;
const native = { x64: constants.AUDIT_ARCH_X86_64, arm64: constants.AUDIT_ARCH_AARCH64 };

/** `struct seccomp_data` of a call. */
function data(number: number, architecture: number, args: readonly number[] = []): Uint32Array {
	const words = new Uint32Array(16);
	words.set([number, architecture]);
	args.forEach((value, i) => {
		words.set([value >>> 0, Math.floor(value / 2 ** 32)], 4 + 2 * i);
	});
	return words;
}

/** Arguments with which every condition of a call holds. */
const given = [0x2_0000, 1, 0, 0, 1, 1];

for (const arch of ["x64", "arm64"] as const) {
	describe(`the filter of what is watched, on ${arch}`, () => {
		const program = watchProgram(arch);
		const watched = new Map(watchedCalls(arch).map((one) => [one.number, one]));

		test("asks for the calls of the table and no others, of every number", () => {
			const wrong: number[] = [];
			for (let number = 0; number < 600; number++) {
				const expected = watched.has(number) ? notify : allow;
				if (answerOf(program, data(number, native[arch], given)) !== expected) wrong.push(number);
			}
			expect(wrong).toEqual([]);
			expect(answerOf(program, data(0x4000_0000 + 2, native[arch]))).toBe(allow);
			expect(answerOf(program, data(0xffff_ffff, native[arch]))).toBe(allow);
		});

		test("leaves programs of another architecture alone", () => {
			for (const { number } of watched.values()) expect(answerOf(program, data(number, 0x4000_0003))).toBe(allow);
		});

		test("has room for another program before it, and no call twice", () => {
			expect(program.length).toBeLessThan(mostInstructions / 4);
			expect(watched.size).toBe(watchedCalls(arch).length);
			expect(new Set(watchedCalls(arch).map(({ name }) => name)).size).toBe(watched.size);
		});

		test("decides by arguments where the table says so", () => {
			const answer = (name: string, args: readonly number[]) => {
				const number = watchedCalls(arch).find((one) => one.name === name)?.number ?? -1;
				return answerOf(program, data(number, native[arch], args));
			};
			expect(answer("clone", [0x11])).toBe(allow);
			expect(answer("clone", [0x1000_0011])).toBe(notify);
			expect(answer("newfstatat", [3, 1, 2, 0x1000])).toBe(allow);
			expect(answer("newfstatat", [3, 1, 2, 0x100])).toBe(notify);
			expect(answer("sendto", [3, 1, 2, 0, 0, 0])).toBe(allow);
			expect(answer("sendto", [3, 1, 2, 0, 7 * 2 ** 32, 16])).toBe(notify);
		});
	});
}

describe("`joined`", () => {
	const refusing: Instruction[] = [
		[bpf.load, 0, 0, 0],
		[bpf.jumpIfEqual, 0, 1, 170],
		[bpf.give, 0, 0, errno + 1],
		[bpf.jumpIfEqual, 0, 1, 101],
		[bpf.give, 0, 0, kill],
		[bpf.jumpIfGreater, 0, 1, 500],
		[bpf.give, 0, 0, errno + 38],
		[bpf.give, 0, 0, allow],
	];
	const both = joined(refusing, watchProgram("x64"));
	const asked = (number: number) => answerOf(both, data(number, native.x64, given));

	test("asks where an error would be given, and goes on to look where nothing is refused", () => {
		expect([170, 600, 2, 0].map(asked)).toEqual([notify, notify, notify, allow]);
	});

	test("leaves the end of a process to the kernel", () => {
		expect(asked(101)).toBe(kill);
	});

	test("keeps the errors apart that the observer gives", () => {
		const errors = [170, 600, 2].map((number) => errorOf(answerOf(refusing, data(number, native.x64))));
		expect(errors).toEqual([1, 38, undefined]);
	});
});

describe("`noticing`", () => {
	const filter: Instruction[] = [
		[bpf.load, 0, 0, 0],
		[bpf.jumpIfEqual, 0, 1, 250],
		[bpf.give, 0, 0, errno + 1],
		[bpf.jumpIfEqual, 0, 1, 101],
		[bpf.give, 0, 0, kill],
		[bpf.jumpIfGreater, 0, 1, 500],
		[bpf.give, 0, 0, errno + 38],
		[bpf.give, 0, 0, allow],
	];
	const both = noticing(filter, watchProgram("x64"));
	const asked = (number: number) => answerOf(both, data(number, native.x64, given));

	test("asks where something would be refused, ends nothing, and goes on to look", () => {
		expect([250, 101, 2, 0].map(asked)).toEqual([notify, notify, notify, allow]);
		expect(answerOf(noticing(filter, [[bpf.give, 0, 0, allow]]), data(101, native.x64))).toBe(allow);
	});

	test("says of what is missing that it is", () => {
		expect(asked(600)).toBe(errno + 38);
	});
});

describe("`splitFilters`", () => {
	const setting = (program: readonly Instruction[], how: number | null = 0): Step =>
		step({
			...{ phase: "seccomp", module: "seccomp", does: "filter", why: "a test", man: "seccomp(2)" },
			calls: [
				call("seccomp", [
					flags("SECCOMP_SET_MODE_FILTER"),
					how,
					{ struct: { len: program.length, filter: { bytes: Array.from(encode(program)), shows: "" } } },
				]),
			],
		});
	const last: Instruction = [bpf.give, 0, 0, allow];
	const refuses = (number: number): Instruction[] => [
		[bpf.load, 0, 0, 0],
		[bpf.jumpIfEqual, 0, 1, number],
		[bpf.give, 0, 0, errno + 1],
		last,
	];
	const taken = (program: readonly Instruction[]) => splitFilters([setting(program)], "x64");

	test("takes the last that it can out, and leaves the others in their order", () => {
		const [sendmsg, mkdir, rmdir] = [setting(refuses(46)), setting(refuses(83)), setting(refuses(84))];
		const { rest, refusing } = splitFilters([mkdir, rmdir, sendmsg], "x64");
		expect(rest).toEqual([mkdir, sendmsg]);
		expect(refusing).toEqual(refuses(84));
	});

	test("leaves to the kernel what forbids to hand the listener over, or might", () => {
		const [sendmsg, close, seccomp] = [46, 3, 317];
		for (const number of [sendmsg, close, seccomp]) expect(taken(refuses(number)).refusing).toBeUndefined();
		const byArgument: Instruction[] = [[bpf.load, 0, 0, 16], ...refuses(9).slice(1)];
		expect(taken(byArgument).refusing).toBeUndefined();
		const long = Array.from({ length: 3000 }, (): Instruction => [bpf.jump, 0, 0, 0]);
		expect(taken([...long, last]).refusing).toBeUndefined();
	});

	test("leaves to the kernel what waits for another's answer, what it does not know, and what has flags", () => {
		const waiting: Instruction = [bpf.give, 0, 0, notify];
		expect(taken([...refuses(9), waiting]).refusing).toBeUndefined();
		expect(taken([[0x07, 0, 0, 0], last]).refusing).toBeUndefined();
		expect(splitFilters([setting(refuses(83), null)], "x64").refusing).toBeUndefined();
		expect(splitFilters([], "x64")).toEqual({ rest: [], refusing: undefined });
	});
});
