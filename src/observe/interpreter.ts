/** What the kernel opens besides a file that is executed, and tells nobody of. execve(2), elf(5) */
import { fromBytes } from "../bytes.ts";

/** Bytes of the beginning of a file that are looked at. */
export const headSize = 4096;

/** The interpreter that a script or an ELF executable names; `undefined` where it names none. */
export function interpreterOf(head: Uint8Array): string | undefined {
	if (head[0] === 0x23 && head[1] === 0x21) return scriptInterpreter(head.subarray(2));
	const isElf = head.length > 64 && head[0] === 0x7f && fromBytes(head.subarray(1, 4)) === "ELF";
	return isElf && head[4] === 2 ? elfInterpreter(head) : undefined;
}

function scriptInterpreter(line: Uint8Array): string | undefined {
	const end = line.indexOf(0x0a);
	const words = fromBytes(end < 0 ? line.subarray(0, 254) : line.subarray(0, end)).trim();
	const path = words.split(/[ \t]/)[0];
	return path ? path : undefined;
}

const PT_INTERP = 3;

/** Of a 64-bit file; its program headers and the name have to lie within the head, as linkers place them. */
function elfInterpreter(head: Uint8Array): string | undefined {
	const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
	const [headers, size, count] = [
		Number(view.getBigUint64(32, true)),
		view.getUint16(54, true),
		view.getUint16(56, true),
	];
	for (let i = 0; i < count; i++) {
		const at = headers + i * size;
		if (size < 56 || at + size > head.length) return undefined;
		if (view.getUint32(at, true) !== PT_INTERP) continue;
		const [start, length] = [Number(view.getBigUint64(at + 8, true)), Number(view.getBigUint64(at + 32, true))];
		if (length < 2 || start + length > head.length) return undefined;
		return fromBytes(head.subarray(start, start + length - 1));
	}
	return undefined;
}
