import { describe, expect } from "bun:test";
import fc from "fast-check";
import { Label, type Operand, type Slot, slots } from "../../src/stub/assembler.ts";
import { needs } from "../needs.ts";
import { type Bench, execute, imageOf, machines } from "./machines.ts";

const word64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** What each computation means, on 64-bit words. */
const meaning = {
	add: (a: bigint, b: bigint) => a + b,
	sub: (a: bigint, b: bigint) => a - b,
	and: (a: bigint, b: bigint) => a & b,
	or: (a: bigint, b: bigint) => a | b,
	shl: (a: bigint, b: bigint) => a << (b & 63n),
	shr: (a: bigint, b: bigint) => a >> (b & 63n),
} as const;
type Computation = keyof typeof meaning;

const edges = [0, 1, -1, 255, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER];

for (const { arch, executeNeeds, prefix } of machines) {
	const run = (write: (bench: Bench) => void, ...args: string[]) => execute(prefix, imageOf(arch, write), args);
	const exitOf = (write: (bench: Bench) => void): number | null => run(write).exitCode;
	const it = needs(...executeNeeds);

	describe(`an image for ${arch}`, () => {
		it("exits with an immediate and with what a slot holds", () => {
			expect(exitOf(({ exit }) => exit(42))).toBe(42);
			expect(
				exitOf(({ asm, slot, exit }) => {
					asm.set(slot("code"), 43);
					exit(slot("code"));
				}),
			).toBe(43);
		});

		for (const op of Object.keys(meaning) as Computation[]) {
			it(`computes \`${op}\` of 64-bit words, also of negative ones`, () => {
				const shift = op === "shl" || op === "shr";
				const right = shift ? [0, 1, 8, 31, 32, 63, 64] : edges;
				const cases = edges.flatMap((a) => right.map((b) => [a, b] as const));
				expect(firstWrong(op, cases)).toBe("none");
			});
		}

		it("computes any values of any operation", () => {
			fc.assert(
				fc.property(fc.array(fc.tuple(fc.maxSafeInteger(), fc.maxSafeInteger()), { minLength: 20 }), (cases) => {
					for (const op of ["add", "sub", "and", "or"] as const) expect(firstWrong(op, cases)).toBe("none");
				}),
				{ numRuns: 3 },
			);
		});

		it("loads and stores 64 bits at an address and an offset, each an immediate or a slot", () => {
			const codeOf = (stored: number, loaded: number) =>
				exitOf((bench) => {
					const { asm, slot, buffer } = bench;
					const memory = buffer("memory", 64);
					asm.set(slot("at"), memory.plus(40));
					asm.set(slot("offset"), -8);
					const places: [Operand, Operand][] = [
						[memory, 32],
						[memory.plus(40), -8],
						[slot("at"), -8],
						[slot("at"), slot("offset")],
						[memory.plus(40), slot("offset")],
					];
					const place = (i: number) => places[i] ?? [0, 0];
					asm.store(place(stored)[0], place(stored)[1], 0x1234567890);
					asm.load(slot("value"), place(loaded)[0], place(loaded)[1]);
					exitIfEqual(bench, slot("value"), 0x1234567890n);
				});
			const ways = [0, 1, 2, 3, 4];
			const codes = ways.map((stored) => codeOf(stored, (stored + 2) % ways.length));
			expect(codes).toEqual([0, 0, 0, 0, 0]);
		});

		it("stores nothing beside the 64 bits", () => {
			const code = exitOf((bench) => {
				const memory = bench.buffer("memory", 24);
				for (const offset of [0, 8, 16]) bench.asm.store(memory, offset, -1);
				bench.asm.store(memory, 8, 0);
				bench.asm.load(bench.slot("before"), memory, 0);
				bench.asm.load(bench.slot("after"), memory, 16);
				bench.asm.compute(bench.slot("both"), "and", bench.slot("before"), bench.slot("after"));
				exitIfEqual(bench, bench.slot("both"), word64(-1n));
			});
			expect(code).toBe(0);
		});

		it("jumps when two values are equal, all 64 bits of them", () => {
			expect(jumps("jumpIfEqual", 5, 5)).toBe(true);
			expect(jumps("jumpIfEqual", -1, -1)).toBe(true);
			expect(jumps("jumpIfEqual", 5, 6)).toBe(false);
			expect(jumps("jumpIfEqual", 0, 2 ** 32)).toBe(false);
			expect(jumps("jumpIfEqual", -1, 2 ** 32 - 1)).toBe(false);
		});

		it("jumps when a value is below another, both taken as unsigned", () => {
			expect(jumps("jumpIfBelow", 5, 6)).toBe(true);
			expect(jumps("jumpIfBelow", 6, 5)).toBe(false);
			expect(jumps("jumpIfBelow", 6, 6)).toBe(false);
			expect(jumps("jumpIfBelow", 2 ** 32, 1)).toBe(false);
			expect(jumps("jumpIfBelow", 1, -1)).toBe(true);
			expect(jumps("jumpIfBelow", -1, 1)).toBe(false);
			expect(jumps("jumpIfBelow", -2, -1)).toBe(true);
		});

		it("loops by jumping back", () => {
			const code = exitOf(({ asm, slot, exit }) => {
				const [sum, i, loop] = [slot("sum"), slot("i"), new Label()];
				asm.set(i, 1);
				asm.place(loop);
				asm.compute(sum, "add", sum, i);
				asm.compute(i, "add", i, 1);
				asm.jumpIfBelow(i, 11, loop);
				exit(sum);
			});
			expect(code).toBe(55);
		});

		it("jumps forward over what it must not do", () => {
			const code = exitOf(({ asm, exit }) => {
				const end = new Label();
				asm.jump(end);
				exit(1);
				asm.place(end);
				exit(2);
			});
			expect(code).toBe(2);
		});

		it("starts with its stack pointer in a slot: argc lies there", () => {
			const argc = (...args: string[]) =>
				run(
					({ asm, slot, exit }) => {
						asm.load(slot("argc"), slots.stack, 0);
						exit(slot("argc"));
					},
					...args,
				).exitCode;
			expect([argc(), argc("a"), argc("a", "b c", "")]).toEqual([1, 2, 4]);
		});
	});

	/** The first case a program computes wrongly, "none" where there is none. */
	function firstWrong(op: Computation, cases: readonly (readonly [number, number])[]): string {
		const { stdout, exitCode } = run((bench) => {
			const { asm, call, slot, exit } = bench;
			const [left, right, result] = [slot("left"), slot("right"), slot("result")];
			cases.forEach(([a, b], i) => {
				const wanted = word64(meaning[op](word64(BigInt(a)), word64(BigInt(b))));
				asm.set(left, a);
				asm.set(right, b);
				const ways: [Operand, Operand][] = [
					[a, b],
					[left, b],
					[a, right],
					[left, right],
				];
				for (const [x, y] of ways) {
					const fine = new Label();
					const text = `${op} ${a} ${b}, case ${i}`;
					asm.compute(result, op, x, y);
					jumpIfWord(bench, result, wanted, fine);
					call("write", [1, asm.string(text), text.length]);
					exit(1);
					asm.place(fine);
				}
			});
			call("write", [1, asm.string("none"), 4]);
			exit(0);
		});
		return exitCode === 0 || exitCode === 1 ? stdout : `exit code ${exitCode}`;
	}

	/** Whether the jump is taken, with immediates, slots, and one of each alike. */
	function jumps(how: "jumpIfEqual" | "jumpIfBelow", a: number, b: number): boolean {
		const codes = [0, 1, 2, 3].map((way) =>
			exitOf(({ asm, slot, exit }) => {
				const taken = new Label();
				asm.set(slot("a"), a);
				asm.set(slot("b"), b);
				asm[how](way & 1 ? slot("a") : a, way & 2 ? slot("b") : b, taken);
				exit(10);
				asm.place(taken);
				exit(11);
			}),
		);
		expect([10, 11]).toContain(codes[0] ?? -1);
		expect(new Set(codes).size).toBe(1);
		return codes[0] === 11;
	}
}

/** Exits with 0 when a slot holds this 64-bit word, else with 1. */
function exitIfEqual(bench: Bench, slot: Slot, wanted: bigint): void {
	const fine = new Label();
	jumpIfWord(bench, slot, wanted, fine);
	bench.exit(1);
	bench.asm.place(fine);
	bench.exit(0);
}

/** Jumps when a slot holds a 64-bit word, which may be beyond JavaScript's safe integers. */
function jumpIfWord({ asm, slot }: Bench, value: Slot, wanted: bigint, target: Label): void {
	const [high, part] = [slot("wanted.high"), slot("wanted")];
	asm.set(high, Number(wanted >> 32n));
	asm.compute(high, "shl", high, 32);
	asm.compute(part, "or", high, Number(wanted & 0xffffffffn));
	asm.jumpIfEqual(value, part, target);
}
