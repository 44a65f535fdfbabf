import { firstSubordinate, nameOf } from "./accounts.ts";
import { type Called, failure } from "./end.ts";
import { type ToolFacts, textOf, textOrNone } from "./facts.ts";
import type { OpenRange } from "./maps.ts";
import { idNumber } from "./numbers.ts";

/**
 * The first range of ids that the file gives to the caller: to be themselves, or from the first free id on. Throws what
 * unshare(1) says where there is none.
 */
export function subordinateRange(file: string, identity: boolean, called: Called, facts: ToolFacts): OpenRange {
	const { uid } = facts.host;
	const name = nameOf(textOrNone(facts, "/etc/passwd"), uid);
	if (name === undefined) throw failure(called, `you (user ${uid}) don't exist.`);
	const text = textOf(facts, called, file, `could not open '${file}'`);
	const found = firstSubordinate(text, { name, id: uid });
	if (!found) throw failure(called, `no line matching user "${name}" in ${file}`);
	const [outside, size] = [found.start, found.count].map((one) => idNumber(called, one, "failed to parse subid map"));
	return { inside: identity ? (outside ?? 0) : "auto", outside: outside ?? 0, size: size ?? 0 };
}
