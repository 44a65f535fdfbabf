/** The options of the modules that take privileges away. */

/** Capabilities: what of root's powers the command has. capabilities(7). */
export interface CapabilityOptions {
	/** Capabilities that are dropped from every set, the bounding set included. `"all"` leaves those of `add` alone. */
	readonly drop?: "all" | readonly string[] | undefined;
	/**
	 * Capabilities that stay although `drop` names them or says all; by the kernel's names, in either case, with or
	 * without `CAP_`. Where no user namespace is made or joined, one that the caller does not have is an error.
	 */
	readonly add?: "all" | readonly string[] | undefined;
	/**
	 * A command that is not user 0 inside keeps its capabilities, through the ambient set, and so in the inheritable set
	 * too, which is empty otherwise. @default false
	 */
	readonly keep?: boolean | undefined;
	/**
	 * Nothing the command executes gains privileges: no set-user-ID bits, no file capabilities. PR_SET_NO_NEW_PRIVS(2const).
	 * @default true where a seccomp filter or Landlock is asked for or capabilities are dropped, else false
	 */
	readonly noNewPrivileges?: boolean | undefined;
	/**
	 * Securebits that are set and locked, next to those that the caller has: `noroot`, `no-setuid-fixup`, `keep-caps`,
	 * `no-cap-ambient-raise`. Of `keep-caps` execve(2) leaves the lock alone: nobody inside can set it.
	 */
	readonly secureBits?: readonly string[] | undefined;
	/**
	 * The command can make no user namespaces: the limit of the new one is 0, and CAP_SYS_RESOURCE, which could raise it, is
	 * dropped. Takes a new user namespace. user_namespaces(7). @default false
	 */
	readonly disableUserNamespaces?: boolean | undefined;
}

/** A rule of an OCI seccomp profile. */
export interface SeccompRule {
	readonly names: readonly string[];
	readonly action: string;
	readonly errnoRet?: number | undefined;
	readonly args?: readonly SeccompArgument[] | undefined;
	readonly includes?: SeccompCondition | undefined;
	readonly excludes?: SeccompCondition | undefined;
	readonly comment?: string | undefined;
}

/** When a rule counts, in Docker's profiles. */
export interface SeccompCondition {
	readonly caps?: readonly string[] | undefined;
	readonly arches?: readonly string[] | undefined;
	readonly minKernel?: string | undefined;
}

/** What an argument has to be. */
export interface SeccompArgument {
	readonly index: number;
	/** 64 bits without a sign; what is above 2^53 is exact only as a bigint. */
	readonly value: number | bigint;
	/** For SCMP_CMP_MASKED_EQ, whose mask is `value`: what the rest has to be. @default 0 */
	readonly valueTwo?: number | bigint | undefined;
	readonly op: string;
}

/** A seccomp profile as OCI runtimes and Docker take it: the `linux.seccomp` of a config.json, or Docker's own file. */
export interface SeccompProfile {
	readonly defaultAction: string;
	readonly defaultErrnoRet?: number | undefined;
	readonly architectures?: readonly string[] | undefined;
	readonly archMap?:
		| readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] }[]
		| undefined;
	readonly flags?: readonly string[] | undefined;
	readonly syscalls?: readonly SeccompRule[] | undefined;
}

/** System calls: which of them the command may make. seccomp(2). */
export interface SeccompOptions {
	/**
	 * The built-in profile, one of the OCI's form, or none at all.
	 * @default "default", but none where `programs` or `denySetId` are given alone
	 */
	readonly profile?: "default" | "none" | SeccompProfile | undefined;
	/** A file that holds a profile, in place of `profile`: for command lines and profiles in files, which read it. */
	readonly file?: string | undefined;
	/**
	 * Calls that are allowed although the profile refuses them, whatever their arguments are; `programs` and `denySetId`
	 * still count.
	 * @default none
	 */
	readonly allow?: readonly string[] | undefined;
	/** Refuse nothing, and let the kernel's log tell what would have been refused. @default false */
	readonly log?: boolean | undefined;
	/** Programs in the kernel's own form, arrays of `struct sock_filter`, on top: bytes, or descriptors open on them. */
	readonly programs?: readonly (Uint8Array | { readonly fd: number })[] | undefined;
	/** No file gets a set-user-ID or set-group-ID bit. @default false */
	readonly denySetId?: boolean | undefined;
	/**
	 * Capabilities that the command is taken to keep, with or without `CAP_`: the built-in profile and Docker's allow calls
	 * for them, such as mount(2) for `SYS_ADMIN`. Gives no capability itself. @default none
	 */
	readonly capabilities?: "all" | readonly string[] | undefined;
}

/** What of a Landlock domain reaches outside of it. landlock(7). */
export type LandlockScope = "signal" | "abstract-unix-socket";

/**
 * Landlock: which files and ports the command can reach, whatever its user may do. landlock(7).
 *
 * Paths are absolute, and mean what they mean inside. Each stands for itself and everything below it, and a symbolic link
 * for what it leads to; what is bound to another place as well needs that place, too. With any list of paths, an empty one
 * too, files are opened, executed, made, removed and renamed nowhere else, and devices take no ioctl(2) there. Landlock
 * never refuses to look at attributes and to change them (stat(2), chmod(2), chown(2), utime(2), setxattr(2)), nor
 * chdir(2), nor the use of what is open already.
 */
export interface LandlockOptions {
	/** Directories that may be listed, and files that may be read. */
	readonly read?: readonly string[] | undefined;
	/**
	 * Where files may be read, written, emptied, made, removed, and moved to one another of these paths; no device is made
	 * there, and devices that are there take ioctl(2). Programs mostly need `/dev/null` here, those with a terminal `/dev/tty`.
	 */
	readonly write?: readonly string[] | undefined;
	/** What may be read and executed: the command, interpreters of scripts, and the dynamic loader; mostly `/usr`. */
	readonly execute?: readonly string[] | undefined;
	/** What the rules of `mount()` mount writable may be written to; without rules, everything. @default false */
	readonly writeMounts?: boolean | undefined;
	/** TCP ports that may be bound to, 0 to have the kernel choose one; with a list, no others. Linux 6.7. */
	readonly bind?: readonly number[] | undefined;
	/**
	 * TCP ports that may be connected to, on whatever host; with a list, no others. With either list a filter refuses what
	 * Landlock does not see: Multipath TCP, SMC, TCP Fast Open, io_uring, and calls of x32. UDP is not refused. Linux 6.7.
	 */
	readonly connect?: readonly number[] | undefined;
	/** What may not be reached outside: processes by signals, abstract sockets by connecting. Linux 6.12. */
	readonly scope?: readonly LandlockScope[] | undefined;
	/** Where the kernel knows less than is asked for, do what it knows, and say what is missing. @default false: an error */
	readonly bestEffort?: boolean | undefined;
}
