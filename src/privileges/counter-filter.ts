/** A filter against allowing the time stamp counter again, as a program of the kernel's packet filter. */
import { constants } from "../linux/constants.ts";
import type { Arch } from "../linux/syscalls.ts";
import { refusal } from "../seccomp/refusal.ts";

/** prctl(2) by every way a process of x86-64 can call it: also as a 32-bit program, and by the x32 numbers. */
const prctls = [
	[constants.AUDIT_ARCH_X86_64, 157],
	[constants.AUDIT_ARCH_X86_64, 0x4000_0000 + 157],
	[constants.AUDIT_ARCH_I386, 172],
] as const;

/**
 * The filter as an array of `struct sock_filter`; empty where there is no such counter. The option of prctl(2) is
 * compared by its lower 32 bits, because the kernel takes no notice of the upper ones.
 */
export const counterFilter = (arch: Arch): Uint8Array =>
	arch === "x64" ? refusal(prctls, 0, [constants.PR_SET_TSC]) : new Uint8Array();
