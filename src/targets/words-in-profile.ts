/** Profiles name what they join by words, such as `join = "web"`: what those lead to is opened, and held. */
import { PlanError } from "../plan/errors.ts";
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { Profile } from "../profile/types.ts";
import { chooseJoins } from "./choose.ts";
import { openTarget } from "./open.ts";
import type { OpenTarget } from "./types.ts";

/** The word that a profile names a namespace to join by; a path holds a slash, and is opened when the plan is carried out. */
export function wordOf(profile: Profile, kind: NamespaceKind): string | undefined {
	const part = profile[kind];
	const join = typeof part === "object" ? part.join : undefined;
	return typeof join === "string" && !join.includes("/") ? join : undefined;
}

/** The profile with descriptors in place of words, each opened once. Throws a `PlanError` with all that lead nowhere. */
export function openedWords(profile: Profile): { readonly profile: Profile; readonly targets: readonly OpenTarget[] } {
	const opened = new Map<string, OpenTarget>();
	const made: Record<string, unknown> = { ...profile };
	const problems = [];
	for (const kind of namespaceKinds) {
		const word = wordOf(profile, kind);
		if (word === undefined) continue;
		try {
			const target = opened.get(word) ?? openTarget(word);
			opened.set(word, target);
			// A namespace that is named is entered even if it is the caller's own.
			const found = chooseJoins(target, {}, { kinds: [kind] });
			problems.push(...found.problems);
			made[kind] = { ...(profile[kind] as object), join: found.joins[kind] };
		} catch (error) {
			if (!(error instanceof PlanError)) throw error;
			problems.push(...error.problems);
		}
	}
	const targets = [...opened.values()];
	if (problems.length === 0) return { profile: made as Profile, targets };
	for (const { close } of targets) close();
	throw new PlanError(problems);
}
