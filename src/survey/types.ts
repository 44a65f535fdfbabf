/** All namespaces of a machine, as far as they can be seen: plain data for lists, trees and reports. */
import type { NamespaceKind } from "../plan/namespaces.ts";

/** What else than a process in it keeps a namespace. */
export type Holder =
	/** It is mounted on a file; where only another mount namespace has that mount, `pid` is a process there. */
	| { readonly by: "mount"; readonly path: string; readonly pid?: number | undefined }
	| { readonly by: "descriptor"; readonly pid: number; readonly fd: number }
	/** A socket of this namespace that a process of another holds. */
	| { readonly by: "socket"; readonly pid: number; readonly fd: number }
	/** The next children of this process will be in it, and it is not itself. */
	| { readonly by: "children"; readonly pid: number };

/** One namespace. What could not be found out is `undefined`. */
export interface SurveyedNamespace {
	readonly kind: NamespaceKind;
	readonly inode: number;
	/** The processes in it, lowest first. */
	readonly pids: readonly number[];
	/** The command line of the lowest of them, as one line; its name in brackets where it has none. */
	readonly command?: string | undefined;
	/** The real user of the lowest of them. */
	readonly uid?: number | undefined;
	/** The parent of the lowest of them; 0 where that cannot be seen. */
	readonly parentPid?: number | undefined;
	/** The user who made the user namespace: NS_GET_OWNER_UID, user namespaces only. */
	readonly ownerUid?: number | undefined;
	/** The inode of the user namespace that owns it: NS_GET_USERNS. */
	readonly owner?: number | undefined;
	/** The inode of the one it is nested in: NS_GET_PARENT, user and PID namespaces only. */
	readonly parent?: number | undefined;
	/** The id by which the caller's network namespace knows it: RTM_GETNSID. */
	readonly netnsid?: number | undefined;
	/** Mounts, descriptors and sockets that keep it. */
	readonly holders: readonly Holder[];
	/** Names that it was created with, by `ns create` or `ip netns add`. */
	readonly names: readonly string[];
}

/** What is known of a process besides its namespaces. */
export interface ProcessFacts {
	readonly parent: number;
	/** The real user. */
	readonly uid: number;
	/** The command line, as one line; the name in brackets where there is none. */
	readonly command: string;
}

/** The inodes of a process's namespaces. */
export type NamespaceInodes = Readonly<Partial<Record<NamespaceKind, number>>>;

/** A process, with the namespaces that it is in. */
export interface SurveyedProcess extends ProcessFacts {
	readonly pid: number;
	readonly namespaces: NamespaceInodes;
}

/** What was looked at, and what could not be. */
export interface Survey {
	/** By kind, in the order of the table of namespaces, then by inode. */
	readonly namespaces: readonly SurveyedNamespace[];
	/** Lowest first; only those asked for (`SurveyOptions.processes`). */
	readonly processes: readonly SurveyedProcess[];
	/** Processes that are there and whose namespaces may not be read. */
	readonly unreadable: number;
	/** What was too much to be looked at, a sentence each. */
	readonly missed: readonly string[];
	/** The caller's own namespaces by inode. */
	readonly own: NamespaceInodes;
}
