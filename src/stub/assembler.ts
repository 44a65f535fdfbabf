/**
 * Puts a program together: instructions with labels, and behind them the strings and tables they point to.
 * A program is encoded for the address it will lie at, so nothing has to be relocated when it runs.
 *
 *     base       header (64 bytes), instructions, data
 *     base+size  scratch: zeroed memory, eight-byte slots and buffers
 */
import { toBytes } from "../bytes.ts";
import { encodeInstruction, type Instruction, instructionSize, type Operation, setWord } from "./instruction.ts";

/** A place in the program: known only when it is linked. */
export class Address {
	constructor(
		readonly region: "data" | "scratch",
		readonly offset: number,
	) {}
	/** The place `bytes` further on. */
	plus(bytes: number): Address {
		return new Address(this.region, this.offset + bytes);
	}
}

/** Eight bytes of scratch memory that hold the result of an instruction. As an argument it stands for what it holds. */
export class Slot {
	constructor(readonly index: number) {}
	/** Where the slot lies, for a call that writes to it. */
	get address(): Address {
		return new Address("scratch", 8 * this.index);
	}
}

/** A place to jump to. */
export class Label {
	index = -1;
}

export type Operand = number | Address | Slot;

/** An encoded program and what a launcher has to know of it. */
export interface Program {
	/** Header, instructions and data, to lie at `base`. */
	readonly bytes: Uint8Array;
	readonly base: number;
	/** Bytes of zeroed memory needed right behind `bytes`. */
	readonly scratchSize: number;
}

/** Slots with a fixed meaning. The stub itself writes the first four, the rest belongs to reports (routines/report.ts). */
export const slots = {
	discard: new Slot(0),
	stack: new Slot(1),
	failedCall: new Slot(2),
	errno: new Slot(3),
	exitCode: new Slot(4),
	failed: new Slot(5),
} as const;

/** `"nskit\0"` and the version of the format. */
const magic = [0x6e, 0x73, 0x6b, 0x69, 0x74, 0, 1, 0];
const header = { scratch: 0, magic: 8, instructions: 16, size: 24, scratchSize: 32 } as const;

interface Pending {
	readonly op: Operation;
	readonly dst: Slot;
	readonly target: Label | undefined;
	readonly nr: number;
	readonly id: number;
	readonly args: readonly Operand[];
}

const align8 = (size: number): number => (size + 7) & ~7;

/** Collects instructions and data; `link` makes the program of them. */
export class Assembler {
	private readonly pending: Pending[] = [];
	private readonly words: { offset: number; value: Address }[] = [];
	private readonly strings = new Map<string, Address>();
	private data = new Uint8Array(4096);
	private dataSize = 0;
	private scratchSize = 8 * Object.keys(slots).length;

	/** A new slot. */
	slot(): Slot {
		return new Slot(this.scratch(8).offset / 8);
	}

	/** `size` bytes of zeroed memory that the program may write to. */
	scratch(size: number): Address {
		const address = new Address("scratch", this.scratchSize);
		this.scratchSize += align8(size);
		return address;
	}

	/** `bytes` as data of the program, at a multiple of eight. */
	bytes(bytes: Uint8Array): Address {
		const offset = this.reserve(bytes.length);
		this.data.set(bytes, offset);
		return new Address("data", offset);
	}

	/** `text` as bytes with a NUL behind it; the same text is kept once. */
	string(text: string): Address {
		const known = this.strings.get(text);
		if (known) return known;
		const bytes = toBytes(text);
		const offset = this.reserve(bytes.length + 1);
		this.data.set(bytes, offset);
		const address = new Address("data", offset);
		this.strings.set(text, address);
		return address;
	}

	/** A table of 64-bit words, some of them addresses. */
	table(values: readonly (number | Address)[]): Address {
		const offset = this.reserve(8 * values.length);
		const view = new DataView(this.data.buffer, offset);
		values.forEach((value, i) => {
			if (typeof value === "number") setWord(view, 8 * i, value);
			else this.words.push({ offset: offset + 8 * i, value });
		});
		return new Address("data", offset);
	}

	/** The next instruction gets this label. */
	place(label: Label): void {
		label.index = this.pending.length + 1;
	}

	/** `dst = value`. */
	set(dst: Slot, value: Operand): void {
		this.emit("or", [value, 0], dst);
	}

	/** A system call; on an error the program goes on at `onError`, or with the next instruction where none is given. */
	syscall(nr: number, args: readonly Operand[], to: { dst?: Slot; onError?: Label; id?: number } = {}): void {
		this.emit("syscall", args, to.dst, to.onError, nr, to.id);
	}

	/** `dst = a op b`. */
	compute(dst: Slot, op: "add" | "sub" | "and" | "or" | "shl" | "shr", a: Operand, b: Operand): void {
		this.emit(op, [a, b], dst);
	}

	/** `dst = the 64 bits at address + offset`. */
	load(dst: Slot, address: Operand, offset: Operand): void {
		this.emit("load", [address, offset], dst);
	}

	/** `the 64 bits at address + offset = value`. */
	store(address: Operand, offset: Operand, value: Operand): void {
		this.emit("store", [address, offset, value]);
	}

	jump(target: Label): void {
		this.emit("jeq", [0, 0], undefined, target);
	}

	jumpIfEqual(a: Operand, b: Operand, target: Label): void {
		this.emit("jeq", [a, b], undefined, target);
	}

	/** Jumps when `a < b`, both taken as unsigned. */
	jumpIfBelow(a: Operand, b: Operand, target: Label): void {
		this.emit("jb", [a, b], undefined, target);
	}

	/** The program, encoded to lie at `base`. */
	link(base: number): Program {
		const dataStart = instructionSize * (this.pending.length + 1);
		const size = dataStart + align8(this.dataSize);
		const bytes = new Uint8Array(size);
		const view = new DataView(bytes.buffer);
		const place = ({ region, offset }: Address) => base + (region === "data" ? dataStart : size) + offset;

		setWord(view, header.scratch, base + size);
		bytes.set(magic, header.magic);
		setWord(view, header.instructions, this.pending.length);
		setWord(view, header.size, size);
		setWord(view, header.scratchSize, this.scratchSize);
		this.pending.forEach((instruction, i) => {
			encodeInstruction(view, instructionSize * (i + 1), resolve(instruction, place));
		});
		bytes.set(this.data.subarray(0, this.dataSize), dataStart);
		for (const { offset, value } of this.words) setWord(view, dataStart + offset, place(value));
		return { bytes, base, scratchSize: this.scratchSize };
	}

	private reserve(size: number): number {
		const offset = this.dataSize;
		const end = offset + align8(size);
		if (end > this.data.length) {
			const grown = new Uint8Array(Math.max(2 * this.data.length, end));
			grown.set(this.data.subarray(0, offset));
			this.data = grown;
		}
		this.dataSize = end;
		return offset;
	}

	private emit(
		op: Operation,
		args: readonly Operand[],
		dst: Slot = slots.discard,
		target?: Label,
		nr = 0,
		id = 0,
	): void {
		if (dst.index > 0xffff) throw new RangeError("a program has at most 65,536 slots for results");
		this.pending.push({ op, args, dst, target, nr, id });
	}
}

function resolve(instruction: Pending, place: (address: Address) => number): Instruction {
	let refs = 0;
	const args = instruction.args.map((arg, i) => {
		if (typeof arg === "number") return arg;
		if (arg instanceof Address) return place(arg);
		refs |= 1 << i;
		return arg.index;
	});
	const target = instruction.target?.index ?? 0;
	if (target < 0) throw new Error("a jump goes to a label that was never placed");
	const { op, dst, nr, id } = instruction;
	return { op, refs, dst: dst.index, target, nr, id, args };
}

/** What `readProgram` finds in a program's header. */
export interface ProgramHeader {
	readonly base: number;
	readonly instructions: number;
	readonly size: number;
	readonly scratchSize: number;
}

/** Reads a program's header. Throws a `RangeError` when `bytes` hold no whole program. */
export function readHeader(bytes: Uint8Array): ProgramHeader {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const word = (offset: number) => Number(view.getBigUint64(offset, true));
	if (bytes.length < instructionSize || magic.some((byte, i) => bytes[header.magic + i] !== byte)) {
		throw new RangeError("these bytes are no program of nskit");
	}
	const size = word(header.size);
	const instructions = word(header.instructions);
	if (size > bytes.length || instructionSize * (instructions + 1) > size)
		throw new RangeError("the program is cut short");
	return { base: word(header.scratch) - size, instructions, size, scratchSize: word(header.scratchSize) };
}
