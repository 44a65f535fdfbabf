/** Answers of the machine, kept: a plan asks the same more than once, and whoever makes it again has to get the same. */
import type { IdSight } from "./types.ts";

/** What was asked, with the answers; `null` where there is none. */
export type IdAnswers = Record<string, unknown>;

/** A sight that asks each question once. `answers` are known already, and are what its JSON is. */
export function remembered(sight: IdSight, answers: IdAnswers = {}): IdSight & { toJSON(): IdAnswers } {
	const known: IdAnswers = Object.assign(Object.create(null), answers);
	const ask = <T>(question: readonly unknown[], look: () => T): T => {
		const key = JSON.stringify(question);
		if (!(key in known)) known[key] = look() ?? null;
		return (known[key] ?? undefined) as T;
	};
	return {
		idOf: (kind, name) => ask(["id", kind, name], () => sight.idOf(kind, name)),
		accountOf: (uid) => ask(["account", uid], () => sight.accountOf(uid)),
		subids: (kind, { name, uid }) =>
			ask(["subids", kind, name ?? null, uid ?? null], () =>
				sight.subids(kind, { name, ...(uid !== undefined && { uid }) }),
			),
		known: (kind) => ask(["known", kind], () => sight.known(kind)),
		program: (kind) => ask(["program", kind], () => sight.program(kind)),
		toJSON: () => known,
	};
}
