import type { Problem } from "../src/plan/types.ts";

/** A mistake in the command line: every problem of it. */
export class UsageError extends Error {
	override readonly name = "UsageError";
	constructor(readonly problems: readonly Problem[]) {
		super(problems.map(({ message }) => message).join("\n"));
	}
}
