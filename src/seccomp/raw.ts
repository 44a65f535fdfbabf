/** Filters that somebody else has compiled: bytes that the kernel would take, or what is wrong with them. */
import { answers, isAllowed } from "./actions.ts";
import { bpf, type Instruction, instructionSize, mostInstructions } from "./bpf.ts";

/** Where each instruction is allowed by seccomp: what it does with its value. Others the kernel refuses. */
const kinds = new Map<number, "word" | "length" | "memory" | "jump" | "branch" | "divide" | "shift" | "any">();
const add = (kind: NonNullable<ReturnType<typeof kinds.get>>, ...codes: number[]): void => {
	for (const code of codes) kinds.set(code, kind);
};
// BPF_LD|BPF_W|BPF_ABS; then BPF_LD and BPF_LDX of BPF_LEN, which become a constant, of BPF_IMM and of BPF_MEM.
add("word", bpf.load);
add("length", 0x80, 0x81);
add("any", 0x00, 0x01);
add("memory", 0x60, 0x61, 0x02, 0x03);
// BPF_RET of a constant and of the accumulator, BPF_MISC|BPF_TAX and BPF_TXA.
add("any", bpf.give, 0x16, 0x07, 0x87);
// BPF_ALU: add, sub, mul, div, or, and, lsh, rsh, neg, xor, with a constant and with the index register. There is no mod.
add("any", 0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x3c, 0x44, 0x4c, 0x54, 0x5c, 0x6c, 0x7c, 0x84, 0xa4, 0xac);
add("divide", 0x34);
add("shift", 0x64, 0x74);
// BPF_JMP: always, and equal, greater, at least, any bit, with a constant and with the index register.
add("jump", bpf.jump);
add("branch", 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d);

/** Bytes of `struct seccomp_data`, and words of scratch memory (BPF_MEMWORDS). */
const [dataSize, memoryWords] = [64, 16];

/** The instructions of a filter, or what is wrong with it, in words. */
export function readProgram(bytes: Uint8Array): readonly Instruction[] | string {
	const { length } = bytes;
	if (length === 0) return "it is empty";
	if (length % instructionSize !== 0) return `it has ${length} bytes, which is no multiple of ${instructionSize}`;
	const count = length / instructionSize;
	if (count > mostInstructions) return `it has ${count} instructions, and the kernel takes ${mostInstructions}`;
	const view = new DataView(bytes.buffer, bytes.byteOffset, length);
	const program: Instruction[] = [];
	for (let at = 0; at < length; at += instructionSize) {
		program.push([
			...[view.getUint16(at, true), view.getUint8(at + 2), view.getUint8(at + 3), view.getUint32(at + 4, true)],
		] as unknown as Instruction);
	}
	for (let i = 0; i < count; i++) {
		const wrong = wrongWith(program, i);
		if (wrong) return `instruction ${i} ${wrong}`;
	}
	const last = program[count - 1]?.[0];
	return last === bpf.give || last === 0x16 ? (unwritten(program) ?? program) : "its last instruction gives no answer";
}

function wrongWith(program: readonly Instruction[], i: number): string | undefined {
	const [code, ifTrue, ifFalse, value] = program[i] ?? [0, 0, 0, 0];
	const left = program.length - i - 1;
	switch (kinds.get(code)) {
		case undefined:
			return `has the code 0x${code.toString(16)}, which is not allowed`;
		case "word":
			return value >= dataSize || value % 4 !== 0 ? `loads from ${value}, where there is no word` : undefined;
		case "memory":
			return value >= memoryWords ? `uses word ${value} of ${memoryWords} of memory` : undefined;
		case "divide":
			return value === 0 ? "divides by zero" : undefined;
		case "shift":
			return value >= 32 ? `shifts by ${value}` : undefined;
		case "jump":
			return value >= left ? "jumps behind the end" : undefined;
		case "branch":
			return ifTrue >= left || ifFalse >= left ? "jumps behind the end" : undefined;
		default:
			return undefined;
	}
}

/** Scratch memory that is read on a way on which it was not written: the kernel refuses that. */
function unwritten(program: readonly Instruction[]): string | undefined {
	const all = 0xffff;
	const written = new Uint16Array(program.length).fill(all);
	let now = 0;
	for (const [i, [code, ifTrue, ifFalse, value]] of program.entries()) {
		now &= written[i] ?? all;
		const reach = (skipped: number): void => {
			const to = i + 1 + skipped;
			written[to] = (written[to] ?? all) & now;
		};
		if (code === 0x02 || code === 0x03) now |= 1 << value;
		else if ((code === 0x60 || code === 0x61) && !(now & (1 << value)))
			return `instruction ${i} reads memory that was not written`;
		else if (code === bpf.jump) reach(value);
		else if (kinds.get(code) === "branch") for (const skipped of [ifTrue, ifFalse]) reach(skipped);
		if (code === bpf.jump || kinds.get(code) === "branch") now = all;
	}
	return undefined;
}

/** The same filter that refuses nothing, and lets the kernel log instead; `undefined` where it computes its answers. */
export function onlyLogging(program: readonly Instruction[]): Instruction[] | undefined {
	const logging: Instruction[] = [];
	for (const instruction of program) {
		const [code, , , value] = instruction;
		if (code === 0x16) return undefined;
		logging.push(code === bpf.give && !isAllowed(value) ? [code, 0, 0, answers.log] : instruction);
	}
	return logging;
}
