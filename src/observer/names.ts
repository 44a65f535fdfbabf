/** Names of system calls by their numbers, for every machine whose programs run here. */
import { type CallMachine, callNumbers } from "../linux/calls.ts";
import { architectures } from "../seccomp/policy.ts";

const names = new Map<number, ReadonlyMap<number, string>>();

/** The name of a call of this AUDIT_ARCH_*, or its number. */
export function nameOfCall(architecture: number, number: number): string {
	const known = names.get(architecture) ?? namesFor(architecture);
	names.set(architecture, known);
	return known.get(number) ?? String(number);
}

/** Of two names for one call the one that the table has first. */
function namesFor(architecture: number): ReadonlyMap<number, string> {
	const found = new Map<number, string>();
	for (const machine in architectures) {
		if (architectures[machine as CallMachine] !== architecture) continue;
		for (const [name, number] of callNumbers(machine as CallMachine)) if (!found.has(number)) found.set(number, name);
	}
	return found;
}
