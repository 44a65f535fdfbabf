/** The shapes of a plan: plain data that can be printed, compared and encoded, and knows nothing of Bun. */
import type { ControlGroups } from "../cgroups/types.ts";
import type { IdSight } from "../ids/types.ts";
import type { Arch } from "../linux/syscalls.ts";
import type { FileRule } from "../mounts/rules.ts";
import type { ResolvedMaps } from "../namespaces/idmap.ts";
import type { Call, Role } from "./calls.ts";
import type { NamespaceKind } from "./namespaces.ts";
import type { Phase } from "./phases.ts";
import type { Supervision } from "./supervision.ts";

export type { Arg, Call, Check, Role } from "./calls.ts";
export type { Fragment } from "./fragment.ts";

/** Which session and terminal a command gets: the caller's, none of the caller's, or a pseudo-terminal. */
export type Session = "shared" | "new" | "pty";

/** Loops and choices that are more than a list of calls (src/stub/routines/). */
export type Routine =
	| "resetSignals"
	| "relay"
	| "terminal"
	| "lifeline"
	| "supervise"
	| "reap"
	| "foreground"
	| "background"
	| "again"
	| "listen"
	| "pidFile"
	| "parent"
	| "tell"
	| "timer"
	| "block"
	| "await"
	| "awaitForwarding"
	| "awaitStopping"
	| "awaitMap"
	| "ambient"
	| "exec";

/** One thing done on the way to the command. */
export interface Step {
	readonly phase: Phase;
	/** The module the step comes from. */
	readonly module: string;
	readonly who: Role;
	/** What it does, as the middle of a sentence: "set the host name". */
	readonly does: string;
	/** Why, for people who want to understand. */
	readonly why: string;
	/** The manual page, such as "unshare(2)". */
	readonly man: string;
	readonly calls: readonly Call[];
	readonly routine?: Routine;
	/** The way out of a failure by the name of the error, where the plan knows more than the call tells. */
	readonly hints?: Readonly<Record<string, string>>;
	/** What a tool whose place we take says before the error of a call: "unshare failed". */
	readonly fails?: string;
}

/**
 * How a namespace is reached: by a process id, a path, or a descriptor of the calling process that is open on the
 * namespace or on a process in it. pidfd_open(2).
 */
export type Target = number | string | { readonly fd: number } | { readonly pidfd: number };

/** What a module does with its namespace. */
export type NamespaceUse =
	| { readonly kind: NamespaceKind; readonly use: "create" }
	| { readonly kind: NamespaceKind; readonly use: "join"; readonly target: Target };

/** Something that makes a plan impossible, found before anything is done. */
export interface Problem {
	readonly code: string;
	readonly message: string;
	/** The way out. */
	readonly hint?: string;
}

/** What of the machine and of the calling process a plan depends on. */
export interface Host {
	readonly platform: string;
	readonly arch: Arch;
	/** `major * 100 + minor`: 618 for 6.18. */
	readonly kernel: number;
	readonly kernelRelease: string;
	readonly pid: number;
	/** The process that started this one; 0 where it cannot be seen from here. */
	readonly parent?: number;
	readonly uid: number;
	readonly gid: number;
	/** CAP_SYS_ADMIN is effective: namespaces may be made without a user namespace. */
	readonly privileged: boolean;
	/** What the calling process may do; `undefined` where /proc does not tell. */
	readonly capabilities?: HostCapabilities;
	/** The soft limit of open files that the caller had; Bun raises its own. `undefined`: leave it. */
	readonly openFiles?: { readonly soft: number; readonly hard: number };
	/** The PATH of the calling process, in which programs are looked for that serve a sandbox from outside. */
	readonly path?: string | undefined;
	/** The ABI of Landlock, or the negative error number with which the kernel refuses to tell it. landlock(7). */
	readonly landlock?: number;
	/** Looks at the control groups; below `parent`, where that is said. Only plans that limit resources do. */
	readonly controlGroups?: (parent?: string) => ControlGroups;
	/** What the machine tells of users, groups and their subordinate ids; asked when it is needed. */
	readonly ids?: IdSight;
}

/** The sets of the calling process, as 16 hexadecimal digits each, and its securebits. capabilities(7). */
export interface HostCapabilities {
	/** The highest capability that the running kernel knows. */
	readonly last: number;
	readonly effective: string;
	readonly permitted: string;
	readonly inheritable: string;
	readonly bounding: string;
	readonly ambient: string;
	readonly secureBits: number;
}

/** The program to run. */
export interface Command {
	readonly argv: readonly string[];
	/** What the command finds in place of its name. @default the name */
	readonly argv0?: string | undefined;
	/** `NAME=value`, in order. */
	readonly env: readonly string[];
	/** A descriptor of the calling process that is open on the file to execute; then nothing is looked up in PATH. */
	readonly descriptor?: number;
	/** Where it starts, as an absolute path. */
	readonly cwd: string;
	/** It has to start there. Otherwise `cwd` is where the caller is, and `/` is taken where that does not exist inside. */
	readonly mustStartThere?: boolean;
}

/** How the plan will be launched: by libc's clone with the namespaces as flags, or as an image that makes them itself. */
export type Launch = "clone" | "image";

/** What a module may look at to choose its steps. */
export interface Context {
	readonly host: Host;
	readonly command: Command;
	readonly launch: Launch;
	readonly creates: ReadonlySet<NamespaceKind>;
	readonly joins: ReadonlySet<NamespaceKind>;
	/** The command runs in a child of the process that is started. */
	readonly forks: boolean;
	/** A process of ours is PID 1 of the new PID namespace. */
	readonly init: boolean;
	/** A process of ours stays in the caller's namespaces until the new ones are ready. */
	readonly helper: boolean;
	/** It stays there until the sandbox has ended, to take back what was made outside. */
	readonly stays: boolean;
	/** The control group of the command's own. */
	readonly ownGroup: OwnGroup | undefined;
	/** The session and terminal of the command. */
	readonly session: Session;
	/** Paths mean something else inside. */
	readonly changesFiles: boolean;
	/** A descriptor kept open until the command is executed, for reports. */
	readonly channel: number | undefined;
	/** Other descriptors that are needed, by the numbers that the process has them by: those of namespaces to join. */
	readonly held: readonly number[];
	/** The number by which the process has a descriptor of the calling process that is open on what is joined. */
	placeOf(fd: number): number;
	/** Descriptors that the command gets. */
	readonly passed: readonly PassedDescriptor[];
	/** The ids that a new user namespace maps; `undefined` where none is made, or somebody else writes them. */
	readonly maps: ResolvedMaps | undefined;
	/** Where the rules for the file tree let the command write. */
	writable(): readonly WritablePlace[];
	/** Files that other modules want inside. */
	readonly files: readonly FileRule[];
	/** What the supervisor does besides waiting for the command. */
	readonly supervision: Supervision | undefined;
	/** The user inside that the command is asked to become; `undefined` where it stays who it is by then. */
	readonly uid: number | undefined;
	/** The group, likewise. */
	readonly gid?: number | undefined;
	/** Steps of some module work only where nothing gains privileges any more. */
	readonly noNewPrivileges: boolean;
	/** A filter of another module refuses typing into terminals already. */
	readonly refusesTyping: boolean;
	/** Why the command may not be executed, by the name of the error, where modules know more than the error tells. */
	readonly executeHints?: Readonly<Record<string, string>> | undefined;
	/** The SELinux context of files on file systems that are made. */
	readonly fileLabel?: string | undefined;
}

/** A descriptor of the calling process that the command gets, by another number or the same. */
export interface PassedDescriptor {
	readonly from: number;
	readonly to: number;
}

/** A place of the file tree inside that can be written to. */
export interface WritablePlace {
	/** As it is called inside. */
	readonly path: string;
	/** It may not be there. */
	readonly optional: boolean;
}

/** The layer of an overlay that stays: where it lies, and what it is a layer of. */
export interface KeptLayer {
	readonly directory: string;
	readonly lower: string;
}

/** The control group of the command's own. */
export interface OwnGroup {
	/** The result that is a descriptor of its directory in cgroup2: the command is born in it. CLONE_INTO_CGROUP. */
	readonly born?: string;
}

/** Everything that will be done, in order. Frozen and JSON-printable. */
export interface Plan {
	readonly launch: Launch;
	readonly arch: Arch;
	readonly creates: readonly NamespaceKind[];
	readonly joins: readonly NamespaceKind[];
	/** Flags for clone(2) when the launch is `clone`, names joined with `|`. */
	readonly cloneFlags: string;
	/** The command runs in a child of the process that is started. */
	readonly forks: boolean;
	readonly init: boolean;
	readonly session: Session;
	readonly helper: boolean;
	readonly stays?: true;
	readonly channel: number | undefined;
	readonly supervision?: Supervision;
	readonly command: Command;
	/** What was asked for and is not to be had here, a sentence each; only where something is missing. */
	readonly reduced?: readonly string[];
	readonly steps: readonly Step[];
}
