import type { Arch } from "../linux/syscalls.ts";
import { elf, imageBase } from "../stub/elf.ts";
import { machine } from "../stub/routines/machine.ts";
import { stub } from "./image.ts";

/** The smallest command: a static executable that exits with 0. What is left to measure is the way into the namespaces. */
export function noopImage(arch: Arch): Uint8Array {
	const { asm, call } = machine(arch);
	call("exit_group", [0]);
	return elf(asm.link(imageBase).bytes, stub(arch), arch);
}
