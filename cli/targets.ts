/** `--join TARGET` and `--join TYPE:NAME` become joins of descriptors: what words lead to is opened once, and held. */
import { PlanError } from "../src/plan/errors.ts";
import { type NamespaceKind, namespaceKinds } from "../src/plan/namespaces.ts";
import type { Problem } from "../src/plan/types.ts";
import { isNamed } from "../src/profile/fragments.ts";
import type { Profile } from "../src/profile/types.ts";
import { chooseJoins } from "../src/targets/choose.ts";
import { openTarget } from "../src/targets/open.ts";
import { namespacesOf } from "../src/targets/process.ts";
import { readTargetWord } from "../src/targets/words.ts";
import type { Given } from "./argv.ts";
import { joinWords } from "./namespaces.ts";

/** The options with every target opened; what is wrong with one goes to `problems`. */
export function withTargets(given: readonly Given[], base: Profile, problems: Problem[]): readonly Given[] {
	const taken = takenKinds(given, base);
	const made: Given[] = [];
	for (const one of given) {
		const words = one.name === "join" && typeof one.value === "string" ? joinWords(one.value) : undefined;
		if (!words?.target) {
			made.push(one);
			continue;
		}
		const isSaved = given.some(({ name }) => name === "save");
		if (isSaved && !isKept(words.target)) problems.push(notSaved(String(one.value)));
		try {
			for (const value of joinsOf(words.target, words.kind, taken, isSaved)) made.push({ name: "join", value });
		} catch (error) {
			if (!(error instanceof PlanError)) throw error;
			problems.push(...error.problems);
			// A join of something that is there takes its place, or there would be problems that nobody has made.
			made.push({ name: "join", value: `${words.kind ?? "uts"}:/proc/self/ns/${words.kind ?? "uts"}` });
		}
	}
	return made;
}

const notSaved = (value: string): Problem => ({
	code: "JOIN_NOT_SAVED",
	message: `--join ${value} is opened now, and a profile holds nothing that is open`,
	hint: "save it without, or name a process id, a name or a path",
});

/** Whether a profile can hold the word: no descriptor, no inode, and no slash but in a path. */
const isKept = (word: string): boolean => {
	const read = readTargetWord(word);
	if ("code" in read || read.is === "descriptor") return false;
	return read.is === "process" ? read.pidfd === undefined : read.is !== "container" || !word.includes("/");
};

/** The namespace of this kind, or all that are neither made nor joined otherwise, as values of `--join`. */
function joinsOf(
	word: string,
	kind: NamespaceKind | undefined,
	taken: ReadonlySet<NamespaceKind>,
	isSaved: boolean,
): string[] {
	const target = openTarget(word);
	// A namespace that is named is entered even if it is the caller's own, as one of a process id is.
	const own = kind ? {} : namespacesOf("self");
	const { joins, problems } = chooseJoins(target, own, { kinds: kind && [kind], without: kind ? [] : [...taken] });
	if (problems.length > 0) throw new PlanError(problems);
	const values: string[] = [];
	for (const one of namespaceKinds) {
		const join = joins[one];
		if (join && isSaved) values.push(`${one}:${word}`);
		else if (join) values.push("fd" in join ? `${one}:fd:${join.fd}` : `${one}:pidfd:${join.pidfd}`);
	}
	if (values.length > 0) return values;
	target.close();
	const hint = "this run makes its namespaces anew, or the caller is in them already";
	throw new PlanError([{ code: "NOTHING_TO_JOIN", message: `--join ${word} leaves nothing to join`, hint }]);
}

/** What these options or the profile make or join by name, and what they leave out. */
function takenKinds(given: readonly Given[], base: Profile): Set<NamespaceKind> {
	const taken = new Set<NamespaceKind>();
	for (const kind of namespaceKinds) {
		const last = given.findLast(({ name }) => name === kind);
		if (last !== undefined || isNamed(base[kind])) taken.add(kind);
	}
	for (const { name, value } of given) {
		const joined = name === "join" && typeof value === "string" ? joinWords(value)?.kind : undefined;
		if (joined) taken.add(joined);
		if ((name === "map-root-user" || name === "map-current-user") && value === true) taken.add("user");
		if (name === "mount-proc" && value === true) taken.add("mount");
		if (name === "all" && value === true) for (const kind of namespaceKinds) taken.add(kind);
	}
	return taken;
}
