/** What a person sees: problems and errors on standard error, in one form. */
import { toBytes } from "../src/bytes.ts";
import { writeAll } from "../src/descriptors.ts";
import { NamespaceError, PlanError, SystemError } from "../src/errors.ts";
import { NamedError } from "../src/keeper/errors.ts";
import { LayerError } from "../src/overlay/errors.ts";
import { printable } from "../src/plan/text.ts";
import { UsageError } from "./usage.ts";

/** The exit code when nothing was run. */
export const failedExitCode = 125;

/** Writes to standard output (1) or error (2). `process.stdout` would load all of Bun's streams. */
export function write(fd: 1 | 2, text: string): void {
	try {
		writeAll(fd, toBytes(text));
	} catch (error) {
		// Who reads has seen enough, as in `ns plan | head`.
		if (!(error instanceof SystemError && error.code === "EPIPE")) throw error;
	}
}

/** Says what goes on without something that was asked for, a line each. */
export function warn(missing: readonly string[]): void {
	write(2, missing.map((one) => `ns: warning: ${printable(one)}\n`).join(""));
}

/** Prints an error and returns the exit code that goes with it. Errors of ours have no stack trace; bugs do. */
export function report(error: unknown): number {
	const isOurs = error instanceof PlanError || error instanceof UsageError;
	if (isOurs || error instanceof LayerError || error instanceof NamedError) {
		for (const { message, hint } of error.problems) {
			write(2, `ns: ${printable(message)}\n${hint ? `hint: ${printable(hint)}\n` : ""}`);
		}
		return failedExitCode;
	}
	if (error instanceof NamespaceError) {
		write(2, `ns: ${error.message}\n`);
		return error.exitCode;
	}
	if (error instanceof SystemError) write(2, `ns: ${error.message}\n`);
	else write(2, `ns: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
	return failedExitCode;
}
