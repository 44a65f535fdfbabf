import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fromBytes, toBytes } from "../../src/bytes.ts";
import { Address, Assembler, Label, type Operand, type Slot, slots } from "../../src/stub/assembler.ts";
import { decode } from "../../src/stub/disassemble.ts";
import { readHeader } from "../../src/stub/header.ts";
import { type Instruction, instructionSize } from "../../src/stub/instruction.ts";

const base = 0x10000000;
const six = (...args: number[]): number[] => [...args, ...Array<number>(6 - args.length).fill(0)];
const plain = { refs: 0, dst: 0, target: 0, nr: 0, id: 0 };

/** The only instruction of a program. */
function single(write: (asm: Assembler) => void): Instruction | undefined {
	const asm = new Assembler();
	write(asm);
	return decode(asm.link(base).bytes)[0];
}

/** The string that the first argument of the n-th instruction points to. */
function stringAt(bytes: Uint8Array, instruction: number, from = base): string {
	const offset = (decode(bytes)[instruction]?.args[0] ?? 0) - from;
	return fromBytes(bytes.subarray(offset, bytes.indexOf(0, offset)));
}

describe("`Assembler`", () => {
	test("encodes each kind of instruction", () => {
		const asm = new Assembler();
		const [slot, label] = [asm.slot(), new Label()];
		asm.place(label);
		asm.set(slot, -5);
		asm.syscall(42, [1, slot, -3, 4, 5, slot], { dst: slot, onError: label, id: 9 });
		asm.syscall(43, []);
		for (const op of ["add", "sub", "and", "or", "shl", "shr"] as const) asm.compute(slot, op, slot, 7);
		asm.load(slot, 16, slot);
		asm.store(slot, 8, slot);
		asm.jump(label);
		asm.jumpIfEqual(1, slot, label);
		asm.jumpIfBelow(slot, 2, label);
		const n = slot.index;
		expect(decode(asm.link(base).bytes)).toEqual([
			{ ...plain, op: "or", dst: n, args: six(-5) },
			{ op: "syscall", refs: 0b100010, dst: n, target: 1, nr: 42, id: 9, args: [1, n, -3, 4, 5, n] },
			{ ...plain, op: "syscall", nr: 43, args: six() },
			...(["add", "sub", "and", "or", "shl", "shr"] as const).map((op) => ({
				...plain,
				op,
				refs: 1,
				dst: n,
				args: six(n, 7),
			})),
			{ ...plain, op: "load", refs: 2, dst: n, args: six(16, n) },
			{ ...plain, op: "store", refs: 5, args: six(n, 8, n) },
			{ ...plain, op: "jeq", target: 1, args: six() },
			{ ...plain, op: "jeq", refs: 2, target: 1, args: six(1, n) },
			{ ...plain, op: "jb", refs: 1, target: 1, args: six(n, 2) },
		]);
	});

	test("gives back what it was told, for any program", () => {
		const operand = fc.oneof(fc.maxSafeInteger(), fc.record({ slot: fc.nat(40) }), fc.record({ scratch: fc.nat(200) }));
		const one = fc.record({
			nr: fc.nat(500),
			id: fc.nat(0xffffffff),
			args: fc.array(operand, { maxLength: 6 }),
			dst: fc.nat(40),
			target: fc.option(fc.nat(30)),
		});
		fc.assert(
			fc.property(fc.array(one, { minLength: 31, maxLength: 120 }), (program) => {
				const asm = new Assembler();
				const made = Array.from({ length: 41 }, () => asm.slot());
				const slot = (i: number): Slot => made[i] ?? slots.discard;
				const labels = Array.from({ length: 31 }, () => new Label());
				program.forEach(({ nr, id, args, dst, target }, i) => {
					const label = labels[i];
					if (label) asm.place(label);
					const operands = args.map((arg): Operand => {
						if (typeof arg === "number") return arg;
						return "slot" in arg ? slot(arg.slot) : new Address("scratch", arg.scratch);
					});
					const onError = target === null ? undefined : labels[target];
					asm.syscall(nr, operands, { dst: slot(dst), id, ...(onError ? { onError } : {}) });
				});
				const { bytes, scratchAt } = asm.link(base);
				const value = (arg: number | { slot: number } | { scratch: number }) => {
					if (typeof arg === "number") return arg;
					return "slot" in arg ? slot(arg.slot).index : base + scratchAt + arg.scratch;
				};
				expect(decode(bytes)).toEqual(
					program.map(({ nr, id, args, dst, target }) => ({
						op: "syscall" as const,
						refs: args.reduce<number>(
							(sum, arg, i) => sum | (typeof arg === "object" && "slot" in arg ? 1 << i : 0),
							0,
						),
						dst: slot(dst).index,
						target: target === null ? 0 : target + 1,
						nr,
						id,
						args: six(...args.map(value)),
					})),
				);
			}),
		);
	});

	test("keeps a string once, however often it is asked for", () => {
		const asm = new Assembler();
		const [a, b, again] = [asm.string("/proc"), asm.string("/pro"), asm.string("/proc")];
		expect(again).toEqual(a);
		expect(b).not.toEqual(a);
		const { bytes } = asm.link(base);
		expect(Buffer.from(bytes).toString("latin1").split("/proc")).toHaveLength(2);
	});

	test("gives any string back, with its NUL, wherever the program lies", () => {
		const text = fc.oneof(
			fc.string({ unit: "binary" }),
			fc.uint8Array({ maxLength: 40 }).map(fromBytes),
			fc.constant(""),
		);
		fc.assert(
			fc.property(fc.array(text, { maxLength: 20 }), fc.nat(2 ** 40), (texts, at) => {
				const wanted = texts.map((one) => one.replaceAll("\0", ""));
				const asm = new Assembler();
				for (const one of wanted) asm.set(slots.discard, asm.string(one));
				const { bytes } = asm.link(at);
				expect(wanted.map((_, i) => toBytes(stringAt(bytes, i, at)))).toEqual(wanted.map(toBytes));
			}),
		);
	});

	test("fills tables with numbers and with addresses of data and scratch memory", () => {
		const asm = new Assembler();
		const buffer = asm.scratch(3);
		asm.set(slots.discard, asm.table([7, -1, asm.string("x"), buffer, buffer.plus(4), 2 ** 40]));
		const { bytes, scratchAt } = asm.link(base);
		const offset = (decode(bytes)[0]?.args[0] ?? 0) - base;
		const words = Array.from({ length: 6 }, (_, i) => Number(Buffer.from(bytes).readBigInt64LE(offset + 8 * i)));
		const text = bytes.indexOf("x".charCodeAt(0), offset + 48);
		const scratch = base + scratchAt + buffer.offset;
		expect(words).toEqual([7, -1, base + text, scratch, scratch + 4, 2 ** 40]);
	});

	test("lays bytes and tables at multiples of eight, also after odd ones", () => {
		const asm = new Assembler();
		for (const size of [1, 3, 9]) asm.set(slots.discard, asm.bytes(new Uint8Array(size).fill(size)));
		asm.set(slots.discard, asm.table([1]));
		const { bytes } = asm.link(base);
		const places = decode(bytes).map(({ args }) => args[0] ?? 0);
		expect(places.map((place) => place % 8)).toEqual([0, 0, 0, 0]);
		expect([1, 3, 9].map((size, i) => [...bytes.subarray((places[i] ?? 0) - base).subarray(0, size)])).toEqual(
			[1, 3, 9].map((size) => Array<number>(size).fill(size)),
		);
	});

	test("keeps everything when data and code outgrow their first memory", () => {
		const asm = new Assembler();
		const blocks = Array.from({ length: 40 }, (_, i) => asm.bytes(new Uint8Array(1000).fill(i + 1)));
		for (let i = 0; i < 1000; i++) asm.set(slots.discard, blocks[i % 40] ?? 0);
		const { bytes } = asm.link(base);
		const found = decode(bytes).map(({ args }) => bytes[(args[0] ?? 0) - base + 999]);
		expect(found).toEqual(Array.from({ length: 1000 }, (_, i) => (i % 40) + 1));
	});

	test("counts scratch memory in words of eight bytes behind the fixed slots", () => {
		const asm = new Assembler();
		const first = 8 * Object.keys(slots).length;
		expect([asm.scratch(1), asm.scratch(8), asm.scratch(9), asm.slot().address].map(({ offset }) => offset)).toEqual([
			first,
			first + 8,
			first + 16,
			first + 32,
		]);
		const { bytes, scratchAt } = asm.link(base);
		expect(bytes.length - scratchAt).toBe(first + 40);
		expect(bytes.subarray(scratchAt).some(Boolean)).toBe(false);
	});

	test("knows the words of its own header", () => {
		const asm = new Assembler();
		for (const field of ["files", "argv", "env"] as const) asm.set(slots.discard, asm.header(field));
		expect(decode(asm.link(base).bytes).map(({ args }) => args[0])).toEqual([base + 32, base + 40, base + 48]);
	});

	test("links for any address a program it has linked before", () => {
		const asm = new Assembler();
		asm.set(slots.discard, asm.string("here"));
		const texts = [base, 2 ** 40].map((at) => stringAt(asm.link(at).bytes, 0, at));
		expect(texts).toEqual(["here", "here"]);
	});

	test("refuses to link a jump to a label that was never placed", () => {
		expect(() => single((asm) => asm.jump(new Label()))).toThrow("a jump goes to a label that was never placed");
	});

	test("refuses a result in a slot that no instruction can name", () => {
		const asm = new Assembler();
		while (asm.slot().index < 0xffff);
		const beyond = asm.slot();
		expect(() => asm.set(beyond, 1)).toThrow(RangeError);
		asm.set(slots.discard, beyond);
		expect(decode(asm.link(base).bytes)[0]?.args[0]).toBe(0x10000);
	});
});

describe("`readHeader`", () => {
	function program(): Uint8Array {
		const asm = new Assembler();
		asm.set(slots.discard, asm.string("text"));
		asm.scratch(100);
		return asm.link(base).bytes;
	}

	test("gives the base, the number of instructions, and where strings and scratch memory begin", () => {
		const bytes = program();
		const scratch = 8 * Object.keys(slots).length + 104;
		const { strings, ...rest } = readHeader(bytes);
		expect(rest).toEqual({ base, instructions: 1, scratchAt: bytes.length - scratch });
		expect(Buffer.from(bytes).toString("latin1", strings, strings + 5)).toBe("text\0");
		expect([strings % 8, rest.scratchAt % 8, bytes.length % 8]).toEqual([0, 0, 0]);
	});

	test("reads a program that lies anywhere in other bytes", () => {
		const bytes = program();
		const inside = new Uint8Array(bytes.length + 30);
		inside.set(bytes, 13);
		expect(readHeader(inside.subarray(13))).toEqual(readHeader(bytes));
		expect(decode(inside.subarray(13))).toEqual(decode(bytes));
	});

	test("throws a RangeError for bytes that are no program, or only a part of one", () => {
		const bytes = program();
		const noProgram = new RangeError("these bytes are no program of nskit");
		expect(() => readHeader(new Uint8Array(0))).toThrow(noProgram);
		expect(() => readHeader(new Uint8Array(200))).toThrow(noProgram);
		for (let i = 8; i < 16; i++) expect(() => readHeader(bytes.with(i, 0xff))).toThrow(noProgram);
		expect(() => readHeader(bytes.subarray(0, instructionSize - 1))).toThrow(RangeError);
		const { scratchAt } = readHeader(bytes);
		expect(() => readHeader(bytes.subarray(0, scratchAt - 1))).toThrow(new RangeError("the program is cut short"));
		expect(() => readHeader(bytes.with(16, 5))).toThrow(new RangeError("the program is cut short"));
	});
});
