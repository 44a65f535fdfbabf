import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { callNumbers } from "../../src/linux/calls.ts";
import type { Arch } from "../../src/linux/syscalls.ts";
import type { SeccompProfile } from "../../src/privileges/types.ts";
import { answers } from "../../src/seccomp/actions.ts";
import { encode } from "../../src/seccomp/bpf.ts";
import { compile } from "../../src/seccomp/compile.ts";
import { defaultPolicy, defaultWithoutSetId } from "../../src/seccomp/default.ts";
import { profilePolicy } from "../../src/seccomp/oci.ts";
import { architectures, type Condition, type Operator, type Policy } from "../../src/seccomp/policy.ts";
import { readProgram } from "../../src/seccomp/raw.ts";
import { setIdPolicy } from "../../src/seccomp/set-id.ts";
import { isValid, run, type Seen } from "./interpreter.ts";
import { answerOf, answerOfProfile } from "./reference.ts";

const arches: readonly Arch[] = ["x64", "arm64"];
const everyArchitecture = [...Object.values(architectures), 0, 0xffffffff];
/** All numbers there are today, with room behind them; x32, ARM's own, and the ends of what a number can be. */
const everyNumber = [
	...Array.from({ length: 620 }, (_, i) => i),
	...[0xf0000, 0xf0001, 0xf0005, 0xf0007, 0x3fffffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff],
	...[0, 1, 16, 56, 272, 435, 512, 514, 520, 547].map((number) => 0x40000000 + number),
];
/** Arguments around everything that the built-in policies compare. */
const corners = [0n, 1n, 8n, 37n, 38n, 39n, 40n, 41n, 0x5412n, 0x541cn, 0o100n, 0o2000n, 0o4755n, 0o755n, 0x10000000n];
const upper = [0n, 1n << 32n, 0x7fffffffn << 32n, 0xffffffffn << 32n];
const argumentLists = [...corners, 0x20000n, 0x20008n, 0xffffffffn, 0x7e020000n, 0o20200000n, 0o107n].flatMap((low) =>
	upper.map((high) => [low + high, low, low + high, 0o6755n, 0n, 0n]),
);

function expectSame(policy: Policy, seen: Seen, program = compile(policy)): void {
	expect({ ...seen, answer: run(program, seen).answer }).toEqual({ ...seen, answer: answerOf(policy, seen) });
}

describe("the compiler and the plain meaning agree on every number", () => {
	const policies: [string, (arch: Arch) => Policy][] = [
		["the built-in profile", (arch) => defaultPolicy(arch)],
		["the built-in profile for CAP_SYS_ADMIN", (arch) => defaultPolicy(arch, new Set(["CAP_SYS_ADMIN"]))],
		["the filter of set-user-ID bits", setIdPolicy],
		["the built-in profile without set-user-ID bits", (arch) => defaultWithoutSetId(arch)],
	];
	for (const [name, policyOf] of policies)
		for (const arch of arches)
			test(`${name} on ${arch}`, () => {
				const policy = policyOf(arch);
				const program = compile(policy);
				expect(isValid(program)).toBe(true);
				expect(readProgram(encode(program))).toEqual(program);
				for (const architecture of everyArchitecture) {
					const machine = policy.machines.find((one) => architectures[one.machine] === architecture);
					for (const call of everyNumber) {
						const rules = machine?.calls.get(call) ?? [];
						const lists = rules.some(({ conditions }) => conditions.length > 0) ? argumentLists : [[]];
						for (const args of lists) {
							const seen = { call, architecture, args };
							if (run(program, seen).answer !== answerOf(policy, seen)) expectSame(policy, seen, program);
						}
					}
				}
			});
});

test("the built-in profile without set-user-ID bits answers as both filters do, one behind the other", () => {
	for (const arch of arches) {
		const one = compile(defaultWithoutSetId(arch));
		const both = [compile(defaultPolicy(arch)), compile(setIdPolicy(arch))];
		for (const architecture of everyArchitecture) {
			for (const call of everyNumber) {
				for (const args of argumentLists) {
					const seen = { call, architecture, args };
					const answers = both.map((program) => run(program, seen).answer | 0);
					const strictest = Math.min(...answers.map((answer) => answer & 0xffff0000));
					const answer = run(one, seen).answer | 0;
					const isSame = (answer & 0xffff0000) === strictest && answers.includes(answer);
					if (!isSame) expect({ ...seen, answer }).toEqual({ ...seen, answer: Math.min(...answers) });
				}
			}
		}
	}
});

describe("the program", () => {
	test("looks at no argument of common calls, so that the kernel remembers that they are allowed", () => {
		const program = compile(defaultPolicy("x64"));
		for (const name of ["read", "write", "openat", "close", "mmap", "futex", "getpid", "epoll_wait", "clock_gettime"]) {
			const call = callNumbers("x64").get(name) ?? -1;
			const seen = { call, architecture: architectures.x64 };
			expect([name, run(program, seen).answer]).toEqual([name, answers.allow]);
			// Loads of the architecture and the number, and a search of at most seven.
			expect(run(program, seen).steps).toBeLessThan(13);
		}
	});

	test("has neighbours with the same answer as one, and equal tails once", () => {
		const allow = (number: number) => [number, [{ conditions: [], answer: answers.allow }]] as const;
		const calls = new Map(Array.from({ length: 300 }, (_, i) => allow(i)));
		const machine = { machine: "x64", calls, otherwise: answers.allow } as const;
		const policy = { machines: [machine], foreign: answers.killProcess, x32: answers.killProcess };
		expect(compile(policy).length).toBe(6);
	});

	test("jumps as far as it has to", () => {
		const calls = new Map(
			Array.from({ length: 380 }, (_, i) => {
				const condition: Condition = { index: i % 6, operator: "==", value: BigInt(i) * 0x1_0000_0001n };
				return [2 * i, [{ conditions: [condition], answer: answers.errno + (i % 4000) }]] as const;
			}),
		);
		const machine = { machine: "x64", calls, otherwise: answers.allow } as const;
		const policy: Policy = { machines: [machine], foreign: answers.killProcess, x32: answers.trap };
		const program = compile(policy);
		expect(program.length).toBeGreaterThan(3000);
		expect(program.some(([code]) => code === 0x05)).toBe(true);
		expect(isValid(program)).toBe(true);
		for (let call = 0; call < 820; call++)
			for (const value of [0n, BigInt(call >> 1) * 0x1_0000_0001n, BigInt(call >> 1)]) {
				const seen = { call, architecture: architectures.x64, args: Array(6).fill(value) as bigint[] };
				if (run(program, seen).answer !== answerOf(policy, seen)) expectSame(policy, seen, program);
			}
	});

	test("only logs where it is asked to", () => {
		const program = compile(defaultPolicy("x64"), { log: true });
		for (const call of everyNumber)
			for (const architecture of everyArchitecture)
				expect([answers.allow, answers.log]).toContain(run(program, { call, architecture }).answer as never);
	});
});

/** Numbers around the edges of the halves. */
const edge = fc.constantFrom(
	...[0n, 1n, 2n, 38n, 0x7fffffffn, 0x80000000n, 0xffffffffn].flatMap((half) => [
		half,
		half << 32n,
		(half << 32n) + 0xffffffffn,
		(half << 32n) + half,
	]),
);
const value = fc.oneof(
	edge,
	fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
	edge.map((one) => BigInt.asUintN(64, one - 1n)),
);

describe("random policies", () => {
	const condition = fc.record({
		index: fc.nat(5),
		operator: fc.constantFrom<Operator>("==", "!=", "<", "<=", ">", ">="),
		value,
		mask: fc.oneof(fc.constant(2n ** 64n - 1n), value),
	});
	const answer = fc.constantFrom(
		answers.allow,
		answers.errno + 1,
		answers.errno + 38,
		answers.killProcess,
		answers.log,
	);
	const rules = fc.array(fc.record({ conditions: fc.array(condition, { maxLength: 3 }), answer }), { maxLength: 4 });
	const policy = fc
		.record({
			calls: fc.array(fc.tuple(fc.nat(12), rules), { maxLength: 10 }),
			otherwise: answer,
			newer: fc.option(fc.record({ from: fc.nat(14), answer }), { nil: undefined }),
		})
		.map(({ calls, otherwise, newer }): Policy => {
			const machine = { machine: "x64", calls: new Map(calls), otherwise, ...(newer && { newer }) } as const;
			return { machines: [machine], foreign: answers.killProcess, x32: answers.errno + 38 };
		});

	test("are compiled to what they mean", () => {
		fc.assert(
			fc.property(policy, fc.array(value, { minLength: 6, maxLength: 6 }), (made, args) => {
				const program = compile(made);
				expect(isValid(program)).toBe(true);
				const own = [...(made.machines[0]?.calls.values() ?? [])].flat().flatMap(({ conditions }) => conditions);
				const near = own.map(({ value, index }) => args.map((one, i) => (i === index ? value : one)));
				for (let call = 0; call < 16; call++)
					for (const list of [args, ...near])
						expectSame(made, { call, architecture: architectures.x64, args: list }, program);
			}),
			{ numRuns: 300 },
		);
	});
});

describe("random profiles", () => {
	const names = ["read", "openat", "socket", "clone", "clone3", "mmap2", "kexec_load", "fchmodat2"];
	const argument = fc.record({
		index: fc.nat(3),
		value,
		valueTwo: value,
		op: fc.constantFrom(...["EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"].map((one) => `SCMP_CMP_${one}`)),
	});
	const action = fc.constantFrom(
		...["ALLOW", "ERRNO", "KILL", "KILL_PROCESS", "TRAP", "LOG"].map((a) => `SCMP_ACT_${a}`),
	);
	const rule = fc.record({
		names: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
		action,
		args: fc.array(argument, { maxLength: 3 }),
	});
	const profile = fc.record({
		defaultAction: action,
		architectures: fc.constant(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]),
		syscalls: fc.array(rule, { maxLength: 6 }),
	});

	test("are answered as runc and libseccomp would, or more strictly", () => {
		fc.assert(
			fc.property(profile, fc.array(value, { minLength: 6, maxLength: 6 }), (made: SeccompProfile, args) => {
				const program = compile(profilePolicy(made, { arch: "x64", kernel: 618, capabilities: new Set() }));
				for (const machine of ["x64", "i386"] as const)
					for (const name of names) {
						const call = callNumbers(machine).get(name);
						if (call === undefined) continue;
						const seen = { call, architecture: architectures[machine], args };
						expect(run(program, seen).answer).toBe(answerOfProfile(made, machine, name, args) ?? -1);
					}
			}),
			{ numRuns: 300 },
		);
	});
});
