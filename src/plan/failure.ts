/** What can be said of a call that failed, by the plan alone. Plain data: it also travels through the stub's reports. */
import type { Phase } from "./phases.ts";
import { callPath, callText, printable } from "./text.ts";
import type { Call, Step } from "./types.ts";

/** A step that failed, before the error is known. */
export interface FailedStep {
	/** What the step was to do: "set the host name". */
	readonly does: string;
	readonly phase: Phase;
	/** The system call; none where a routine failed (the command could not be executed). */
	readonly syscall?: string;
	/** The call as strace(1) would print it. */
	readonly call?: string;
	/** The file it was about. */
	readonly path?: string;
	/** The way out by the name of the error, where the plan knows it. */
	readonly hints?: Readonly<Record<string, string>>;
}

/** What the plan says of a call, or of a step's routine. */
export function failedStep({ does, phase, hints }: Step, call: Call | undefined): FailedStep {
	const known = hints && { hints };
	if (!call) return { does, phase, ...known };
	const path = callPath(call);
	const { name, args } = call;
	return { does, phase, syscall: name, call: callText({ name, args }), path, ...known };
}

/** One sentence, without the error. */
export function failureText({ does, call }: Omit<FailedStep, "phase">): string {
	return `cannot ${printable(does)}${call === undefined ? "" : `: ${call}`}`;
}

/** Whether a step failed in a call with this text. */
export const about = (text: string) => (failed: FailedStep) => failed.call?.includes(text) ?? false;

/** Whether a step of this phase failed. */
export const phase = (name: FailedStep["phase"]) => (failed: FailedStep) => failed.phase === name;
