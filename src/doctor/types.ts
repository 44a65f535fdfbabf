/** The shapes of the doctor: what is tried, what is seen, and what is said of it. */
import type { Look } from "../hints.ts";
import type { Phase } from "../plan/phases.ts";
import type { Fragment, Host } from "../plan/types.ts";
import type { Profile } from "../profile/types.ts";

/** What findings are about, in the order they are shown. */
export const groups = [
	"namespaces",
	"user namespaces",
	"ids",
	"files",
	"privileges",
	"processes",
	"network",
	"control groups",
	"machine",
] as const;

export type Group = (typeof groups)[number];

/** `limited`: it is there, but not all of it, or it lets more through than it should. `unknown`: it could not be tried. */
export type State = "ok" | "missing" | "limited" | "unknown";

/** What is said of a check. */
export interface Judgement {
	readonly state: State;
	/** What was found, as a sentence without its end. */
	readonly found: string;
	/** What cannot be done, or is not safe, for that reason. */
	readonly lost?: string | undefined;
	/** How to get it. May have several lines. */
	readonly remedy?: string | undefined;
}

/** One thing that was looked at. */
export interface Finding extends Judgement {
	/** A short name that stays the same, such as `namespace.net`. */
	readonly id: string;
	readonly group: Group;
	/** What it is. */
	readonly title: string;
	/** `ns run` without options needs it. */
	readonly essential: boolean;
	/** What was tried or read. */
	readonly tries: string;
}

/** What the doctor says of a machine, for the process that asks. */
export interface Diagnosis {
	/** Of this shape. */
	readonly version: 1;
	/** Everything that `ns run` needs is there. */
	readonly ok: boolean;
	/** The release of the kernel. */
	readonly kernel: string;
	/** Who asks; `privileged` is who needs no user namespace. */
	readonly caller: { readonly uid: number; readonly gid: number; readonly privileged: boolean };
	/** The program whose rights count, where it can be told: `ns`, or Bun. */
	readonly program: string;
	readonly findings: readonly Finding[];
}

/** A file as the doctor sees it. */
export interface FileFacts {
	readonly type: "file" | "directory" | "device" | "other";
	/** Its permissions, with set-user-ID and its like. */
	readonly mode: number;
	readonly uid: number;
	/** It has file capabilities. capabilities(7) */
	readonly capable: boolean;
	/** The caller may write to it. */
	readonly writable: boolean;
}

/** How the doctor looks at the machine. */
export interface Sight extends Look {
	/** The file that a path leads to; `undefined` where there is none. */
	stat(path: string): FileFacts | undefined;
	/** Where PATH has a program; `undefined` where it does not. */
	which(name: string): string | undefined;
	/** A variable of the environment. */
	variable(name: string): string | undefined;
}

/** What came of an attempt. */
export type Outcome =
	| { readonly came: "done" }
	| {
			readonly came: "refused";
			/** The name of the error, or the code of the problem. */
			readonly code: string;
			readonly message: string;
			readonly hint?: string | undefined;
			/** The call that failed; none where the plan was impossible. */
			readonly syscall?: string | undefined;
			readonly call?: string | undefined;
			/** Where in the plan that is. */
			readonly phase?: Phase | undefined;
	  }
	| { readonly came: "killed"; readonly signal: string }
	| { readonly came: "late" };

/** Something that is tried in a process of its own, which ends at once. */
export interface Attempt {
	readonly id: string;
	/** In words. */
	readonly tries: string;
	/** The sandbox that is made; without one only the calls are made. */
	readonly profile?: Profile | "strict";
	/** What is done in it, or instead. */
	readonly inside?: (ground: Ground) => Fragment | undefined;
}

/** What attempts depend on. */
export interface Ground {
	readonly host: Host;
	readonly sight: Sight;
	/** The program that asks. */
	readonly program: string;
}

/** Everything that findings are made of. */
export interface Facts extends Ground {
	outcome(attempt: string): Outcome;
}

/** One row of the table: what is looked at, and what is made of it. */
export interface Check {
	readonly id: string;
	readonly group: Group;
	readonly title: string;
	readonly tries: string;
	readonly essential?: true;
	judge(facts: Facts): Judgement;
}

export const ok = (found: string): Judgement => ({ state: "ok", found });
export const missing = (found: string, lost: string, remedy?: string): Judgement => ({
	...{ state: "missing", found, lost },
	...(remedy !== undefined && { remedy }),
});
export const limited = (found: string, lost: string, remedy?: string): Judgement => ({
	...missing(found, lost, remedy),
	state: "limited",
});
export const unknown = (found: string): Judgement => ({ state: "unknown", found });
