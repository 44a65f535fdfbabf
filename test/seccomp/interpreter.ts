/** Filters as the kernel checks and runs them: bpf_check_classic, seccomp_check_filter, and the interpreter of seccomp(2). */
import type { Instruction } from "../../src/seccomp/bpf.ts";

/** What a filter sees of a call: `struct seccomp_data`. */
export interface Seen {
	readonly call: number;
	readonly architecture: number;
	readonly args?: readonly bigint[];
}

function dataOf({ call, architecture, args = [] }: Seen): DataView {
	const view = new DataView(new ArrayBuffer(64));
	view.setUint32(0, call, true);
	view.setUint32(4, architecture, true);
	args.forEach((arg, i) => {
		view.setBigUint64(16 + 8 * i, BigInt.asUintN(64, arg), true);
	});
	return view;
}

const loads = new Set([0x20, 0x80, 0x81, 0x00, 0x01, 0x60, 0x61]);
const stores = new Set([0x02, 0x03]);
const arithmetic = [0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0xa4];
const jumps = [0x15, 0x25, 0x35, 0x45];
const others = [0x06, 0x16, 0x07, 0x87, 0x84, 0x05];
/** Every code that is allowed; 8 more is the same with the index register. */
const allowed = new Set([
	...loads,
	...stores,
	...others,
	...[...arithmetic, ...jumps].flatMap((code) => [code, code + 8]),
]);

/** Whether the kernel takes this program. The rule about memory that was not written is left out. */
export function isValid(program: readonly Instruction[]): boolean {
	const { length } = program;
	if (length === 0 || length > 4096) return false;
	for (const [i, [code, ifTrue, ifFalse, value]] of program.entries()) {
		const left = length - i - 1;
		if (!allowed.has(code) || ifTrue > 255 || ifFalse > 255) return false;
		if (code === 0x20 && (value >= 64 || value % 4 !== 0)) return false;
		if ([0x60, 0x61, 0x02, 0x03].includes(code) && value >= 16) return false;
		if (code === 0x34 && value === 0) return false;
		if ((code === 0x64 || code === 0x74) && value >= 32) return false;
		if (code === 0x05 && value >= left) return false;
		if (jumps.includes(code & ~8) && (ifTrue >= left || ifFalse >= left)) return false;
	}
	return [0x06, 0x16].includes(program[length - 1]?.[0] ?? 0);
}

/** The answer of a program, and how many instructions it took. */
export function run(program: readonly Instruction[], seen: Seen): { answer: number; steps: number } {
	const data = dataOf(seen);
	const memory = new Uint32Array(16);
	let [a, x, steps] = [0, 0, 0];
	for (let at = 0; ; at++) {
		const instruction = program[at];
		if (!instruction) throw new Error(`the filter ran past its end, to ${at}`);
		const [code, ifTrue, ifFalse, value] = instruction;
		steps++;
		const operand = code & 8 ? x : value;
		const branch = (holds: boolean): void => {
			at += holds ? ifTrue : ifFalse;
		};
		if (code === 0x20) a = data.getUint32(value, true);
		else if (code === 0x80) a = 64;
		else if (code === 0x81) x = 64;
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
		else if (code === 0x06) return { answer: value, steps };
		else if (code === 0x16) return { answer: a, steps };
		else if ((code & 7) === 4) {
			if ((code & ~8) === 0x34 && operand === 0) return { answer: 0, steps };
			a = computed(code & ~8, a, operand);
		} else if ((code & ~8) === 0x15) branch(a === operand);
		else if ((code & ~8) === 0x25) branch(a > operand);
		else if ((code & ~8) === 0x35) branch(a >= operand);
		else if ((code & ~8) === 0x45) branch((a & operand) !== 0);
		else throw new Error(`the code ${code} at ${at} is not known`);
	}
}

function computed(code: number, a: number, operand: number): number {
	if (code === 0x04) return (a + operand) >>> 0;
	if (code === 0x14) return (a - operand) >>> 0;
	if (code === 0x24) return Math.imul(a, operand) >>> 0;
	if (code === 0x34) return Math.floor(a / operand);
	if (code === 0x44) return (a | operand) >>> 0;
	if (code === 0x54) return (a & operand) >>> 0;
	if (code === 0x64) return (a << operand) >>> 0;
	if (code === 0x74) return a >>> operand;
	return (a ^ operand) >>> 0;
}
