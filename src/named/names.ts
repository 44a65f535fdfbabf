/** The names of namespaces that stay. */
import type { Problem } from "../plan/types.ts";

/** Characters that a name has at most. */
export const longestName = 64;

/** Whether a name can be one: letters, digits, `.`, `_` and `-`, beginning with a letter or a digit. */
export function isName(text: string): boolean {
	return text.length <= longestName && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text);
}

/** What is wrong with a name. */
export function nameProblems(name: string): Problem[] {
	if (isName(name)) return [];
	const hint = `a name has up to ${longestName} letters, digits, dots, underscores and dashes, and begins with a letter or a digit`;
	return [{ code: "NAME_INVALID", message: `${JSON.stringify(name)} cannot be a name`, hint }];
}
