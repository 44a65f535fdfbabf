/** Policies that are written down as groups of calls by name: each group with what is answered to its calls, and when. */
import { type CallMachine, callNumbers, wordsOf } from "../linux/calls.ts";
import type { Arch } from "../linux/syscalls.ts";
import { type Answer, answers, refuseWith } from "./actions.ts";
import type { CallRule, Condition, MachinePolicy, Policy } from "./policy.ts";

/** Calls that get the same answer. Names that a machine does not have mean nothing on it. */
export interface Group {
	/** Names with blanks between. */
	readonly calls: string;
	readonly answer: Answer;
	/** Where there are any, one of these lists has to hold. */
	readonly when?: readonly (readonly Condition[])[];
}

const machinesOf: Readonly<Record<Arch, readonly CallMachine[]>> = { x64: ["x64", "i386"], arm64: ["arm64", "arm"] };

/** The policy of these groups for all machines whose programs this kernel runs. `newer` are calls that no table has yet. */
export function groupedPolicy(arch: Arch, groups: readonly Group[], otherwise: Answer, newer?: Answer): Policy {
	const machines: MachinePolicy[] = [];
	for (const machine of machinesOf[arch]) machines.push(grouped(machine, groups, otherwise, newer));
	return { machines, foreign: answers.killProcess, x32: refuseWith("ENOSYS") };
}

/** What is answered to a call without looking at its arguments: one list for all calls of a group. */
function rulesOf({ answer, when }: Group): readonly CallRule[] {
	if (!when) return [{ conditions: [], answer }];
	const rules: CallRule[] = [];
	for (const conditions of when) rules.push({ conditions, answer });
	return rules;
}

/** ARM's own calls stand apart, from this number on. __ARM_NR_BASE */
export const firstPrivate = 0xf_0000;

function grouped(
	machine: CallMachine,
	groups: readonly Group[],
	otherwise: Answer,
	newer: Answer | undefined,
): MachinePolicy {
	const numbers = callNumbers(machine);
	const calls = new Map<number, readonly CallRule[]>();
	for (const group of groups) {
		const rules = rulesOf(group);
		for (const name of wordsOf(group.calls)) {
			const number = numbers.get(name);
			if (number === undefined) continue;
			const before = calls.get(number);
			calls.set(number, before ? [...before, ...rules] : rules);
		}
	}
	if (newer === undefined) return { machine, calls, otherwise };
	let last = 0;
	for (const number of numbers.values()) if (number > last && number < firstPrivate) last = number;
	return { machine, calls, otherwise, newer: { from: last + 1, answer: newer } };
}
