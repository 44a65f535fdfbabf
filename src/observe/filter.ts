/** The filter that tells the observer of calls, as a program of the kernel's packet filter. seccomp_unotify(2) */
import { constants } from "../linux/constants.ts";
import type { Arch } from "../linux/syscalls.ts";
import { bpf, dataOffsets, type Instruction } from "../seccomp/bpf.ts";
import { type Condition, type Watched, watchedCalls } from "./calls.ts";

/** AUDIT_ARCH_* of the programs that an architecture is made for. */
export const architectures: Readonly<Record<Arch, number>> = {
	x64: constants.AUDIT_ARCH_X86_64,
	arm64: constants.AUDIT_ARCH_AARCH64,
};

const allow: Instruction = [bpf.give, 0, 0, constants.SECCOMP_RET_ALLOW];
const notify: Instruction = [bpf.give, 0, 0, constants.SECCOMP_RET_USER_NOTIF];

/** Calls that are compared one after the other; among more, half of them are left out first. */
const linear = 3;

/** The program. Calls by the numbers of another architecture are not told of. */
export function watchProgram(arch: Arch): Instruction[] {
	return [
		[bpf.load, 0, 0, dataOffsets.architecture],
		[bpf.jumpIfEqual, 1, 0, architectures[arch]],
		allow,
		[bpf.load, 0, 0, dataOffsets.call],
		...search(watchedCalls(arch)),
	];
}

/** Finds the number in the accumulator among these calls, which are in order. Always ends with an answer. */
function search(calls: readonly Watched[]): Instruction[] {
	if (calls.length <= linear) {
		const found: Instruction[] = [];
		for (const { number, when } of calls) {
			const answer = when ? conditional(when) : [notify];
			found.push([bpf.jumpIfEqual, 0, answer.length, number], ...answer);
		}
		return [...found, allow];
	}
	const middle = calls.length >> 1;
	const below = search(calls.slice(0, middle));
	// A conditional jump reaches 255 instructions at most.
	const over: Instruction[] = [
		[bpf.jumpIfAtLeast, 0, 1, calls[middle]?.number ?? 0],
		[bpf.jump, 0, 0, below.length],
	];
	return [...over, ...below, ...search(calls.slice(middle))];
}

/** The answer that depends on an argument. */
function conditional(when: Condition): Instruction[] {
	const low: Instruction = [bpf.load, 0, 0, dataOffsets.argument(when.argument)];
	if ("any" in when) return [low, [bpf.jumpIfAnySet, 1, 0, when.any], allow, notify];
	if ("none" in when) return [low, [bpf.jumpIfAnySet, 0, 1, when.none], allow, notify];
	const high: Instruction = [bpf.load, 0, 0, dataOffsets.argument(when.argument) + 4];
	return [low, [bpf.jumpIfEqual, 0, 3, 0], high, [bpf.jumpIfEqual, 0, 1, 0], allow, notify];
}
