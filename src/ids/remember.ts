/** What the machine tells of ids, with a memory: a plan asks the same more than once. */
import type { IdSight } from "./types.ts";

/** Looks for the answer to a question, if it is not known. */
export type Ask = <T>(question: readonly unknown[], look: () => T) => T;

/** A sight that asks through `ask`. */
export const remembered = (sight: IdSight, ask: Ask): IdSight => ({
	idOf: (kind, name) => ask(["id", kind, name], () => sight.idOf(kind, name)),
	accountOf: (uid) => ask(["account", uid], () => sight.accountOf(uid)),
	subids: (kind, { name, uid }) =>
		ask(["subids", kind, name ?? null, uid ?? null], () =>
			sight.subids(kind, { name, ...(uid !== undefined && { uid }) }),
		),
	known: (kind) => ask(["known", kind], () => sight.known(kind)),
	program: (kind) => ask(["program", kind], () => sight.program(kind)),
});
