/**
 * The stub's instructions: 64 bytes each, so that one is one cache line and a jump target is a shift.
 * The layout is declared once here and read in both directions; the listings (x86_64.ts, arm64.ts) know the offsets.
 *
 *      0  op      1 byte    what to do, an index into `operations`
 *      1  refs    1 byte    bit i: argument i names a slot and stands for what the slot holds
 *      2  dst     2 bytes   the slot that takes the result
 *      4  target  4 bytes   the instruction to go on with after an error (syscall) or when the comparison holds; 0: the next
 *      8  nr      4 bytes   system call number
 *     12  id      4 bytes   which call of the plan this is; reported when it fails
 *     16  args    6 * 8     arguments
 *
 * Both architectures are little-endian, as is every machine this runs on: the 32-bit words are written as such.
 */

/** What an instruction may do, by its number. */
export const operations = ["syscall", "add", "sub", "and", "or", "shl", "shr", "load", "jeq", "jb", "store"] as const;

export type Operation = (typeof operations)[number];

/** One instruction. Arguments are 64-bit integers within JavaScript's safe range; negative ones are sign-extended. */
export interface Instruction {
	readonly op: Operation;
	readonly refs: number;
	readonly dst: number;
	readonly target: number;
	readonly nr: number;
	readonly id: number;
	readonly args: readonly number[];
}

/** Bytes an instruction takes. */
export const instructionSize = 64;
/** 32-bit words an instruction takes. */
export const instructionWords = instructionSize / 4;
/** Where the target stands, in words. */
export const targetWord = 1;
/** Where the arguments begin, in words. */
export const argumentsWord = 4;
const argumentCount = 6;

/** Writes a 64-bit integer at a word's index. */
export function setWord(words: Uint32Array, index: number, value: number): void {
	const low = value >>> 0;
	words[index] = low;
	// Exact, also for negative values: typed arrays keep the lowest 32 bits.
	words[index + 1] = (value - low) / 0x1_0000_0000;
}

/** Reads a 64-bit integer at a word's index, as a signed one. */
export function getWord(words: Uint32Array, index: number): number {
	return ((words[index + 1] ?? 0) | 0) * 0x1_0000_0000 + (words[index] ?? 0);
}

/** Writes everything but the arguments of an instruction. */
export function encodeHead(
	words: Uint32Array,
	index: number,
	op: Operation,
	refs: number,
	dst: number,
	nr: number,
	id: number,
): void {
	words[index] = operations.indexOf(op) | (refs << 8) | (dst << 16);
	words[index + 2] = nr;
	words[index + 3] = id;
}

/** Writes `instruction` at a word's index. */
export function encodeInstruction(words: Uint32Array, index: number, instruction: Instruction): void {
	encodeHead(words, index, instruction.op, instruction.refs, instruction.dst, instruction.nr, instruction.id);
	words[index + targetWord] = instruction.target;
	instruction.args.forEach((value, i) => {
		setWord(words, index + argumentsWord + 2 * i, value);
	});
}

/** Reads the instruction at a word's index. Throws a `RangeError` for an operation that does not exist. */
export function decodeInstruction(words: Uint32Array, index: number): Instruction {
	const head = words[index] ?? 0;
	const op = operations[head & 0xff];
	if (op === undefined) throw new RangeError(`no operation has the number ${head & 0xff}`);
	return {
		op,
		refs: (head >> 8) & 0xff,
		dst: head >>> 16,
		target: words[index + targetWord] ?? 0,
		nr: words[index + 2] ?? 0,
		id: words[index + 3] ?? 0,
		args: Array.from({ length: argumentCount }, (_, i) => getWord(words, index + argumentsWord + 2 * i)),
	};
}
