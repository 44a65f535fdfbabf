/** The seccomp profile of an OCI configuration. */
import type { SeccompArgument, SeccompProfile, SeccompRule } from "../../privileges/types.ts";
import type { Members } from "./members.ts";
import type { Import } from "./types.ts";

/** Without one, no system call is refused. */
export function ociSeccomp(seccomp: Members | undefined, made: Import): void {
	if (!seccomp) return;
	const profile: SeccompProfile = {
		defaultAction: needed(seccomp, "defaultAction", made),
		defaultErrnoRet: seccomp.number("defaultErrnoRet"),
		architectures: seccomp.texts("architectures"),
		flags: seccomp.texts("flags"),
		syscalls: seccomp.list("syscalls").map((rule) => ruleOf(rule, made)),
	};
	const listener = "nobody is asked about system calls: what should be notified is refused";
	seccomp.lacks("listenerPath", listener);
	seccomp.lacks("listenerMetadata", listener);
	noOthers(seccomp, made);
	made.profile.seccomp = { profile };
}

function ruleOf(rule: Members, made: Import): SeccompRule {
	const read: SeccompRule = {
		names: rule.texts("names") ?? [],
		action: needed(rule, "action", made),
		errnoRet: rule.number("errnoRet"),
		args: rule.has("args") ? rule.list("args").map((one) => argumentOf(one, made)) : undefined,
	};
	if (read.names.length === 0) made.problem(`${rule.path}names is empty`);
	noOthers(rule, made);
	return read;
}

function argumentOf(one: Members, made: Import): SeccompArgument {
	const value = one.number("value");
	const valueTwo = one.number("valueTwo");
	const read = { index: one.number("index") ?? 0, value: value ?? 0, valueTwo, op: needed(one, "op", made) };
	if (value === undefined) made.problem(`${one.path}value is missing`);
	if (![value, valueTwo].every((number) => number === undefined || Number.isSafeInteger(number))) {
		made.problem(`${one.path}value is larger than 9007199254740991, and JSON has lost its last digits`);
	}
	noOthers(one, made);
	return read;
}

function needed(members: Members, name: string, made: Import): string {
	const text = members.text(name);
	if (text === undefined && !members.has(name)) made.problem(`${members.path}${name} is missing`);
	return text ?? "";
}

/** A condition that is not understood could be one under which a call is refused. */
function noOthers(members: Members, made: Import): void {
	for (const name of members.others) made.problem(`${members.path}${name} is no member of a seccomp profile`);
}
