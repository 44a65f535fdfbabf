/**
 * Puts a program together: instructions with labels, and behind them the tables and strings they point to.
 * A program is encoded for the address it will lie at, so nothing has to be relocated when it runs.
 *
 *     base  header (64 bytes), instructions, tables, strings
 *           scratch: zeroed memory, eight-byte slots and buffers
 *           the command (command.ts): the only part that differs from run to run
 */
import { toBytes } from "../bytes.ts";
import { header, magic } from "./header.ts";
import { argumentsWord, encodeHead, instructionWords, type Operation, setWord, targetWord } from "./instruction.ts";

/** A place in the program: known only when it is linked. */
export class Address {
	constructor(
		readonly region: "header" | "table" | "string" | "scratch",
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

/** An encoded program, to lie at `base`; its command is still missing. */
export interface Program {
	/** Header, instructions, tables, strings and scratch memory. */
	readonly bytes: Uint8Array;
	readonly base: number;
	/** Where the scratch memory begins; it ends with the program. */
	readonly scratchAt: number;
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

const fixedSlots = 6;

const align8 = (size: number): number => (size + 7) & ~7;

/** 32-bit words that grow. */
class Words {
	words = new Uint32Array(4096);
	/** Words in use. */
	size = 0;

	/** The index of `count` more words. */
	reserve(count: number): number {
		const index = this.size;
		this.size += count;
		if (this.size > this.words.length) {
			const grown = new Uint32Array(2 * this.size);
			grown.set(this.words);
			this.words = grown;
		}
		return index;
	}
}

/** A word that becomes an address when the program is linked. */
interface AddressAt {
	readonly words: Words;
	readonly index: number;
	readonly address: Address;
}

/** Collects instructions and data; `link` makes the program of them. */
export class Assembler {
	private readonly code = new Words();
	private readonly tables = new Words();
	private readonly addresses: AddressAt[] = [];
	private readonly jumps: { index: number; label: Label }[] = [];
	private readonly strings = new Map<string, Address>();
	/** All strings, one behind the other. */
	private pool = "";
	private scratchSize = 8 * fixedSlots;

	constructor() {
		this.code.reserve(instructionWords);
	}

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
	bytes(bytes: ArrayLike<number>): Address {
		const index = this.tables.reserve(align8(bytes.length) / 4);
		new Uint8Array(this.tables.words.buffer).set(bytes, 4 * index);
		return new Address("table", 4 * index);
	}

	/** `text` as bytes with a NUL behind it; the same text is kept once. */
	string(text: string): Address {
		const known = this.strings.get(text);
		if (known) return known;
		// Counted in characters for now: link() knows whether that is the number of bytes.
		const address = new Address("string", this.pool.length);
		this.pool += `${text}\0`;
		this.strings.set(text, address);
		return address;
	}

	/** A table of 64-bit words, some of them addresses. */
	table(values: readonly (number | Address)[]): Address {
		const start = this.tables.reserve(2 * values.length);
		let index = start;
		for (const value of values) {
			if (typeof value === "number") setWord(this.tables.words, index, value);
			else this.addresses.push({ words: this.tables, index, address: value });
			index += 2;
		}
		return new Address("table", 4 * start);
	}

	/** The next instruction gets this label. */
	place(label: Label): void {
		label.index = this.code.size / instructionWords;
	}

	/** `dst = value`. */
	set(dst: Slot, value: Operand): void {
		this.emit("or", [value], dst);
	}

	/** A system call; on an error the program goes on at `onError`, or with the next instruction where none is given. */
	syscall(
		nr: number,
		args: readonly Operand[],
		to: { dst?: Slot | undefined; onError?: Label | undefined; id?: number } = {},
	): void {
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
		this.emit("jeq", [], undefined, target);
	}

	jumpIfEqual(a: Operand, b: Operand, target: Label): void {
		this.emit("jeq", [a, b], undefined, target);
	}

	/** Jumps when `a < b`, both taken as unsigned. */
	jumpIfBelow(a: Operand, b: Operand, target: Label): void {
		this.emit("jb", [a, b], undefined, target);
	}

	/** A word of the program's header. */
	header(field: keyof typeof header): Address {
		return new Address("header", 4 * header[field]);
	}

	/** The program, encoded to lie at `base`. */
	link(base: number): Program {
		const tablesAt = 4 * this.code.size;
		const stringsAt = tablesAt + 4 * this.tables.size;
		const strings = toBytes(this.pool);
		const inBytes = strings.length === this.pool.length ? undefined : byteOffsets(this.pool);
		const scratchAt = align8(stringsAt + strings.length);
		const starts = { header: base, table: base + tablesAt, string: base + stringsAt, scratch: base + scratchAt };

		const { words } = this.code;
		setWord(words, header.scratch, base + scratchAt);
		words.set(magic, header.magic);
		words[header.instructions] = this.code.size / instructionWords - 1;
		words[header.strings] = stringsAt;
		words[header.scratchAt] = scratchAt;
		for (const { index, label } of this.jumps) {
			if (label.index < 0) throw new Error("a jump goes to a label that was never placed");
			words[index] = label.index;
		}
		for (const { words: where, index, address } of this.addresses) {
			const { region, offset } = address;
			setWord(where.words, index, starts[region] + ((region === "string" && inBytes?.get(offset)) || offset));
		}
		const bytes = new Uint8Array(scratchAt + this.scratchSize);
		bytes.set(new Uint8Array(words.buffer, 0, tablesAt));
		bytes.set(new Uint8Array(this.tables.words.buffer, 0, 4 * this.tables.size), tablesAt);
		bytes.set(strings, stringsAt);
		return { bytes, base, scratchAt };
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
		const index = this.code.reserve(instructionWords);
		let refs = 0;
		for (let i = 0; i < args.length; i++) {
			const arg = args[i] ?? 0;
			const at = index + argumentsWord + 2 * i;
			if (typeof arg === "number") setWord(this.code.words, at, arg);
			else if (arg instanceof Address) this.addresses.push({ words: this.code, index: at, address: arg });
			else {
				refs |= 1 << i;
				setWord(this.code.words, at, arg.index);
			}
		}
		encodeHead(this.code.words, index, op, refs, dst.index, nr, id);
		if (target) this.jumps.push({ index: index + targetWord, label: target });
	}
}

/** Where each string of a pool begins in bytes, by where it begins in characters. */
function byteOffsets(pool: string): Map<number, number> {
	const offsets = new Map<number, number>();
	let characters = 0;
	let bytes = 0;
	for (const text of pool.split("\0")) {
		offsets.set(characters, bytes);
		characters += text.length + 1;
		bytes += toBytes(text).length + 1;
	}
	return offsets;
}
