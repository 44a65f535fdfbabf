/**
 * A filter that refuses, with the observer in between: it asks where the filter would refuse, and the observer, which
 * runs the same program over the same data, answers with the same error. What is decided is decided by the numbers in the
 * registers, which the kernel has copied: unlike paths, nobody can change them meanwhile. seccomp_unotify(2)
 */
import { constants } from "../linux/constants.ts";
import { bpf, type Instruction } from "../seccomp/bpf.ts";

const { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF } = constants;
const kindMask = 0xffff_0000;

/** Whether a filter's answer is an error for the caller, and which. */
export function errorOf(answer: number): number | undefined {
	return (answer & kindMask) >>> 0 === SECCOMP_RET_ERRNO ? answer & 0xffff : undefined;
}

/**
 * `refusing` and then `watching` as one program: an error becomes a question, and what is allowed is looked at by
 * `watching`. Everything else, such as an end of the process, stays as it is.
 */
export function joined(refusing: readonly Instruction[], watching: readonly Instruction[]): Instruction[] {
	const program = refusing.map((instruction, i): Instruction => {
		const [code, , , value] = instruction;
		if (code !== bpf.give) return instruction;
		if (value === SECCOMP_RET_ALLOW) return [bpf.jump, 0, 0, refusing.length - i - 1];
		return errorOf(value) === undefined ? instruction : [bpf.give, 0, 0, SECCOMP_RET_USER_NOTIF];
	});
	return [...program, ...watching];
}

/** What a program answers for `struct seccomp_data`, given as its sixteen 32-bit words. */
export function answerOf(program: readonly Instruction[], data: Uint32Array): number {
	let accumulator = 0;
	for (let at = 0; at < program.length; at++) {
		const [code, ifTrue, ifFalse, value] = program[at] as Instruction;
		if (code === bpf.give) return value >>> 0;
		if (code === bpf.load) accumulator = data[value >> 2] ?? 0;
		else if (code === bpf.and) accumulator = (accumulator & value) >>> 0;
		else if (code === bpf.jump) at += value;
		else at += holds(code, accumulator, value >>> 0) ? ifTrue : ifFalse;
	}
	throw new RangeError("a filter ends without an answer");
}

function holds(code: number, accumulator: number, value: number): boolean {
	switch (code) {
		case bpf.jumpIfEqual:
			return accumulator === value;
		case bpf.jumpIfGreater:
			return accumulator > value;
		case bpf.jumpIfAtLeast:
			return accumulator >= value;
		case bpf.jumpIfAnySet:
			return (accumulator & value) !== 0;
		default:
			throw new RangeError(`no instruction of a filter has the code ${code}`);
	}
}
