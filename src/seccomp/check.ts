/** What is wrong with a profile of the OCI's form: everything at once, each with its place in the profile. */
import type { Problem } from "../plan/types.ts";
import type { SeccompProfile } from "../privileges/types.ts";
import { actions, answers, lastErrno } from "./actions.ts";
import {
	answerOf,
	conditionsOf,
	countedRules,
	maskedOperator,
	operators,
	type ProfileHost,
	unknownNames,
} from "./oci.ts";

/** Whatever somebody has written where an object should be. */
type Given = Readonly<Record<string, unknown>>;

const hints = {
	form: "see the seccomp section of the OCI runtime specification, config-linux.md",
	action: `actions are ${Object.keys(actions).join(", ")}`,
	operator: `comparisons are ${[...Object.keys(operators), maskedOperator].join(", ")}`,
	names: "a call that no machine has protects nothing: correct the name, or leave it out",
	contradict: "say for each call what is to be done once, or give the rules arguments that tell them apart",
	notify: "nobody listens to notifications here: use SCMP_ACT_ERRNO or SCMP_ACT_LOG",
	many: "a filter has 4096 instructions at most: compare fewer arguments",
	number: "write a whole number from 0 to 2^64 - 1; in JSON it may have all its digits",
} as const;

/** Comparisons for one call; the compiler goes through them one in the other, and a filter has room for few more. */
const mostComparisons = 1000;

/** All machines that profiles can name; those of other processors are left alone. */
const machinePattern = /^SCMP_ARCH_[A-Z0-9_]+$/;

/** Flags that mean something for a filter of one process. */
export const filterFlags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"];

/** Collects problems of one profile. */
class Checker {
	readonly problems: Problem[] = [];

	add(path: string, text: string, hint: string = hints.form, code = "SECCOMP_PROFILE_INVALID"): void {
		this.problems.push({ code, message: `seccomp profile: ${path}: ${text}`, hint });
	}

	/** The object at a path, with no other keys than these; `undefined`, and a problem, when it is none. */
	object(value: unknown, path: string, keys: readonly string[]): Given | undefined {
		if (typeof value !== "object" || value === null || Array.isArray(value)) {
			this.add(path, `is ${shown(value)} and no object`);
			return undefined;
		}
		for (const key in value) {
			if (!keys.includes(key)) this.add(path === "profile" ? key : `${path}.${key}`, "is no key that is known here");
		}
		return value as Given;
	}

	list(value: unknown, path: string): readonly unknown[] {
		if (Array.isArray(value)) return value;
		if (value !== undefined && value !== null) this.add(path, `is ${shown(value)} and no list`);
		return [];
	}

	/** A list of words. */
	words(value: unknown, path: string): string[] {
		const words: string[] = [];
		this.list(value, path).forEach((word, i) => {
			if (typeof word === "string" && word !== "") words.push(word);
			else this.add(`${path}[${i}]`, `is ${shown(word)} and no name`);
		});
		return words;
	}

	action(given: unknown, path: string): string | undefined {
		if (typeof given !== "string" || !Object.hasOwn(actions, given)) {
			this.add(path, `${shown(given)} is no action`, hints.action);
			return undefined;
		}
		if (given === "SCMP_ACT_NOTIFY") this.add(path, "SCMP_ACT_NOTIFY needs somebody who listens", hints.notify);
		return given;
	}

	/** The data of an action: an error, or what a tracer is told. */
	data(given: unknown, path: string, action: string | undefined): void {
		if (given === undefined || given === null || action === undefined) return;
		const most = actions[action] === answers.errno ? lastErrno : actions[action] === answers.trace ? 0xffff : 0;
		if (most === 0) this.add(path, `${action} takes no number`, "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE do");
		else if (!isWhole(given) || Number(given) > most)
			this.add(path, `${shown(given)} is no number from 0 to ${most}`, "such as 1 for EPERM, 38 for ENOSYS");
	}

	condition(given: unknown, path: string): void {
		if (given === undefined || given === null) return;
		const condition = this.object(given, path, ["caps", "arches", "minKernel"]);
		if (!condition) return;
		this.words(condition.caps, `${path}.caps`);
		this.words(condition.arches, `${path}.arches`);
		const { minKernel } = condition;
		if (minKernel !== undefined && !(typeof minKernel === "string" && /^(\d+\.\d+)?$/.test(minKernel)))
			this.add(`${path}.minKernel`, `${shown(minKernel)} is no version of a kernel`, "such as 4.8");
	}

	argument(given: unknown, path: string): void {
		const argument = this.object(given, path, ["index", "value", "valueTwo", "op"]);
		if (!argument) return;
		const { index, value, valueTwo, op } = argument;
		if (!isWhole(index) || Number(index) > 5)
			this.add(`${path}.index`, `${shown(index)} is no number of an argument`, "they are 0 to 5");
		if (!isExact(value)) this.add(`${path}.value`, `${shown(value)} is no exact number`, hints.number);
		if (valueTwo !== undefined && !isExact(valueTwo))
			this.add(`${path}.valueTwo`, `${shown(valueTwo)} is no exact number`, hints.number);
		if (typeof op !== "string" || !(Object.hasOwn(operators, op) || op === maskedOperator))
			this.add(`${path}.op`, `${shown(op)} is no comparison`, hints.operator);
	}

	rule(given: unknown, path: string): void {
		const rule = this.object(given, path, ["names", "action", "errnoRet", "args", "includes", "excludes", "comment"]);
		if (!rule) return;
		const names = this.words(rule.names, `${path}.names`);
		if (names.length === 0 && !this.problems.some(({ message }) => message.includes(`${path}.names`)))
			this.add(`${path}.names`, "names no call", "a rule is about one call at least");
		this.data(rule.errnoRet, `${path}.errnoRet`, this.action(rule.action, `${path}.action`));
		this.list(rule.args, `${path}.args`).forEach((one, i) => {
			this.argument(one, `${path}.args[${i}]`);
		});
		this.condition(rule.includes, `${path}.includes`);
		this.condition(rule.excludes, `${path}.excludes`);
	}

	profile(given: unknown): void {
		const keys = ["defaultAction", "defaultErrnoRet", "architectures", "archMap", "flags", "syscalls"];
		const profile = this.object(given, "profile", keys);
		if (!profile) return;
		const action = this.action(profile.defaultAction, "defaultAction");
		this.data(profile.defaultErrnoRet, "defaultErrnoRet", action);
		const machines = this.words(profile.architectures, "architectures");
		this.list(profile.archMap, "archMap").forEach((one, i) => {
			const entry = this.object(one, `archMap[${i}]`, ["architecture", "subArchitectures"]);
			machines.push(...this.words(entry ? [entry.architecture] : [], `archMap[${i}].architecture`));
			machines.push(...this.words(entry?.subArchitectures, `archMap[${i}].subArchitectures`));
		});
		for (const name of machines)
			if (!machinePattern.test(name))
				this.add("architectures", `${shown(name)} is no machine`, "such as SCMP_ARCH_X86_64");
		for (const flag of this.words(profile.flags, "flags"))
			if (!filterFlags.includes(flag))
				this.add("flags", `${shown(flag)} means nothing here`, `flags are ${filterFlags.join(", ")}`);
		this.list(profile.syscalls, "syscalls").forEach((one, i) => {
			this.rule(one, `syscalls[${i}]`);
		});
	}
}

/** What of anybody's making is shown in a message. */
function shown(value: unknown): string {
	const text = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "missing");
	return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

const isWhole = (value: unknown): boolean => typeof value === "number" && Number.isInteger(value) && value >= 0;

const isExact = (value: unknown): boolean =>
	typeof value === "bigint" ? value >= 0n && value < 1n << 64n : isWhole(value) && Number.isSafeInteger(value);

/** Every problem of a profile: of its form, and where that is well, of the calls it names and of rules that contradict. */
export function profileProblems(profile: SeccompProfile, host: ProfileHost): Problem[] {
	const checker = new Checker();
	checker.profile(profile);
	if (checker.problems.length > 0) return checker.problems;
	const counted = countedRules(profile, host);
	for (const { name, path } of unknownNames(counted))
		checker.add(path, `there is no system call ${shown(name)}`, hints.names, "SECCOMP_CALL_UNKNOWN");
	const compared = new Map<string, number>();
	for (const { rule, path } of counted)
		for (const name of rule.names) {
			const before = compared.get(name) ?? 0;
			const now = before + (rule.args?.length ?? 0);
			compared.set(name, now);
			if (before <= mostComparisons && now > mostComparisons)
				checker.add(
					path,
					`${name} has more than ${mostComparisons} arguments to compare`,
					hints.many,
					"SECCOMP_TOO_LONG",
				);
		}
	if (checker.problems.some(({ code }) => code === "SECCOMP_TOO_LONG")) return checker.problems;
	/** The answer that was given for a call and its arguments, and where. */
	const said = new Map<string, { readonly answer: number; readonly path: string }>();
	for (const { rule, path } of counted) {
		const answer = answerOf(rule.action, rule.errnoRet);
		const lists = conditionsOf(rule.args).map((list) =>
			list
				.map((one) => Object.values(one).join(" "))
				.toSorted()
				.join(),
		);
		for (const name of rule.names)
			for (const list of lists) {
				const before = said.get(`${name} ${list}`);
				if (before && before.answer !== answer)
					checker.add(path, `${name} contradicts ${before.path}`, hints.contradict, "SECCOMP_RULES_CONTRADICT");
				said.set(`${name} ${list}`, before ?? { answer, path });
			}
	}
	return checker.problems;
}
