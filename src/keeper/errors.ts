import { SystemError } from "../ffi.ts";
import type { Problem } from "../plan/types.ts";

/**
 * A name cannot be taken, used or removed: every problem that was found.
 *
 * @example
 * ```ts
 * import { NamedError, removeNamed } from "nskit";
 * try {
 *   await removeNamed(["no/name"]);
 * } catch (error) {
 *   if (error instanceof NamedError) console.log(error.problems[0]?.code); // NAME_INVALID
 * }
 * ```
 */
export class NamedError extends Error {
	override readonly name = "NamedError";
	/** All problems, in the order they were found. */
	readonly problems: readonly Problem[];

	constructor(problems: readonly Problem[]) {
		super(problems.map(({ code, message, hint }) => `${code}: ${message}${hint ? ` (${hint})` : ""}`).join("\n"));
		this.problems = problems;
	}
}

/** One problem as an error. */
export function namedError(code: string, message: string, hint?: string): NamedError {
	return new NamedError([hint === undefined ? { code, message } : { code, message, hint }]);
}

/** A step that is made for a name: a call that fails becomes a problem that says what it was for. No hint makes room. */
export function during<T>(what: string, body: () => T, hint?: string): T {
	try {
		return body();
	} catch (error) {
		if (!(error instanceof SystemError)) throw error;
		throw namedError("NAME_FAILED", `cannot ${what}: ${error.message}`, error.code === "ENOSPC" ? undefined : hint);
	}
}
