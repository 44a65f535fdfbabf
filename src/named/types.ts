/** Namespaces with a name, which stay when nobody is in them: what is kept of them in a file. */
import type { NamespaceKind } from "../plan/namespaces.ts";

/** A process, so that another with the same number is not taken for it. */
export interface ProcessIdentity {
	/** As the PID namespace of who created it numbers it (`NamedState.seen`). */
	readonly pid: number;
	/** Clock ticks since boot: field 22 of `/proc/PID/stat`. */
	readonly startTime: number;
	/** The inode of its pidfd, unique until the next boot; where the kernel has them (Linux 6.9). */
	readonly pidfd?: string | undefined;
}

/** One namespace that is kept. */
export interface KeptNamespace {
	/** The inode of its file, as in `net:[4026531840]`. */
	readonly inode: number;
	/** The file that it is pinned by; without one the holder keeps it. */
	readonly file?: string | undefined;
	/** It was there before the name and was joined: who else is in it is none of the name's. */
	readonly joined?: true | undefined;
}

/** What the state file of a name says. It is checked against the machine each time, and never believed. */
export interface NamedState {
	readonly version: 1;
	readonly name: string;
	/** `/proc/sys/kernel/random/boot_id`: nothing is kept beyond a boot. */
	readonly boot: string;
	/** When it was created, in milliseconds since 1970. */
	readonly created: number;
	/** Who created it. */
	readonly owner: { readonly uid: number; readonly gid: number };
	/**
	 * Where it was created, as inodes: a process id means something in this PID namespace alone, and a pin is mounted in
	 * this mount namespace alone. From elsewhere nobody can tell whether the rest is still true.
	 */
	readonly seen: { readonly pid: number; readonly mount: number };
	/** The process that keeps what is not pinned by a file; all that there is of a PID namespace ends with it. */
	readonly holder?: ProcessIdentity | undefined;
	/** The file that `ip netns` knows the network namespace by. */
	readonly netns?: string | undefined;
	readonly namespaces: Readonly<Partial<Record<NamespaceKind, KeptNamespace>>>;
}
