/** A filter against typing into the caller's terminal, as a program of the kernel's packet filter. */
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import type { Arch } from "../linux/syscalls.ts";
import { bpf, dataOffsets, encode, type Instruction } from "../seccomp/bpf.ts";

/** ioctl(2) by every way a process can call it: also as a 32-bit program, and by the x32 numbers. */
const ioctls: Readonly<Record<Arch, readonly (readonly [architecture: number, call: number])[]>> = {
	x64: [
		[constants.AUDIT_ARCH_X86_64, 16],
		[constants.AUDIT_ARCH_X86_64, 0x4000_0000 + 514],
		[constants.AUDIT_ARCH_I386, 54],
	],
	arm64: [
		[constants.AUDIT_ARCH_AARCH64, 29],
		[constants.AUDIT_ARCH_ARM, 54],
	],
};

/** What types into a terminal: the first into any, the second by pasting on a console of the machine. */
const requests = [constants.TIOCSTI, constants.TIOCLINUX];

/** Instructions for one pair of architecture and call, that go on behind them when it is another. */
const instructionsPerCall = 4;

/**
 * The filter as an array of `struct sock_filter`. The request is compared by its lower 32 bits, because the kernel takes
 * no notice of the upper ones (CVE-2019-10063).
 */
export function injectionFilter(arch: Arch): Uint8Array {
	const calls = ioctls[arch];
	const program: Instruction[] = [];
	calls.forEach(([architecture, call], i) => {
		const toCheck = instructionsPerCall * (calls.length - i - 1) + 1;
		program.push([bpf.load, 0, 0, dataOffsets.architecture], [bpf.jumpIfEqual, 0, 2, architecture]);
		program.push([bpf.load, 0, 0, dataOffsets.call], [bpf.jumpIfEqual, toCheck, 0, call]);
	});
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ALLOW], [bpf.load, 0, 0, dataOffsets.argument(1)]);
	requests.forEach((request, i) => {
		const toRefuse = requests.length - i;
		program.push([bpf.jumpIfEqual, toRefuse, 0, request]);
	});
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ALLOW]);
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ERRNO + errnoNumber("EPERM")]);
	return encode(program);
}
