/** The shapes of the selftest: cases, what comes back from an attempt, and what is made of it. */
import type { MountRule } from "../mounts/rules.ts";
import type { Fragment, Host } from "../plan/types.ts";
import type { ProbeCall } from "./calls.ts";

/**
 * What a case asks of the sandbox besides what it is by itself. What the rules show has to be within reach inside: cases
 * look at it there.
 */
export interface Variation {
	/** Rules behind those of the sandbox; with `root` they are the only ones. */
	readonly mounts?: readonly MountRule[] | undefined;
	/** A directory in place of the sandbox's own root, with nothing of the sandbox's put into it. */
	readonly root?: string | undefined;
}

/** The sandbox that is attacked, in the variation that a case needs. */
export type SandboxUnderTest = (variation: Variation) => readonly Fragment[];

/** What a case is about. */
export type Subject = "terminal" | "files" | "privileges" | "processes" | "descriptors";

/** What is said of a case. */
export type Verdict = "held" | "not held" | "cannot be tried here" | "not part of ns yet" | "does not apply";

/** A verdict, with its reason where there is something to say. */
export interface Judgement {
	readonly verdict: Verdict;
	readonly because?: string | undefined;
}

/** One row of the result. */
export interface SelftestRow extends Judgement {
	/** A CVE number, or a short name. */
	readonly id: string;
	/** Other numbers of the same fault. */
	readonly also: readonly string[];
	readonly subject: Subject;
	/** What is expected of a sandbox, in one sentence. */
	readonly title: string;
	/** What was tried. */
	readonly tries: string;
}

/** What came of a selftest. */
export interface SelftestResult {
	/** No case was found that does not hold. */
	readonly held: boolean;
	readonly rows: readonly SelftestRow[];
}

/** One start of the sandbox, and what is done in it. */
export interface Attempt extends Variation {
	/** System calls, or a command that is looked up in PATH. */
	readonly inside: { readonly calls: readonly ProbeCall[] } | { readonly argv: readonly string[] };
	/** Modules that take the place of those of the sandbox that have the same name. */
	readonly modules?: readonly Fragment[];
	/** Calls of the process that starts the sandbox, right before that. One that fails ends it. */
	readonly before?: readonly ProbeCall[];
	/** Where the command has to start. */
	readonly cwd?: string;
	/** A descriptor for standard input. Otherwise it is a pipe, which is closed at once unless the attempt is watched. */
	readonly stdin?: number;
	/** Descriptors that the process has which starts the sandbox, from `firstDescriptor` on. */
	readonly descriptors?: readonly number[];
}

/** What came of a start. */
export interface Came {
	/** Why the sandbox was not made, or the command not executed; `undefined` when it was. */
	readonly refused?: string | undefined;
	/** The exit code of a launch that failed so. */
	readonly failedCode?: number | undefined;
	/** `null` when a signal ended it. */
	readonly exitCode: number | null;
	readonly signal: string | null;
	readonly stdout: string;
	/** The results of the calls that were made, in order; negative ones are error numbers. */
	readonly answers: readonly number[];
	/** It had to be ended because time was up. */
	readonly late: boolean;
}

/** A start that has not ended yet. */
export interface Watched {
	/** The process that was started; `undefined` where none was. */
	readonly pid?: number;
	/** Resolves with whether this text has been written before the end of the output. */
	writes(text: string): Promise<boolean>;
	/** Ends the process that was started, by SIGKILL, and waits until it has ended. */
	kill(): Promise<void>;
	/** Closes its standard input. */
	closeInput(): void;
	readonly came: Promise<Came>;
}

/** A process of ours that has entered a sandbox, and waits in it. */
export interface Entering {
	/** It got as far as that. */
	readonly isInside: boolean;
	/** Lets it go on, and waits for its end. */
	end(): Promise<void>;
}

/** Where a case does its work. */
export interface Ground {
	/** A folder of the case's own, empty and private. */
	readonly folder: string;
	readonly host: Host;
	start(attempt: Attempt): Promise<Came>;
	watch(attempt: Attempt): Watched;
	/** Enters the namespaces of a process, or of the command that it supervises. */
	enter(pid: number): Entering;
	/** Why a name is refused below a directory of names; `undefined` where it leads to something. */
	named(place: string, name: string): string | undefined;
}

/** A case: what is tried, and what is made of what came back. */
export interface Case {
	readonly id: string;
	readonly also?: readonly string[];
	readonly subject: Subject;
	readonly title: string;
	readonly tries: string;
	run(ground: Ground): Promise<Judgement>;
}

/** A row that is not tried, and why. */
export interface Untried extends Judgement {
	readonly id: string;
	readonly also?: readonly string[];
	readonly subject: Subject;
	readonly title: string;
}

/** A case of an attempt, whose result is plain data, and a verdict that is a function of that alone. */
export function defineCase<Seen>(
	fields: Omit<Case, "run"> & {
		readonly attempt: (ground: Ground) => Promise<Seen>;
		readonly verdict: (seen: Seen) => Judgement;
	},
): Case & { readonly attempt: (ground: Ground) => Promise<Seen>; readonly verdict: (seen: Seen) => Judgement } {
	return { ...fields, run: async (ground) => fields.verdict(await fields.attempt(ground)) };
}

export const held: Judgement = { verdict: "held" };
export const notHeld = (because: string): Judgement => ({ verdict: "not held", because });
export const untried = (because: string): Judgement => ({ verdict: "cannot be tried here", because });

/** The number of the first descriptor that an attempt brings. */
export const firstDescriptor = 7;
