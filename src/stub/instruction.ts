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
const argumentCount = 6;
const argumentOffset = 16;

/** Writes a 64-bit integer, little-endian. */
export function setWord(view: DataView, offset: number, value: number): void {
	view.setUint32(offset, value >>> 0, true);
	view.setUint32(offset + 4, Math.floor(value / 0x1_0000_0000) >>> 0, true);
}

/** Reads a 64-bit integer, little-endian, as a signed one. */
export function getWord(view: DataView, offset: number): number {
	return view.getInt32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
}

/** Writes `instruction` at `offset`. */
export function encodeInstruction(view: DataView, offset: number, instruction: Instruction): void {
	view.setUint8(offset, operations.indexOf(instruction.op));
	view.setUint8(offset + 1, instruction.refs);
	view.setUint16(offset + 2, instruction.dst, true);
	view.setUint32(offset + 4, instruction.target, true);
	view.setUint32(offset + 8, instruction.nr, true);
	view.setUint32(offset + 12, instruction.id, true);
	for (let i = 0; i < argumentCount; i++) setWord(view, offset + argumentOffset + 8 * i, instruction.args[i] ?? 0);
}

/** Reads the instruction at `offset`. Throws a `RangeError` for an operation that does not exist. */
export function decodeInstruction(view: DataView, offset: number): Instruction {
	const op = operations[view.getUint8(offset)];
	if (op === undefined) throw new RangeError(`no operation has the number ${view.getUint8(offset)}`);
	return {
		op,
		refs: view.getUint8(offset + 1),
		dst: view.getUint16(offset + 2, true),
		target: view.getUint32(offset + 4, true),
		nr: view.getUint32(offset + 8, true),
		id: view.getUint32(offset + 12, true),
		args: Array.from({ length: argumentCount }, (_, i) => getWord(view, offset + argumentOffset + 8 * i)),
	};
}
