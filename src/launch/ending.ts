import type { Arch } from "../linux/syscalls.ts";
import { elf, imageBase } from "../stub/elf.ts";
import { machine } from "../stub/routines/machine.ts";
import { imageFile, stub } from "./image.ts";

/**
 * An executable that ends by a signal, for a process that has to end as its command did: Bun has handlers of its own for
 * some, which execve(2) takes away.
 */
export function endingFile(signal: number, arch: Arch): number {
	const { asm, call, flags, slot } = machine(arch);
	const [self, nothing] = [slot("ending.self"), asm.table([0, 0, 0, 0])];
	call("rt_sigaction", [signal, nothing, 0, 8]);
	// A second core dump would replace the command's.
	call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]);
	call("rt_sigprocmask", [flags("SIG_SETMASK"), asm.table([0]), 0, 8]);
	call("getpid", [], { dst: self });
	call("kill", [self, signal]);
	call("exit_group", [128 + signal]);
	return imageFile(elf(asm.link(imageBase).bytes, stub(arch), arch));
}
