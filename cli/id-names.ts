/** Names in place of numbers, where an option takes an id of the command. */
import type { IdKind, IdSight } from "../src/ids/types.ts";
import type { Given } from "./argv.ts";

const kinds: Readonly<Record<string, IdKind>> = { setuid: "user", setgid: "group", groups: "group" };

/** Whether one of these options says something else than digits. */
export const hasIdNames = (given: readonly Given[]): boolean =>
	given.some(({ name, value }) => Object.hasOwn(kinds, name) && typeof value === "string" && !/^[\d,]*$/.test(value));

/** The options with the numbers that the caller's system has for names. What has none stays, and is told where it is read. */
export function withIdNumbers(given: readonly Given[], ids: IdSight | undefined): readonly Given[] {
	return given.map((one) => {
		const kind = Object.hasOwn(kinds, one.name) ? kinds[one.name] : undefined;
		if (kind === undefined || typeof one.value !== "string") return one;
		const numbers = one.value.split(",").map((word) => (/^\d*$/.test(word) ? word : (ids?.idOf(kind, word) ?? word)));
		return { ...one, value: numbers.join() };
	});
}
