/** What a person sees: problems and errors on standard error, in one form. */
import { NamespaceError, PlanError, SystemError } from "../src/errors.ts";
import type { Problem } from "../src/plan/types.ts";

/** The exit code when nothing was run. */
export const failedExitCode = 125;

/** A mistake in the command line: every problem of it. */
export class UsageError extends Error {
	override readonly name = "UsageError";
	constructor(readonly problems: readonly Problem[]) {
		super(problems.map(({ message }) => message).join("\n"));
	}
}

/** Prints an error and returns the exit code that goes with it. Errors of ours have no stack trace; bugs do. */
export function report(error: unknown): number {
	if (error instanceof PlanError || error instanceof UsageError) {
		for (const { message, hint } of error.problems) {
			process.stderr.write(`ns: ${message}\n${hint ? `hint: ${hint}\n` : ""}`);
		}
		return failedExitCode;
	}
	if (error instanceof NamespaceError) {
		process.stderr.write(`ns: ${error.message}\n`);
		return error.exitCode;
	}
	if (error instanceof SystemError) process.stderr.write(`ns: ${error.message}\n`);
	else
		process.stderr.write(
			`ns: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
		);
	return failedExitCode;
}
