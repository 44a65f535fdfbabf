import type { Address, Label } from "../assembler.ts";
import type { Machine } from "./machine.ts";

/** Bytes of `siginfo_t`. sigaction(2) */
export const siginfoSize = 128;
/** Where `si_code` stands in it. */
export const siCode = 8;
/** Where `si_pid` stands in the siginfo of a signal that a process has sent; 0 for one outside of our PID namespace. */
export const siPid = 16;
/** The `si_code` of signals from the terminal and other parts of the kernel. */
const SI_KERNEL = 0x80;

/** Goes on at `target` when the signal that `info` tells of was sent by the kernel, and not by a process. */
export function jumpIfFromKernel({ asm, slot }: Machine, info: Address, target: Label): void {
	const code = slot("siginfo.code");
	asm.load(code, info, siCode);
	asm.compute(code, "and", code, 0xffffffff);
	asm.jumpIfEqual(code, SI_KERNEL, target);
}
