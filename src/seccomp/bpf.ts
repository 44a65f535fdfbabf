/** Instructions of the kernel's packet filter, as seccomp(2) runs them. */

/** One `struct sock_filter`; jumps count the instructions that are left out. */
export type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** The operations that filters of ours are made of. bpf(4) */
export const bpf = {
	/** BPF_LD|BPF_W|BPF_ABS: a word of `struct seccomp_data` becomes the accumulator. */
	load: 0x20,
	/** BPF_JMP|BPF_JA */
	jump: 0x05,
	/** BPF_JMP|BPF_JEQ|BPF_K */
	jumpIfEqual: 0x15,
	/** BPF_JMP|BPF_JGT|BPF_K */
	jumpIfGreater: 0x25,
	/** BPF_JMP|BPF_JGE|BPF_K */
	jumpIfAtLeast: 0x35,
	/** BPF_JMP|BPF_JSET|BPF_K */
	jumpIfAnySet: 0x45,
	/** BPF_ALU|BPF_AND|BPF_K */
	and: 0x54,
	/** BPF_RET|BPF_K */
	give: 0x06,
} as const;

/** Where things stand in `struct seccomp_data`. An argument has 64 bits, the lower 32 first. seccomp(2) */
export const dataOffsets = { call: 0, architecture: 4, argument: (i: number) => 16 + 8 * i } as const;

/** BPF_MAXINSNS: a longer program is refused. */
export const mostInstructions = 4096;

/** Bytes of one `struct sock_filter`. */
export const instructionSize = 8;

/** The program as an array of `struct sock_filter`. */
export function encode(program: readonly Instruction[]): Uint8Array {
	const words = new Uint32Array(2 * program.length);
	let at = 0;
	for (const [code, ifTrue, ifFalse, value] of program) {
		words[at] = code | (ifTrue << 16) | (ifFalse << 24);
		words[at + 1] = value;
		at += 2;
	}
	return new Uint8Array(words.buffer);
}

/** A program from an array of `struct sock_filter`. */
export function decode(bytes: Uint8Array): Instruction[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const program: Instruction[] = [];
	for (let at = 0; at + instructionSize <= bytes.length; at += instructionSize) {
		const [code, value] = [view.getUint16(at, true), view.getUint32(at + 4, true)];
		program.push([code, view.getUint8(at + 2), view.getUint8(at + 3), value]);
	}
	return program;
}
