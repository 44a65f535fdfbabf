/**
 * A static executable around a program: ELF header, stub, program. elf(5).
 *
 *     file    0  header, program headers, stub     mapped at 0x400000, read and execute
 *          4096  program                           mapped at 0x10000000, read and write
 *
 * No page is both writable and executable, and the stack is not executable.
 */
import type { Arch } from "../linux/syscalls.ts";
import { readHeader } from "./header.ts";
import { setWord } from "./instruction.ts";
import type { MachineCode } from "./listing.ts";

const codeBase = 0x400000;
/** Where an image's program lies; the stub's first instructions know it too. */
export const imageBase = 0x10000000;
const page = 4096;
const headerSize = 64;
const segmentSize = 56;
const machine = { x64: 62, arm64: 183 } as const;
const sectionSize = 64;
const ET_EXEC = 2;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474e551;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;

/** The bytes of an executable that runs a program, whole with its command, which must have been linked at `imageBase`. */
export function elf(program: Uint8Array, code: MachineCode, arch: Arch): Uint8Array {
	if (readHeader(program).base !== imageBase) throw new RangeError("an image's program has to be linked at imageBase");
	const segments = [
		{ type: PT_LOAD, flags: PF_R | PF_X, offset: 0, address: codeBase },
		{ type: PT_LOAD, flags: PF_R | PF_W, offset: page, address: imageBase },
		{ type: PT_GNU_STACK, flags: PF_R | PF_W, offset: 0, address: 0 },
	];
	const codeOffset = headerSize + segmentSize * segments.length;
	const sizes = [codeOffset + code.bytes.length, program.length, 0];
	if (codeOffset + code.bytes.length > page) throw new RangeError("the stub does not fit into its page");

	const bytes = new Uint8Array(page + program.length);
	const words = new Uint32Array(bytes.buffer, 0, page / 4);
	bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // "\x7fELF", 64 bits, little-endian, version 1
	words[4] = ET_EXEC | (machine[arch] << 16);
	words[5] = 1;
	setWord(words, 6, codeBase + codeOffset + (code.labels.get("start") ?? 0));
	setWord(words, 8, headerSize);
	words[13] = headerSize | (segmentSize << 16);
	words[14] = segments.length | (sectionSize << 16);
	for (let i = 0; i < segments.length; i++) {
		const { type = 0, flags = 0, offset = 0, address = 0 } = segments[i] ?? {};
		const at = (headerSize + segmentSize * i) / 4;
		const size = sizes[i] ?? 0;
		words[at] = type;
		words[at + 1] = flags;
		setWord(words, at + 2, offset);
		setWord(words, at + 4, address);
		setWord(words, at + 6, address);
		setWord(words, at + 8, size);
		setWord(words, at + 10, size);
		setWord(words, at + 12, type === PT_LOAD ? page : 16);
	}
	bytes.set(code.bytes, codeOffset);
	bytes.set(program, page);
	return bytes;
}

/** The program inside an image made by `elf`. Throws a `RangeError` for any other file. */
export function programOf(image: Uint8Array): { arch: Arch; bytes: Uint8Array } {
	const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
	const arch = (["x64", "arm64"] as const).find(
		(name) => image.length > page && machine[name] === view.getUint16(18, true),
	);
	if (!arch || view.getUint32(0, false) !== 0x7f454c46) throw new RangeError("this file is no image of nskit");
	return { arch, bytes: image.subarray(page) };
}
