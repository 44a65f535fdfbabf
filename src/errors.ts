import { errorText } from "./ffi.ts";
import { hintFor } from "./hints.ts";
import { look } from "./host.ts";
import { errnoName } from "./linux/errno.ts";
import { type FailedStep, failureText } from "./plan/failure.ts";
import type { Phase } from "./plan/phases.ts";

export { SystemError } from "./ffi.ts";
export { PlanError } from "./plan/errors.ts";

/**
 * A step of the plan failed: the sandbox could not be made, or the command could not be executed. Nothing is left behind.
 *
 * @example
 * ```ts
 * import { mount, NamespaceError, sandbox } from "nskit";
 * try {
 *   sandbox(mount({ root: "/nowhere" })).spawnSync(["true"]);
 * } catch (error) {
 *   if (error instanceof NamespaceError) console.log(error.code, error.path); // ENOENT /nowhere
 * }
 * ```
 */
export class NamespaceError extends Error {
	override readonly name = "NamespaceError";
	/** What the step was to do. */
	readonly step: string;
	/** The phase of the plan it belongs to. */
	readonly phase: Phase;
	/** The system call that failed; `"execve"` when the command could not be executed. */
	readonly syscall: string;
	/** The call with its arguments, as strace(1) would print it. */
	readonly call: string | undefined;
	/** The file it was about. */
	readonly path: string | undefined;
	/** The name of the error number, such as `"EPERM"`. */
	readonly code: string;
	/** What to do about it, found by looking at the machine. */
	readonly hint: string | undefined;

	constructor(
		failed: FailedStep,
		readonly errno: number,
		/** The position of the call in the plan, counted from 1; 0 where it is not known. */
		readonly index: number,
		/** 126: the command cannot be executed; 127: it was not found; 125: everything else. */
		readonly exitCode: number,
	) {
		const code = errnoName(errno);
		const hint = hintFor(failed, code, look);
		super(`${failureText(failed)}: ${code} (${errorText(errno)})${hint ? `\nhint: ${hint}` : ""}`);
		this.step = failed.does;
		this.phase = failed.phase;
		this.syscall = failed.syscall ?? "execve";
		this.call = failed.call;
		this.path = failed.path;
		this.code = code;
		this.hint = hint;
	}
}
