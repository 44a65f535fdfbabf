/** The names of namespaces that stay. */
import { namespaces } from "../plan/namespaces.ts";
import type { Problem } from "../plan/types.ts";
import { containerMakers } from "../targets/words.ts";

/** Characters that a name has at most. */
export const longestName = 64;

/** Whether a name can be one: letters, digits, `.`, `_` and `-`, beginning with a letter or a digit, and nothing else's word. */
export function isName(text: string): boolean {
	return text.length <= longestName && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && otherMeaning(text) === undefined;
}

/** What is wrong with a name. */
export function nameProblems(name: string): Problem[] {
	if (isName(name)) return [];
	const meaning = otherMeaning(name);
	if (meaning !== undefined) {
		const message = `${JSON.stringify(name)} cannot be a name: ${meaning}`;
		return [{ code: "NAME_INVALID", message, hint: "choose another, such as one with more letters" }];
	}
	const hint = `a name has up to ${longestName} letters, digits, dots, underscores and dashes, and begins with a letter or a digit`;
	return [{ code: "NAME_INVALID", message: `${JSON.stringify(name)} cannot be a name`, hint }];
}

/** What a word means already wherever a name may stand, as in `ns enter WORD`, `ns inspect WORD` and `ns run --join WORD`. */
function otherMeaning(word: string): string | undefined {
	if (/^[0-9]+$/.test(word)) return "a number is a process id, or the inode of a namespace";
	if (word === "self") return "it is the calling process";
	if (namespaces.some(({ kind, file }) => word === kind || word === file)) return "it is a type of namespace";
	return prefixes.includes(word) ? `${word}: begins a target of another sort` : undefined;
}

const prefixes: readonly string[] = ["fd", "pidfd", ...containerMakers];
