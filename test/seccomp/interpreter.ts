/** Filters as the kernel checks them, bpf_check_classic and seccomp_check_filter, and runs them over calls. */
import type { Instruction } from "../../src/seccomp/bpf.ts";
import { run as answered, type Outcome } from "../../src/seccomp/interpreter.ts";

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
export function run(program: readonly Instruction[], seen: Seen): Outcome {
	return answered(program, new Uint32Array(dataOf(seen).buffer));
}
