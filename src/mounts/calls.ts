/** The calls that rules are made of. */
import { call, flags, ref } from "../plan/step.ts";
import type { Arg, Call } from "../plan/types.ts";
import type { MountFlags } from "./rules.ts";

type StructField = Exclude<Arg, { readonly pair: unknown }>;
type More = Omit<Call, "name" | "args">;

/** A copy of the mounts of a tree, as one that is attached nowhere yet. */
export const cloneTree = "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE";

/** As `cloneTree`, without the mounts below it. */
export const cloneMount = "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC";

/** Errors that say that a path leads nowhere, or nowhere the caller may go. */
export const unreachable = ["ENOENT", "ENOTDIR", "EACCES", "ELOOP"] as const;

/** Within the root, whatever links say. */
const inRoot = "RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS";

/** Opens a path inside the new root, as `target` unless a name is given. */
export const openInside = (path: string, more: More = {}, open = "O_PATH|O_CLOEXEC", resolve = inRoot): Call =>
	call(
		"openat2",
		[ref("root"), path, { struct: { flags: { flags: open }, mode: 0, resolve: { flags: resolve } } }, 24],
		{
			result: "target",
			...more,
		},
	);

/** Opens a directory of the caller's as a place to start from. */
export const openDirectory = (path: string, result: string, from?: string): Call =>
	call(
		"openat",
		[from === undefined ? flags("AT_FDCWD") : ref(from), path, flags("O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC")],
		{ result },
	);

/** Attaches a detached tree to an open directory or file. */
export const attach = (tree: string, target: string, more: More = {}): Call =>
	call("move_mount", [ref(tree), "", ref(target), "", flags("MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH")], more);

/** A new mount of a file system, as `result`. `options` are passed to it one by one; `true` is an option without a value. */
export function newMount(
	type: string,
	result: string,
	attributes: string,
	options: readonly (readonly [name: string, value: string | true])[] = [],
): Call[] {
	const set = ([name, value]: readonly [string, string | true]): Call =>
		value === true
			? call("fsconfig", [ref("fs"), flags("FSCONFIG_SET_FLAG"), name, null, 0])
			: call("fsconfig", [ref("fs"), flags("FSCONFIG_SET_STRING"), name, value, 0]);
	return [
		call("fsopen", [type, flags("FSOPEN_CLOEXEC")], { result: "fs" }),
		set(["source", type]),
		...options.map(set),
		call("fsconfig", [ref("fs"), flags("FSCONFIG_CMD_CREATE"), null, null, 0]),
		call("fsmount", [ref("fs"), flags("FSMOUNT_CLOEXEC"), attributes === "" ? 0 : flags(attributes)], { result }),
		call("close", [ref("fs")]),
	];
}

/** The option that gives all files of a new file system one label, where that is asked for. */
export const labelled = (label: string | undefined): (readonly ["context", string])[] =>
	label === undefined ? [] : [["context", label]];

/** The attributes of a mount that these flags ask for, joined with `|`. */
export function attributes(asked: MountFlags): string {
	const names: string[] = [];
	if (asked.readOnly) names.push("MOUNT_ATTR_RDONLY");
	if (asked.noSuid) names.push("MOUNT_ATTR_NOSUID");
	if (asked.noDev) names.push("MOUNT_ATTR_NODEV");
	if (asked.noExec) names.push("MOUNT_ATTR_NOEXEC");
	if (asked.noSymlinks) names.push("MOUNT_ATTR_NOSYMFOLLOW");
	return names.join("|");
}

/** Sets attributes of a mount; what is set already stays, flags that a parent namespace has locked among it. */
export function setAttributes(
	tree: string,
	names: string,
	more: More & { readonly recursive?: boolean; readonly userns?: StructField } = {},
): Call {
	const { recursive = true, userns = 0, ...rest } = more;
	const how = recursive ? "AT_EMPTY_PATH|AT_RECURSIVE" : "AT_EMPTY_PATH";
	const attributes = { attr_set: { flags: names }, attr_clr: 0, propagation: 0, userns_fd: userns };
	return call("mount_setattr", [ref(tree), "", flags(how), { struct: attributes }, 32], rest);
}

/** Asks for what is known of an open file; the answer lies in `buffer`. */
export const look = (fd: string, buffer: string, more: More = {}): Call =>
	call(
		"statx",
		[ref(fd), "", flags("AT_EMPTY_PATH"), flags("STATX_BASIC_STATS|STATX_MNT_ID"), { out: buffer, size: 256 }],
		more,
	);

/** Keeps the number of a mount, so that what lies in it can be told from other places. */
export const remember = (mount: string): Call => look(mount, "statx", { check: { statx: "statx", as: mount } });

/** Owner and permissions of an open file or directory: by descriptor, because a name could be that of a link. */
export function own(
	fd: string,
	{ mode, uid, gid }: { mode?: number | undefined; uid?: number | undefined; gid?: number | undefined },
): Call[] {
	const calls: Call[] = [];
	if (uid !== undefined || gid !== undefined)
		calls.push(call("fchownat", [ref(fd), "", uid ?? -1, gid ?? -1, flags("AT_EMPTY_PATH")]));
	if (mode !== undefined) calls.push(call("fchmod", [ref(fd), mode]));
	return calls;
}

/**
 * What a descriptor is open on belongs to the caller's mount namespace, and cannot be bound in a new one. Its path can
 * be, which the kernel knows also after the file was renamed; it has to be the same file then.
 */
export function openByDescriptor(fd: number, id: string, openAt: (path: Arg) => Call): Call[] {
	const path = { out: `${id}.path`, size: pathSize };
	const what = flags("STATX_BASIC_STATS|STATX_MNT_ID");
	return [
		call("statx", [fd, "", flags("AT_EMPTY_PATH"), what, { out: "statx.given", size: 256 }]),
		call("readlinkat", [flags("AT_FDCWD"), `/proc/self/fd/${fd}`, path, pathSize - 1]),
		openAt(path),
		look(id, "statx", { check: { sameFile: ["statx.given", "statx"] } }),
	];
}

/** The longest path that readlink(2) gives, and a NUL. */
const pathSize = 4096;
