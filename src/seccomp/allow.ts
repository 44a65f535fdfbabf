/** Calls that are allowed although a policy refuses them, whatever their arguments are. */
import { type CallMachine, callNamesOf, callNumbers, isCallName } from "../linux/calls.ts";
import { nearest } from "../nearest.ts";
import type { Problem } from "../plan/types.ts";
import { answers } from "./actions.ts";
import type { CallRule, MachinePolicy, Policy } from "./policy.ts";

const allowed: readonly CallRule[] = [{ conditions: [], answer: answers.allow }];

/** The policy without what it says of these calls. Names that a machine does not have mean nothing on it. */
export function allowing(policy: Policy, names: readonly string[]): Policy {
	const machines: MachinePolicy[] = [];
	for (const one of policy.machines) machines.push(names.length === 0 ? one : machineAllowing(one, names));
	return { ...policy, machines };
}

function machineAllowing(policy: MachinePolicy, names: readonly string[]): MachinePolicy {
	const numbers = callNumbers(policy.machine);
	const calls = new Map(policy.calls);
	for (const name of names) {
		const number = numbers.get(name);
		if (number !== undefined) calls.set(number, allowed);
	}
	return { ...policy, calls };
}

/** Of so many names it is said what may have been meant: that takes a while, and a profile may have very many. */
const mostGuessed = 20;

/** A problem for each name that no machine has a call of. */
export function allowProblems(names: readonly string[], machine: CallMachine): Problem[] {
	const problems: Problem[] = [];
	for (const name of names) {
		if (isCallName(name)) continue;
		const near = problems.length < mostGuessed ? nearest(name, callNamesOf(machine)) : undefined;
		problems.push({
			code: "SECCOMP_CALL_UNKNOWN",
			message: `there is no system call ${JSON.stringify(name)} that could be allowed`,
			hint: near ? `did you mean ${near}?` : "system calls are named as in syscalls(2), such as keyctl",
		});
	}
	return problems;
}
