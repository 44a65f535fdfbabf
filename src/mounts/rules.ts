/** What a caller may ask of the file tree: one shape for each rule. */

/** How files below a mount may be used; what is left out stays as it is at the source. mount_setattr(2). */
export interface MountFlags {
	/**
	 * Nothing below it can be written to, mounts within it included. Who has CAP_SYS_ADMIN inside, as root of a new user
	 * namespace has, can mount it anew and change that.
	 * @default false
	 */
	readonly readOnly?: boolean;
	/** Set-user-ID bits and file capabilities have no effect. @default false */
	readonly noSuid?: boolean;
	/** Device files cannot be opened. @default false */
	readonly noDev?: boolean;
	/** Nothing can be executed. @default false */
	readonly noExec?: boolean;
	/** Symbolic links are not followed. @default false */
	readonly noSymlinks?: boolean;
}

/** Whether a rule may come to nothing. */
export interface Optional {
	/** Left out where the source or the target does not exist or cannot be reached. @default false */
	readonly optional?: boolean;
}

/** Part of another directory tree, or one file, shown at `target`. */
export interface BindMount extends MountFlags, Optional {
	readonly type: "bind";
	/** Absolute, or relative to the working directory; or an open descriptor of the calling process. */
	readonly source: string | { readonly fd: number };
	/** Absolute, inside the new root. */
	readonly target: string;
	/**
	 * Ids on disk are taken as those inside the sandbox: what uid 0 owns on disk belongs to uid 0 inside. Takes a new user
	 * namespace and a caller who is privileged in the file system's own; Linux 5.12.
	 * @default false
	 */
	readonly idmap?: boolean;
}

/** An empty file system in memory at `target`. */
export interface TmpfsMount extends MountFlags {
	readonly type: "tmpfs";
	/** Absolute, inside the new root. */
	readonly target: string;
	/** Bytes it may hold, or as tmpfs(5) takes it: `"64M"`, `"10%"`. @default half of the memory */
	readonly size?: number | string;
	/** Permissions of its root. @default 0o1777 */
	readonly mode?: number;
}

/** Directories shown as one, the first on top. What is written goes into a layer of its own, and the directories stay as they are. */
export interface OverlayMount {
	readonly type: "overlay";
	/** The directories, the top one first. Absolute, or relative to the working directory. */
	readonly lower: readonly string[];
	/** Absolute, inside the new root. */
	readonly target: string;
	/**
	 * Where writes go: `"memory"` and are gone at the end, `"nowhere"` (they fail), or into the layer at this directory,
	 * where `diffLayer` finds them; it is made when it does not exist.
	 * @default "memory"
	 */
	readonly writes?: "memory" | "nowhere" | { readonly keep: string };
}

/**
 * A minimal `/dev`: null, zero, full, random, urandom and tty of the caller's, a `pts` of its own with `ptmx`, `shm`, the
 * links fd, stdin, stdout and stderr, and `console` where the sandbox has a terminal of its own.
 */
export interface DevMount {
	readonly type: "dev";
	/** Absolute, inside the new root. */
	readonly target: string;
	/** What its `shm` may hold, as for a tmpfs; everything else in it is then a few kilobytes. @default half of the memory */
	readonly size?: number | string;
}

/** Message queues of the IPC namespace (`mqueue`), or the kernel's devices as the network namespace has them (`sys`). */
export interface KernelMount {
	readonly type: "mqueue" | "sys";
	/** Absolute, inside the new root. */
	readonly target: string;
}

/** Who owns what a rule makes, and with which permissions. */
export interface Ownership {
	/** Permissions, set whatever the umask is. @default 0o755 for a directory, 0o644 for a file */
	readonly mode?: number;
	/** As it is inside. @default the user that makes the sandbox */
	readonly uid?: number;
	readonly gid?: number;
}

/** A symbolic link. Made only in what is private to the sandbox. */
export interface SymlinkRule {
	readonly type: "symlink";
	/** What the link says. */
	readonly to: string;
	/** Where it lies: absolute, inside the new root. */
	readonly target: string;
}

/** A directory. Made only in what is private to the sandbox; one that is there already is fine. */
export interface DirectoryRule extends Ownership {
	readonly type: "directory";
	/** Absolute, inside the new root. */
	readonly target: string;
}

/**
 * A file that exists only inside. In what is private to the sandbox it is made; elsewhere it takes the place of a file
 * that is there, which it hides.
 */
export interface FileRule extends Ownership {
	readonly type: "file";
	/** Absolute, inside the new root. */
	readonly target: string;
	/** What it holds: this text, or a copy of what this plain file holds when the sandbox is made. */
	readonly content: string | { readonly file: string };
	/** It cannot be written to. Only where it takes another's place. @default false */
	readonly readOnly?: boolean;
}

/**
 * `passwd` and `group` in which the user that the command runs as has a name, with root and nobody where they are: as rules
 * for two files, made or taking the place of those that are there.
 */
export interface AccountsRule {
	readonly type: "accounts";
	/** The directory they lie in: absolute, inside the new root; mostly `/etc`. */
	readonly target: string;
	/** @default root for user 0, the caller's where the command is the caller under the same or another number, else "user" */
	readonly name?: string | undefined;
	/** @default HOME, or "/" */
	readonly home?: string | undefined;
	/** @default "/bin/sh" */
	readonly shell?: string | undefined;
}

/** Hides a path: a file is empty then and a directory too, and nobody but root may even look. */
export interface MaskRule extends Optional {
	readonly type: "mask";
	/** Absolute, inside the new root; must exist. */
	readonly target: string;
}

/** Takes write access away from what is there. */
export interface ReadOnlyRule extends Optional {
	/** `read-only`: a path with everything below it. `remount`: one mount, and not those below it. */
	readonly type: "read-only" | "remount";
	/**
	 * Absolute, inside the new root; must exist. `/` with everything below it only as the first rule: it is done before
	 * `/proc` is mounted, and what later rules mount is as they say.
	 */
	readonly target: string;
}

/** One thing done to the file tree. */
export type MountRule =
	| BindMount
	| TmpfsMount
	| OverlayMount
	| DevMount
	| KernelMount
	| SymlinkRule
	| DirectoryRule
	| FileRule
	| AccountsRule
	| MaskRule
	| ReadOnlyRule;
