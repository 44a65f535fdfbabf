/**
 * A static executable around a program: ELF header, stub, program. elf(5).
 *
 *     file    0  header, program headers, stub     mapped at 0x400000, read and execute
 *          4096  program                           mapped at 0x10000000, read and write, scratch memory behind it
 *
 * No page is both writable and executable, and the stack is not executable.
 */
import type { Arch } from "../linux/syscalls.ts";
import type { Program } from "./assembler.ts";
import type { MachineCode } from "./listing.ts";

const codeBase = 0x400000;
/** Where an image's program lies; the stub's first instructions know it too. */
export const imageBase = 0x10000000;
const page = 4096;
const headerSize = 64;
const segmentSize = 56;
const machine = { x64: 62, arm64: 183 } as const;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474e551;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;

/** The bytes of an executable that runs `program`, which must have been linked at `imageBase`. */
export function elf(program: Program, code: MachineCode, arch: Arch): Uint8Array {
	if (program.base !== imageBase) throw new RangeError("an image's program has to be linked at imageBase");
	const segments = [
		{ type: PT_LOAD, flags: PF_R | PF_X, offset: 0, address: codeBase, memory: 0 },
		{ type: PT_LOAD, flags: PF_R | PF_W, offset: page, address: imageBase, memory: program.scratchSize },
		{ type: PT_GNU_STACK, flags: PF_R | PF_W, offset: 0, address: 0, memory: 0 },
	];
	const codeOffset = headerSize + segmentSize * segments.length;
	const sizes = [codeOffset + code.bytes.length, program.bytes.length, 0];
	if (codeOffset + code.bytes.length > page) throw new RangeError("the stub does not fit into its page");

	const bytes = new Uint8Array(page + program.bytes.length);
	const view = new DataView(bytes.buffer);
	bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // "\x7fELF", 64 bits, little-endian, version 1
	view.setUint16(16, 2, true); // ET_EXEC
	view.setUint16(18, machine[arch], true);
	view.setUint32(20, 1, true);
	view.setBigUint64(24, BigInt(codeBase + codeOffset + (code.labels.get("start") ?? 0)), true);
	view.setBigUint64(32, BigInt(headerSize), true);
	view.setUint16(52, headerSize, true);
	view.setUint16(54, segmentSize, true);
	view.setUint16(56, segments.length, true);
	view.setUint16(58, 64, true);
	segments.forEach(({ type, flags, offset, address, memory }, i) => {
		const at = headerSize + segmentSize * i;
		const size = sizes[i] ?? 0;
		view.setUint32(at, type, true);
		view.setUint32(at + 4, flags, true);
		view.setBigUint64(at + 8, BigInt(offset), true);
		view.setBigUint64(at + 16, BigInt(address), true);
		view.setBigUint64(at + 24, BigInt(address), true);
		view.setBigUint64(at + 32, BigInt(size), true);
		view.setBigUint64(at + 40, BigInt(size + memory), true);
		view.setBigUint64(at + 48, BigInt(type === PT_LOAD ? page : 16), true);
	});
	bytes.set(code.bytes, codeOffset);
	bytes.set(program.bytes, page);
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
