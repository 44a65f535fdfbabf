/** The shapes of a plan: plain data that can be printed, compared and encoded, and knows nothing of Bun. */
import type { Arch, Syscall } from "../linux/syscalls.ts";
import type { ResolvedMaps } from "../namespaces/idmap.ts";
import type { LabelOptions } from "../privileges/label.ts";
import type { NamespaceKind } from "./namespaces.ts";
import type { Phase } from "./phases.ts";
import type { Lifetime, Server, Supervision } from "./supervision.ts";

/** An argument of a system call, with what is needed to print it as strace would. */
export type Arg =
	| number
	| null
	/** A C string. */
	| string
	/** Constants of the kernel by name, joined with `|`. */
	| { readonly flags: string }
	/** A structure of 64-bit fields, by address. Strings, bytes and buffers in it are pointers. */
	| { readonly struct: Readonly<Record<string, Exclude<Arg, { readonly pair: unknown }>>> }
	/** A structure of other shape, by address, and how it is printed. */
	| { readonly bytes: readonly number[]; readonly shows: string }
	/** The result of an earlier call. */
	| { readonly ref: string }
	/** Memory of `size` bytes that the call, or an earlier one, writes to; by address. */
	| { readonly out: string; readonly size: number }
	/** A NULL-terminated list of strings. */
	| { readonly strings: readonly string[] }
	/** Two descriptors that the call makes, as pipe(2) does. */
	| { readonly pair: readonly [string, string] };

/** What a call's success is not enough for. */
export type Check =
	/** A netlink answer lies in this buffer: its error is the call's. */
	| { readonly netlink: string }
	/** The status of an ended process lies here: unless it is 0, that process has reported and this one ends too. */
	| { readonly status: string }
	/** Nothing was read because the other side is gone: this process ends quietly. */
	| { readonly endOfFile: true }
	/** The call's result has to be that of this earlier call: otherwise this process ends quietly. */
	| { readonly same: string }
	/** A 32-bit number lies here: the call's result is -EAGAIN unless it is that of this earlier call. */
	| { readonly holds: string; readonly as: string }
	/**
	 * A `struct statx` lies here: it has to be of one of these mounts, named by where their numbers are. Otherwise the call
	 * fails with EXDEV, or its result is that.
	 */
	| { readonly mountIn: string; readonly among: readonly string[]; readonly otherwise?: "fail" | "result" }
	/** A `struct statx` lies here: the call's result tells whether it is a directory's, and is -ENOTDIR otherwise. */
	| { readonly isDirectory: string }
	/** A `struct statx` lies here: its fields become results, `mode`, `uid`, `gid` and `mount` behind a name and a dot. */
	| { readonly statx: string; readonly as: string }
	/** A path lies in this buffer: unless it begins with a slash, as a directory below the root does, it is EXDEV. */
	| { readonly belowRoot: string }
	/** A `struct statx` lies at both: they have to be of the same file, else ESTALE. */
	| { readonly sameFile: readonly [string, string] }
	/** The result has to be this number, or one of these, else the call fails with the error that is named. */
	| { readonly exactly: number | readonly number[]; readonly otherwise: string }
	/** A buffer has to begin with this number of 64 bits, else the call fails with the error that is named. */
	| { readonly begins: string; readonly number: number; readonly otherwise: string };

/** One system call of a step. */
export interface Call {
	readonly name: Syscall;
	readonly args: readonly Arg[];
	/** The name later calls know the result by. */
	readonly result?: string;
	/** An error is no failure of the step: any, or these by name. */
	readonly mayFail?: true | readonly string[];
	/** Done only when all calls with these results failed. Left out otherwise, it changes nothing. */
	readonly onlyIfFailed?: string | readonly string[];
	/** Done only when all calls with these results were done and succeeded. Left out otherwise, it counts as failed. */
	readonly onlyIf?: string | readonly string[];
	/** For `clone`: what the new process runs. */
	readonly child?: Role;
	/** For `clone`: what the process itself runs from here on, while the new one goes on in its place. */
	readonly parent?: Role;
	readonly check?: Check;
}

/**
 * Who runs a step.
 * - `relay`: carries between the caller's terminal and that of the sandbox.
 * - `outer`: the process that is started, or its child where it stays as the relay. It makes the namespaces, and it is
 *   the command itself unless it has to fork.
 * - `helper`: stays in the caller's user namespace to write id maps that take the caller's privileges.
 * - `init`: PID 1 of a new PID namespace.
 * - `command`: the process that becomes the command.
 */
export type Role = "relay" | "outer" | "helper" | "init" | "command";

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
}

/** How a namespace is reached by a process id, a path, or a descriptor of the calling process. */
export type Target = number | string | { readonly fd: number };

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
	/** The soft limit of open files that the caller had; Bun raises its own. `undefined`: leave it. */
	readonly openFiles?: { readonly soft: number; readonly hard: number };
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
	/** A process of ours stays in the caller's user namespace until the new one has its maps. */
	readonly helper: boolean;
	/** The session and terminal of the command. */
	readonly session: Session;
	/** Paths mean something else inside. */
	readonly changesFiles: boolean;
	/** A descriptor kept open until the command is executed, for reports. */
	readonly channel: number | undefined;
	/** Other descriptors that are needed: those of namespaces to join. */
	readonly held: readonly number[];
	/** Descriptors that the command gets. */
	readonly passed: readonly PassedDescriptor[];
	/** The ids that a new user namespace maps; `undefined` where none is made. */
	readonly maps: ResolvedMaps | undefined;
	/** What the supervisor does besides waiting for the command. */
	readonly supervision: Supervision | undefined;
	/** The SELinux context of files on file systems that are made. */
	readonly fileLabel?: string | undefined;
}

/** A descriptor of the calling process that the command gets, by another number or the same. */
export interface PassedDescriptor {
	readonly from: number;
	readonly to: number;
}

/** The layer of an overlay that stays: where it lies, and what it is a layer of. */
export interface KeptLayer {
	readonly directory: string;
	readonly lower: string;
}

/** What a module returns: its namespace and a function from the context to its steps. Fragments make a plan together. */
export interface Fragment {
	readonly module: string;
	readonly namespace?: NamespaceUse;
	/** The pid module: put an init into a new PID namespace. */
	readonly init?: boolean;
	/** The mount module: what paths mean inside is not what they mean to the caller. */
	readonly changesFiles?: boolean;
	/** The terminal module: the session and terminal of the command. */
	readonly session?: Session;
	/** A process of ours has to stay beside the command, so that it cannot be the process that was started. */
	readonly supervised?: boolean;
	/** The lifetime module: how and with whom the sandbox ends, and who is told. */
	readonly lifetime?: Lifetime;
	/** The server module: what starts one sandbox after the other. */
	readonly server?: Server;
	/** The mount module: the layers that its overlays write to. */
	readonly layers?: readonly KeptLayer[];
	/** Descriptors of the calling process that the steps need. */
	readonly held?: readonly number[];
	/** Descriptors of the calling process that the command gets. */
	readonly passes?: readonly PassedDescriptor[];
	/** Not for a process in Bun's memory, or not for one that clone(2) has put into the namespaces already. */
	readonly needsImage?: boolean;
	/** The label module: what the security modules of the kernel are to know the command and its files by. */
	readonly labels?: LabelOptions;
	/** Its steps work only where nothing gains privileges any more; the capabilities module then sees to that. */
	readonly noNewPrivileges?: boolean;
	/** The user module: the ids that its new namespace maps. */
	maps?(host: Host): ResolvedMaps;
	/** Something has to be done by a process in the caller's user namespace once the new one has its maps. */
	needsHelper?(host: Host): boolean;
	/** The same module making its namespace, for callers who need one to own the others. */
	created?(): Fragment;
	/** What is wrong with the module's options, or with them in this context. */
	problems?(context: Context): readonly Problem[];
	steps(context: Context): readonly Step[];
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
	readonly channel: number | undefined;
	readonly supervision?: Supervision;
	readonly command: Command;
	readonly steps: readonly Step[];
}
