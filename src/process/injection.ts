/** A filter against typing into the caller's terminal, as a program of the kernel's packet filter. */
import { constants } from "../linux/constants.ts";
import type { Arch } from "../linux/syscalls.ts";
import { refusal, type Way } from "../seccomp/refusal.ts";

/** ioctl(2) by every way a process can call it: also as a 32-bit program, and by the x32 numbers. */
const ioctls: Readonly<Record<Arch, readonly Way[]>> = {
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

/**
 * The filter as an array of `struct sock_filter`. The request is compared by its lower 32 bits, because the kernel takes
 * no notice of the upper ones (CVE-2019-10063).
 */
export const injectionFilter = (arch: Arch): Uint8Array => refusal(ioctls[arch], 1, requests);
