/** Profiles of OCI runtimes and Docker become policies: what concerns this machine and kernel, as runc takes it. */
import { type CallMachine, callNumbers, isCallName } from "../linux/calls.ts";
import type { Arch } from "../linux/syscalls.ts";
import type { SeccompArgument, SeccompCondition, SeccompProfile, SeccompRule } from "../privileges/types.ts";
import { type Answer, actions, answers, isAllowed, kindOf, refuseWith } from "./actions.ts";
import { firstPrivate } from "./groups.ts";
import type { CallRule, Condition, MachinePolicy, Operator, Policy } from "./policy.ts";

/** What a profile can depend on. */
export interface ProfileHost {
	readonly arch: Arch;
	/** `major * 100 + minor`. */
	readonly kernel: number;
	/** The capabilities that the command is taken to have, such as `CAP_SYS_ADMIN`. */
	readonly capabilities: ReadonlySet<string>;
}

/** The machines whose programs a kernel runs, its own first, by the names of profiles. */
const machineNames: Readonly<Record<Arch, readonly (readonly [CallMachine, string])[]>> = {
	x64: [
		["x64", "SCMP_ARCH_X86_64"],
		["i386", "SCMP_ARCH_X86"],
	],
	arm64: [
		["arm64", "SCMP_ARCH_AARCH64"],
		["arm", "SCMP_ARCH_ARM"],
	],
};

/** What Docker calls the kernel's machine in `includes` and `excludes`. */
const dockerNames: Readonly<Record<Arch, string>> = { x64: "amd64", arm64: "arm64" };

/** The comparisons, without the one that masks. */
export const operators: Readonly<Record<string, Operator>> = {
	SCMP_CMP_NE: "!=",
	SCMP_CMP_LT: "<",
	SCMP_CMP_LE: "<=",
	SCMP_CMP_EQ: "==",
	SCMP_CMP_GE: ">=",
	SCMP_CMP_GT: ">",
};

/** `(argument & value) == valueTwo`. */
export const maskedOperator = "SCMP_CMP_MASKED_EQ";

/** The rules that count here, and where they stand. */
export interface Counted {
	readonly rule: SeccompRule;
	readonly path: string;
}

/** The rules whose conditions hold on this host. */
export function countedRules({ syscalls }: SeccompProfile, host: ProfileHost): Counted[] {
	const counted: Counted[] = [];
	(syscalls ?? []).forEach((rule, i) => {
		if (included(rule.includes, host) && !excluded(rule.excludes, host)) counted.push({ rule, path: `syscalls[${i}]` });
	});
	return counted;
}

/** Everything that is named has to be so. */
function included(condition: SeccompCondition | null | undefined, host: ProfileHost): boolean {
	const { caps, arches, minKernel } = condition ?? {};
	if (caps?.some((name) => !host.capabilities.has(name))) return false;
	if (arches?.length && !arches.includes(dockerNames[host.arch])) return false;
	return !minKernel || host.kernel >= versionOf(minKernel);
}

/** Anything that is named is enough. */
function excluded(condition: SeccompCondition | null | undefined, host: ProfileHost): boolean {
	const { caps, arches, minKernel } = condition ?? {};
	if (caps?.some((name) => host.capabilities.has(name))) return true;
	if (arches?.includes(dockerNames[host.arch])) return true;
	return Boolean(minKernel) && host.kernel >= versionOf(minKernel ?? "");
}

/** `4.8` as 408. */
const versionOf = (text: string): number => {
	const [major = "", minor = ""] = text.split(".");
	return Number(major) * 100 + Number(minor);
};

/** The answer of an action, with its error; EPERM where none is said. */
export function answerOf(action: string, errnoRet: number | null | undefined): Answer {
	const answer = actions[action] ?? answers.killProcess;
	const data = errnoRet ?? (kindOf(answer) === answers.errno ? refuseWith("EPERM") - answers.errno : 0);
	return answer + data;
}

/**
 * The conditions of a rule's arguments, each list a rule by itself. All have to hold, unless one argument is named twice:
 * then each is enough, which is what runc makes of it.
 */
export function conditionsOf(args: readonly SeccompArgument[] | null | undefined): (readonly Condition[])[] {
	const conditions = (args ?? []).map(conditionOf);
	const indexes = new Set(conditions.map(({ index }) => index));
	return indexes.size < conditions.length ? conditions.map((one) => [one]) : [conditions];
}

function conditionOf({ index, value, valueTwo, op }: SeccompArgument): Condition {
	if (op === maskedOperator) return { index, operator: "==", mask: BigInt(value), value: BigInt(valueTwo ?? 0) };
	return { index, operator: operators[op] ?? "==", value: BigInt(value) };
}

/** The machines that a profile names, of those that can run here. The kernel's own is always there. */
function machinesOf({ architectures, archMap }: SeccompProfile, arch: Arch): CallMachine[] {
	const [[own, ownName], ...others] = machineNames[arch] as [[CallMachine, string], ...[CallMachine, string][]];
	const named = new Set(architectures ?? []);
	for (const { architecture, subArchitectures } of archMap ?? [])
		if (architecture === ownName) for (const name of subArchitectures ?? []) named.add(name);
	return [own, ...others.filter(([, name]) => named.has(name)).map(([machine]) => machine)];
}

/** The policy of a profile without faults. */
export function profilePolicy(profile: SeccompProfile, host: ProfileHost): Policy {
	const otherwise = answerOf(profile.defaultAction, profile.defaultErrnoRet);
	const counted = countedRules(profile, host);
	return {
		machines: machinesOf(profile, host.arch).map((machine) => machinePolicy(machine, counted, otherwise)),
		foreign: answers.killProcess,
		x32: refuseWith("ENOSYS"),
	};
}

function machinePolicy(machine: CallMachine, counted: readonly Counted[], otherwise: Answer): MachinePolicy {
	const numbers = callNumbers(machine);
	const calls = new Map<number, CallRule[]>();
	let last = -1;
	for (const { rule } of counted) {
		const answer = answerOf(rule.action, rule.errnoRet);
		const made = conditionsOf(rule.args).map((conditions): CallRule => ({ conditions, answer }));
		for (const name of rule.names) {
			const number = numbers.get(name);
			if (number === undefined) continue;
			calls.set(number, [...(calls.get(number) ?? []), ...made]);
			if (number < firstPrivate) last = Math.max(last, number);
		}
	}
	// As runc does: to a call that the profile is too old for, a program that would do without has to hear that it is missing.
	const tellsMissing = last >= 0 && kindOf(otherwise) === answers.errno && !isAllowed(otherwise);
	const newer = tellsMissing ? { newer: { from: last + 1, answer: refuseWith("ENOSYS") } } : {};
	return { machine, calls, otherwise, ...newer };
}

/** Names of calls in these rules that no machine has. */
export function unknownNames(counted: readonly Counted[]): { readonly name: string; readonly path: string }[] {
	const unknown: { name: string; path: string }[] = [];
	for (const { rule, path } of counted)
		rule.names.forEach((name, i) => {
			if (!isCallName(name)) unknown.push({ name, path: `${path}.names[${i}]` });
		});
	return unknown;
}
