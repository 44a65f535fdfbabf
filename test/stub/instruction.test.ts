import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
	decodeInstruction,
	encodeInstruction,
	getWord,
	type Instruction,
	instructionSize,
	instructionWords,
	operations,
	setWord,
} from "../../src/stub/instruction.ts";

/** Any 64-bit integer that JavaScript holds exactly. */
const word = fc.maxSafeInteger();
const limits = [-1, 2 ** 32, -(2 ** 32), 2 ** 32 - 1, 2 ** 31, -(2 ** 31), Number.MIN_SAFE_INTEGER];

describe("`setWord` and `getWord`", () => {
	test("`setWord` writes what the platform's own 64-bit writer does, and nothing beside it", () => {
		fc.assert(
			fc.property(word, (value) => {
				const ours = new Uint32Array(6);
				setWord(ours, 3, value);
				const theirs = new DataView(new ArrayBuffer(24));
				theirs.setBigInt64(12, BigInt(value), true);
				expect(new Uint8Array(ours.buffer)).toEqual(new Uint8Array(theirs.buffer));
			}),
			{ examples: limits.map((value): [number] => [value]) },
		);
	});

	test("`getWord` reads what the platform's own 64-bit writer wrote", () => {
		fc.assert(
			fc.property(word, (value) => {
				const view = new DataView(new ArrayBuffer(16));
				view.setBigInt64(4, BigInt(value), true);
				expect(getWord(new Uint32Array(view.buffer), 1)).toBe(value);
			}),
			{ examples: limits.map((value): [number] => [value]) },
		);
	});
});

describe("`encodeInstruction`", () => {
	test("puts every field where the layout says", () => {
		const instruction: Instruction = {
			op: "jb",
			refs: 0b101011,
			dst: 0xf201,
			target: 0xf6050403,
			nr: 0xfa090807,
			id: 0xfe0d0c0b,
			args: [1, -1, 0x1122334455, -2, 0, 6],
		};
		const words = new Uint32Array(instructionWords);
		encodeInstruction(words, 0, instruction);
		expect(new Uint8Array(words.buffer).toHex()).toBe(
			[
				"09", // op
				"2b", // refs
				"01f2", // dst
				"030405f6", // target
				"070809fa", // nr
				"0b0c0dfe", // id
				"0100000000000000",
				"ffffffffffffffff",
				"5544332211000000",
				"feffffffffffffff",
				"0000000000000000",
				"0600000000000000",
			].join(""),
		);
	});

	test("leaves arguments that are not given at 0", () => {
		const words = new Uint32Array(instructionWords);
		encodeInstruction(words, 0, { op: "syscall", refs: 0, dst: 0, target: 0, nr: 7, id: 0, args: [5] });
		expect([...words]).toEqual([0, 0, 7, 0, 5, ...Array<number>(11).fill(0)]);
	});

	test("numbers the operations as the listings know them", () => {
		expect(operations).toEqual(["syscall", "add", "sub", "and", "or", "shl", "shr", "load", "jeq", "jb", "store"]);
	});

	test("takes 64 bytes, which the listings count in", () => {
		expect([instructionSize, 4 * instructionWords]).toEqual([64, 64]);
	});
});

describe("`decodeInstruction`", () => {
	const bits = (count: number) => fc.integer({ min: 0, max: 2 ** count - 1 });
	const instruction: fc.Arbitrary<Instruction> = fc.record({
		op: fc.constantFrom(...operations),
		refs: bits(6),
		dst: bits(16),
		target: bits(32),
		nr: bits(32),
		id: bits(32),
		args: fc.array(word, { minLength: 6, maxLength: 6 }),
	});

	test("reads back any instruction, and `encodeInstruction` touches no neighbour", () => {
		fc.assert(
			fc.property(instruction, (given) => {
				const words = new Uint32Array(3 * instructionWords);
				encodeInstruction(words, instructionWords, given);
				expect(decodeInstruction(words, instructionWords)).toEqual(given);
				expect([...words.subarray(0, instructionWords), ...words.subarray(2 * instructionWords)].some(Boolean)).toBe(
					false,
				);
			}),
		);
	});

	test("throws a RangeError when there is no such operation", () => {
		const words = new Uint32Array(instructionWords);
		words[0] = operations.length;
		expect(() => decodeInstruction(words, 0)).toThrow(new RangeError("no operation has the number 11"));
	});
});
