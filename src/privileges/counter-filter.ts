/** A filter against allowing the time stamp counter again, as a program of the kernel's packet filter. */
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import type { Arch } from "../linux/syscalls.ts";
import { bpf, dataOffsets, encode, type Instruction } from "../seccomp/bpf.ts";

/** prctl(2) by every way a process of x86-64 can call it: also as a 32-bit program, and by the x32 numbers. */
const prctls = [
	[constants.AUDIT_ARCH_X86_64, 157],
	[constants.AUDIT_ARCH_X86_64, 0x4000_0000 + 157],
	[constants.AUDIT_ARCH_I386, 172],
] as const;

/** Instructions for one pair of architecture and call, that go on behind them when it is another. */
const instructionsPerCall = 4;

/**
 * The filter as an array of `struct sock_filter`; empty where there is no such counter. The option of prctl(2) is
 * compared by its lower 32 bits, because the kernel takes no notice of the upper ones.
 */
export function counterFilter(arch: Arch): Uint8Array {
	if (arch !== "x64") return new Uint8Array();
	const program: Instruction[] = [];
	prctls.forEach(([architecture, number], i) => {
		const toCheck = instructionsPerCall * (prctls.length - i - 1) + 1;
		program.push([bpf.load, 0, 0, dataOffsets.architecture], [bpf.jumpIfEqual, 0, 2, architecture]);
		program.push([bpf.load, 0, 0, dataOffsets.call], [bpf.jumpIfEqual, toCheck, 0, number]);
	});
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ALLOW], [bpf.load, 0, 0, dataOffsets.argument(0)]);
	program.push([bpf.jumpIfEqual, 1, 0, constants.PR_SET_TSC], [bpf.give, 0, 0, constants.SECCOMP_RET_ALLOW]);
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ERRNO + errnoNumber("EPERM")]);
	return encode(program);
}
