/** What is said of a layer: its changes, the entries they come from, and what is wrong with it. */

/** What a name in a directory stands for. */
export type FileType = "file" | "directory" | "symlink" | "fifo" | "socket" | "character device" | "block device";

/** How an entry of the layer differs from the entry of the lower tree with the same path. */
export type Difference = "content" | "mode" | "owner" | "time" | "xattrs" | "type";

/** One change that a layer makes to the directory below it. */
export interface Change {
	/** Below the lower directory, which is itself `"."`. Bytes that are no UTF-8 are kept as src/bytes.ts does. */
	readonly path: string;
	readonly kind: "added" | "changed" | "removed";
	/** Of the new entry; of the old one where it is removed. */
	readonly type: FileType;
	/**
	 * What differs, for a change. Content is also where a link leads and a device's number. The time is named where it is
	 * the only reason to call a file changed besides its attributes: other content implies it, and a directory's says
	 * nothing.
	 */
	readonly what: readonly Difference[];
}

/** Seconds since 1970 and nanoseconds. */
export interface Time {
	readonly seconds: number;
	readonly nanoseconds: number;
}

/** An entry of a tree, as statx(2), readlink(2) and listxattr(2) tell of it. */
export interface Entry {
	readonly type: FileType;
	/** The permission bits, with setuid, setgid and sticky. */
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly size: number;
	readonly accessed: Time;
	readonly modified: Time;
	/** Major and minor number; zeros for what is no device. */
	readonly device: readonly [major: number, minor: number];
	/** Where a symbolic link leads. */
	readonly target: string | undefined;
	/** Extended attributes, all of them, values as src/bytes.ts keeps bytes. xattr(7). */
	readonly xattrs: ReadonlyMap<string, string>;
}

/** What commit does not apply unless it is told to, because it may give rights to whoever wrote the layer. */
export type Special = "setuid" | "setgid" | "device" | "file capabilities";
