/** What a policy and a profile mean, said in the plainest way: nothing of the compiler's. */
import type { CallMachine } from "../../src/linux/calls.ts";
import { callNumbers } from "../../src/linux/calls.ts";
import type { SeccompArgument, SeccompProfile } from "../../src/privileges/types.ts";
import { architectures, type Condition, type Policy } from "../../src/seccomp/policy.ts";
import type { Seen } from "./interpreter.ts";

const everyBit = 2n ** 64n - 1n;

function holds({ index, operator, value, mask = everyBit }: Condition, args: readonly bigint[]): boolean {
	const argument = BigInt.asUintN(64, args[index] ?? 0n) & mask;
	if (operator === "==") return argument === value;
	if (operator === "!=") return argument !== value;
	if (operator === "<") return argument < value;
	if (operator === "<=") return argument <= value;
	return operator === ">" ? argument > value : argument >= value;
}

/** The answer of a policy. */
export function answerOf(policy: Policy, { call, architecture, args = [] }: Seen): number {
	const machine = policy.machines.find((one) => architectures[one.machine] === architecture);
	if (!machine) return policy.foreign;
	if (machine.machine === "x64" && call >= 0x40000000) return policy.x32;
	const rules = (machine.calls.get(call) ?? []).filter(({ conditions }) => conditions.every((one) => holds(one, args)));
	// The kernel compares the actions as signed numbers, and the first of equals counts.
	const kind = (answer: number) => (answer & 0xffff0000) | 0;
	const [first] = rules.toSorted((a, b) => kind(a.answer) - kind(b.answer));
	if (first) return first.answer;
	return machine.newer && call >= machine.newer.from ? machine.newer.answer : machine.otherwise;
}

const kinds: Record<string, number> = {
	SCMP_ACT_ALLOW: 0x7fff0000,
	SCMP_ACT_LOG: 0x7ffc0000,
	SCMP_ACT_TRACE: 0x7ff00000,
	SCMP_ACT_ERRNO: 0x00050000,
	SCMP_ACT_TRAP: 0x00030000,
	SCMP_ACT_KILL: 0,
	SCMP_ACT_KILL_THREAD: 0,
	SCMP_ACT_KILL_PROCESS: 0x80000000,
};

function compares({ index, value, valueTwo = 0, op }: SeccompArgument, args: readonly bigint[]): boolean {
	const [argument, first, second] = [args[index] ?? 0n, BigInt(value), BigInt(valueTwo)];
	switch (op) {
		case "SCMP_CMP_EQ":
			return argument === first;
		case "SCMP_CMP_NE":
			return argument !== first;
		case "SCMP_CMP_LT":
			return argument < first;
		case "SCMP_CMP_LE":
			return argument <= first;
		case "SCMP_CMP_GT":
			return argument > first;
		case "SCMP_CMP_GE":
			return argument >= first;
		default:
			return (argument & first) === second;
	}
}

/** The answer of a profile without conditions on the host to a call of a machine that it names, by the call's name. */
export function answerOfProfile(profile: SeccompProfile, machine: CallMachine, name: string, args: readonly bigint[]) {
	const answer = (action: string, data: number | undefined) =>
		(kinds[action] ?? 0) + (data ?? (action === "SCMP_ACT_ERRNO" ? 1 : 0));
	const matching = (profile.syscalls ?? []).filter((rule) => {
		if (!rule.names.includes(name)) return false;
		const all = rule.args ?? [];
		const twice = new Set(all.map(({ index }) => index)).size < all.length;
		return twice ? all.some((one) => compares(one, args)) : all.every((one) => compares(one, args));
	});
	const strict = matching.map((rule) => answer(rule.action, rule.errnoRet));
	if (strict.length > 0) return strict.toSorted((a, b) => ((a & 0xffff0000) | 0) - ((b & 0xffff0000) | 0))[0];
	const named = (profile.syscalls ?? []).flatMap(({ names }) =>
		names.map((one) => callNumbers(machine).get(one) ?? -1),
	);
	const last = Math.max(-1, ...named.filter((number) => number < 0xf0000));
	const number = callNumbers(machine).get(name) ?? 0;
	if (profile.defaultAction === "SCMP_ACT_ERRNO" && last >= 0 && number > last) return 0x00050000 + 38;
	return answer(profile.defaultAction, profile.defaultErrnoRet);
}
