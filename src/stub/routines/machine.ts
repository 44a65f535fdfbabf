import { flagValue } from "../../linux/constants.ts";
import { type Arch, type Syscall, syscallNumber } from "../../linux/syscalls.ts";
import { type Address, Assembler, type Label, type Operand, type Slot } from "../assembler.ts";

/** What a routine is written with: an assembler, system calls and constants by name, slots and buffers by name. */
export interface Machine {
	readonly asm: Assembler;
	/** A system call by name. */
	call(
		name: Syscall,
		args: readonly Operand[],
		to?: { dst?: Slot | undefined; onError?: Label | undefined; id?: number },
	): void;
	/** The value of constants joined with `|`. */
	flags(names: string): number;
	/** The slot behind a name of the plan. */
	slot(name: string): Slot;
	/** The zeroed memory behind a name of the plan. */
	buffer(name: string, size: number): Address;
}

/** A machine for this architecture. Its functions may be taken out of it. */
export function machine(arch: Arch): Machine {
	const asm = new Assembler();
	const slot = remembered(() => asm.slot());
	const buffer = remembered((size: number) => asm.scratch(size));
	return {
		asm,
		call: (name, args, to) => asm.syscall(syscallNumber(name, arch), args, to),
		flags: (names) => flagValue(names, arch),
		slot: (name) => slot(name, 8),
		buffer,
	};
}

function remembered<T>(make: (size: number) => T): (name: string, size: number) => T {
	const known = new Map<string, T>();
	return (name, size) => {
		const value = known.get(name) ?? make(size);
		known.set(name, value);
		return value;
	};
}
