/** Runs a filter over a call as the kernel does: the interpreter of seccomp(2), with every instruction that it takes. */
import type { Instruction } from "./bpf.ts";

/** What a filter says, and after how many instructions. */
export interface Outcome {
	readonly answer: number;
	readonly steps: number;
}

/** What a program answers for `struct seccomp_data`, given as its sixteen 32-bit words. */
export const answerOf = (program: readonly Instruction[], data: Uint32Array): number => run(program, data).answer;

/** The same with the length of its way. Throws a RangeError where the kernel would not have taken the program. */
export function run(program: readonly Instruction[], data: Uint32Array): Outcome {
	const memory = new Uint32Array(16);
	let [a, x, steps] = [0, 0, 0];
	for (let at = 0; at < program.length; at++) {
		const [code, ifTrue, ifFalse, value] = program[at] as Instruction;
		const operand = code & 8 ? x : value >>> 0;
		const kind = code & ~8;
		steps++;
		if (code === 0x20) a = word(data, value);
		else if (code === 0x80) a = data.byteLength;
		else if (code === 0x81) x = data.byteLength;
		else if (code === 0x00) a = value;
		else if (code === 0x01) x = value;
		else if (code === 0x60) a = memory[value] ?? 0;
		else if (code === 0x61) x = memory[value] ?? 0;
		else if (code === 0x02) memory[value] = a;
		else if (code === 0x03) memory[value] = x;
		else if (code === 0x07) x = a;
		else if (code === 0x87) a = x;
		else if (code === 0x84) a = -a >>> 0;
		else if (code === 0x05) at += value;
		else if (code === 0x06) return { answer: value >>> 0, steps };
		else if (code === 0x16) return { answer: a, steps };
		else if (kind === 0x34 && operand === 0) return { answer: 0, steps };
		else if ((code & 7) === 4) a = computed(kind, a, operand);
		else at += holds(kind, a, operand) ? ifTrue : ifFalse;
	}
	throw new RangeError("a filter ends without an answer");
}

function word(data: Uint32Array, offset: number): number {
	const value = data[offset / 4];
	if (value === undefined) throw new RangeError("a filter reads what is not there");
	return value;
}

function computed(kind: number, a: number, operand: number): number {
	if (kind === 0x04) return (a + operand) >>> 0;
	if (kind === 0x14) return (a - operand) >>> 0;
	if (kind === 0x24) return Math.imul(a, operand) >>> 0;
	if (kind === 0x34) return Math.floor(a / operand);
	if (kind === 0x44) return (a | operand) >>> 0;
	if (kind === 0x54) return (a & operand) >>> 0;
	if (kind === 0x64) return (a << operand) >>> 0;
	if (kind === 0x74) return a >>> operand;
	if (kind === 0xa4) return (a ^ operand) >>> 0;
	throw new RangeError(`no instruction of a filter has the code ${kind}`);
}

function holds(kind: number, a: number, operand: number): boolean {
	if (kind === 0x15) return a === operand;
	if (kind === 0x25) return a > operand;
	if (kind === 0x35) return a >= operand;
	if (kind === 0x45) return (a & operand) !== 0;
	throw new RangeError(`no instruction of a filter has the code ${kind}`);
}
