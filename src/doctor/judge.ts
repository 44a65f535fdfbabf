/** What most checks have in common: a judgement from the outcome of an attempt. */
import { seccompActive } from "../causes.ts";
import type { Phase } from "../plan/phases.ts";
import type { Check, Facts, Judgement, Outcome } from "./types.ts";
import { limited, missing, ok, unknown } from "./types.ts";

/** What a check says where its attempt came to something. */
export interface Words {
	readonly works: string;
	readonly lost: string;
	/** How to get it, by the name of the error; otherwise what the hint says. */
	readonly remedies?: Readonly<Record<string, string>>;
	/** How bad it is. @default "missing" */
	readonly otherwise?: "missing" | "limited";
	/** It is about the namespaces themselves, and not about what is done in them. */
	readonly whole?: true;
}

/** Where namespaces come into being. */
const making: readonly (Phase | undefined)[] = ["helper", "create", "map"];

/** A check of one attempt. */
export function tried(
	fields: Pick<Check, "id" | "group" | "title" | "tries" | "essential">,
	attempt: string,
	words: Words,
): Check {
	return { ...fields, judge: (facts) => judged(facts, facts.outcome(attempt), words) };
}

/** What an outcome means. */
export function judged(
	facts: Facts,
	outcome: Outcome,
	{ works, lost, remedies = {}, otherwise, whole }: Words,
): Judgement {
	if (outcome.came === "done") return ok(works);
	if (outcome.came === "late") return unknown("it did not end in time");
	const say = otherwise === "limited" ? limited : missing;
	if (outcome.came === "killed")
		return say(`the process was ended by ${outcome.signal}`, lost, killedBy(outcome.signal));
	const isBefore = making.includes(outcome.phase) && outcome.syscall !== "mount_setattr";
	if (!whole && isBefore) return unknown("the namespaces to try it in cannot be made");
	const remedy = remedies[outcome.code] ?? outcome.hint ?? filtered(facts, outcome.code);
	return say(outcome.message, lost, remedy);
}

const killedBy = (signal: string): string | undefined =>
	signal === "SIGSYS" ? "a filter of system calls ends whoever makes the call: its profile has to allow it" : undefined;

/** A filter refuses with these, as a rule. */
const filtered = ({ sight }: Facts, code: string): string | undefined =>
	code === "ENOSYS" || code === "EPERM" ? seccompActive(sight) : undefined;

/** A number in a file of /proc or /sys; `undefined` where there is none. */
export function numberIn(facts: Facts, path: string): number | undefined {
	const text = facts.sight.read(path)?.trim();
	return text !== undefined && /^-?[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A field of /proc/self/status. proc_pid_status(5) */
export function statusField(facts: Facts, name: string): string | undefined {
	return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(facts.sight.read("/proc/self/status") ?? "")?.[1];
}

/** Whether a file's owner is none of this user namespace: all of those are shown as one. user_namespaces(7) */
export function isUnmapped(facts: Facts, uid: number): boolean {
	const isWhole = /^\s*0\s+0\s+4294967295\s*$/.test(facts.sight.read("/proc/self/uid_map") ?? "");
	return !isWhole && uid === (numberIn(facts, "/proc/sys/fs/overflowuid") ?? 65_534);
}
