/** The 64 bytes at the beginning of a program, where instruction 0 would be: what the stub and readers have to know of it. */
import { getWord, instructionSize } from "./instruction.ts";

/** "nski" and "t", the version of the format behind it, as 32-bit words. */
export const magic = [0x696b736e, 0x00010074] as const;
/**
 * Where the header's fields stand, in 32-bit words. The last three are 64-bit addresses within the command: of the files
 * to try, of argv with one word before it, and of the environment.
 */
export const header = {
	scratch: 0,
	magic: 2,
	instructions: 4,
	strings: 5,
	scratchAt: 6,
	files: 8,
	argv: 10,
	env: 12,
} as const;

/** What `readHeader` finds in a program's header. */
export interface ProgramHeader {
	readonly base: number;
	readonly instructions: number;
	/** Where the strings begin. */
	readonly strings: number;
	/** Where the scratch memory begins. */
	readonly scratchAt: number;
}

/** Reads a program's header. Throws a `RangeError` when `bytes` hold no whole program. */
export function readHeader(bytes: Uint8Array): ProgramHeader {
	const whole = bytes.length >= instructionSize;
	const words = whole ? new Uint32Array(bytes.slice(0, instructionSize).buffer) : new Uint32Array();
	const isProgram = whole && magic.every((half, i) => half === words[header.magic + i]);
	if (!isProgram) throw new RangeError("these bytes are no program of nskit");
	const [instructions = 0, strings = 0, scratchAt = 0] = words.subarray(header.instructions);
	const inOrder = instructionSize * (instructions + 1) <= strings && strings <= scratchAt;
	if (!inOrder || scratchAt > bytes.length) throw new RangeError("the program is cut short");
	return { base: getWord(words, header.scratch) - scratchAt, instructions, strings, scratchAt };
}
