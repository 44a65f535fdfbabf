/** What an observed command asked of the kernel, as plain data. */
import type { Access } from "./calls.ts";

/** What refused a call, or will refuse it as far as the observer can see. */
export interface Refused {
	/** The error, by name: `"ENOENT"`. */
	readonly error: string;
	/**
	 * What it is due to: a path that the sandbox does not show, a mount that is read-only, permissions, a network without a
	 * way out, or the filter of system calls.
	 */
	readonly by: "not visible" | "read-only" | "permissions" | "no network" | "seccomp";
}

interface Observed {
	/** The thread that made the call, as the observing process knows it. */
	readonly pid: number;
	/** The system call, by the kernel's name. */
	readonly call: string;
	readonly refused?: Refused;
}

/** A path was named: looked at, opened, executed, made, or removed. */
export interface FileEvent extends Observed {
	readonly type: "file";
	/** Absolute, as the process means it. */
	readonly path: string;
	readonly access: readonly Access[];
	/** What is there. */
	readonly kind: "file" | "directory" | "other" | "missing" | "unknown";
	/** What the caller has at the same path: the same file, another one, or none. */
	readonly outside: "same" | "other" | "missing" | "unknown";
	/** What the caller has there, where it is not visible inside. */
	readonly kindOutside?: "file" | "directory" | "other";
	/** Where symbolic links lead to, when that is another path; the caller's links, as those inside are taken to be. */
	readonly real?: string;
	/** The links on the way there, and what they say. */
	readonly links?: readonly SymbolicLink[];
}

/** A symbolic link. */
export interface SymbolicLink {
	/** Its own path, in which there is no other link. */
	readonly path: string;
	/** What it says. */
	readonly to: string;
}

/** A socket was made, bound, connected, or sent from to an address. */
export interface NetworkEvent extends Observed {
	readonly type: "network";
	readonly does: "socket" | "connect" | "bind" | "send";
	/** `"inet"`, `"inet6"`, `"unix"`, `"netlink"`, or the kernel's number. */
	readonly family: string;
	/** An address of the internet, the path of a socket, or a name in the abstract namespace behind `@`. */
	readonly address?: string;
	readonly port?: number;
}

/** A system call that changes the system, looks into other processes, or is refused by filters that are in common use. */
export interface CallEvent extends Observed {
	readonly type: "call";
	/** The lower 32 bits of its arguments. */
	readonly args: readonly number[];
	/** For who learns a profile: the option of the strict preset whose filter refuses it, in `seccomp`. */
	readonly strict?: "profile" | "denySetId";
}

/** What could not be read from the process: where a path or an address lies is up to it. */
export interface UnreadableEvent extends Observed {
	readonly type: "unreadable";
}

/** The most of something that the command has used, told at the end. */
export interface LimitEvent {
	readonly type: "limit";
	/**
	 * `memory` is resident and `addressSpace` is mapped memory of the largest process, in bytes; `cpu` is seconds of all;
	 * `openFiles` counts the room for descriptors of one process, and `processes` those that were seen at one time.
	 */
	readonly resource: "memory" | "addressSpace" | "openFiles" | "processes" | "cpu";
	readonly peak: number;
}

/** One thing that an observed command did. */
export type ObservedEvent = FileEvent | NetworkEvent | CallEvent | UnreadableEvent | LimitEvent;
