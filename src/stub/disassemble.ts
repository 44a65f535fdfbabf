/** A program in words, read back from its bytes. */
import { fromBytes } from "../bytes.ts";
import { type Arch, syscallName } from "../linux/syscalls.ts";
import { quoted } from "../plan/text.ts";
import { readHeader } from "./header.ts";
import { decodeInstruction, type Instruction, instructionSize, instructionWords } from "./instruction.ts";

/** The instructions of a program. Throws a `RangeError` when `bytes` hold none. */
export function decode(bytes: Uint8Array): Instruction[] {
	const { instructions } = readHeader(bytes);
	const words = wordsOf(bytes.subarray(0, instructionSize * (instructions + 1)));
	return Array.from({ length: instructions }, (_, i) => decodeInstruction(words, instructionWords * (i + 1)));
}

/** A copy of `bytes` as 32-bit words, wherever they lie. */
function wordsOf(bytes: Uint8Array): Uint32Array {
	return new Uint32Array(bytes.slice().buffer);
}

/**
 * One line per instruction. `s7` is slot 7; `0x..` an address, with the string that lies there; `!12` where it goes on
 * after an error, `->12` where it jumps to; `#5` the call of the plan it belongs to.
 */
export function disassemble(bytes: Uint8Array, arch: Arch): string {
	const { base, scratchAt, instructions, strings } = readHeader(bytes);
	const dataStart = instructionSize * (instructions + 1);
	const argument = ({ refs, args }: Instruction, i: number): string => {
		const value = args[i] ?? 0;
		if ((refs >> i) & 1) return `s${value}`;
		const offset = value - base;
		if (offset >= scratchAt && offset < bytes.length) return `&s${(offset - scratchAt) / 8}`;
		if (offset < dataStart || offset >= scratchAt)
			return Math.abs(value) > 0xffff ? `0x${value.toString(16)}` : String(value);
		return `0x${value.toString(16)}${offset < strings ? "" : ` ${textAt(bytes, offset)}`}`;
	};
	return decode(bytes)
		.map((one, i) => `${String(i + 1).padStart(4)}  ${instructionText(one, arch, (n) => argument(one, n))}\n`)
		.join("");
}

function instructionText(one: Instruction, arch: Arch, argument: (i: number) => string): string {
	const { op, dst, target, nr, id } = one;
	const result = dst === 0 ? "" : ` = s${dst}`;
	switch (op) {
		case "syscall": {
			const last = one.args.findLastIndex((value, i) => value !== 0 || (one.refs >> i) & 1);
			const args = Array.from({ length: last + 1 }, (_, i) => argument(i)).join(", ");
			return `${syscallName(nr, arch) ?? nr}(${args})${result}${target ? `  !${target}` : ""}${id ? `  #${id}` : ""}`;
		}
		case "load":
			return `load [${argument(0)} + ${argument(1)}]${result}`;
		case "store":
			return `store [${argument(0)} + ${argument(1)}] = ${argument(2)}`;
		case "jeq":
		case "jb":
			return one.refs === 0 && op === "jeq" && one.args[0] === one.args[1]
				? `jump  ->${target}`
				: `${op} ${argument(0)}, ${argument(1)}  ->${target}`;
		default:
			return op === "or" && one.args[1] === 0 && !(one.refs & 2)
				? `set ${argument(0)}${result}`
				: `${op} ${argument(0)}, ${argument(1)}${result}`;
	}
}

/** The string at an offset of a program. */
function textAt(bytes: Uint8Array, offset: number): string {
	return quoted(fromBytes(bytes.subarray(offset, bytes.indexOf(0, offset))));
}
