import type { Problem } from "./types.ts";

/** The plan is impossible: every problem that was found, before anything was done. */
export class PlanError extends Error {
	override readonly name = "PlanError";
	/** All problems, in the order they were found. */
	readonly problems: readonly Problem[];

	constructor(problems: readonly Problem[]) {
		super(problems.map(({ code, message, hint }) => `${code}: ${message}${hint ? ` (${hint})` : ""}`).join("\n"));
		this.problems = problems;
	}
}
