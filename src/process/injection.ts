/** A filter against typing into the caller's terminal, as a program of the kernel's packet filter. */
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import type { Arch } from "../linux/syscalls.ts";

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

/** Where things stand in `struct seccomp_data`. seccomp(2) */
const offsets = { call: 0, architecture: 4, request: 24 } as const;

/** Instructions of the filter. bpf(4) */
const [load, jumpIfEqual, give] = [0x20, 0x15, 0x06];

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

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
		program.push([load, 0, 0, offsets.architecture], [jumpIfEqual, 0, 2, architecture]);
		program.push([load, 0, 0, offsets.call], [jumpIfEqual, toCheck, 0, call]);
	});
	program.push([give, 0, 0, constants.SECCOMP_RET_ALLOW], [load, 0, 0, offsets.request]);
	requests.forEach((request, i) => {
		const toRefuse = requests.length - i;
		program.push([jumpIfEqual, toRefuse, 0, request]);
	});
	program.push([give, 0, 0, constants.SECCOMP_RET_ALLOW]);
	program.push([give, 0, 0, constants.SECCOMP_RET_ERRNO + errnoNumber("EPERM")]);
	return encode(program);
}

function encode(program: readonly Instruction[]): Uint8Array {
	const view = new DataView(new ArrayBuffer(8 * program.length));
	program.forEach(([code, ifTrue, ifFalse, value], i) => {
		view.setUint16(8 * i, code, true);
		view.setUint8(8 * i + 2, ifTrue);
		view.setUint8(8 * i + 3, ifFalse);
		view.setUint32(8 * i + 4, value, true);
	});
	return new Uint8Array(view.buffer);
}
