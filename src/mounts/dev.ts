import { call, flags, ref } from "../plan/step.ts";
import type { Arg, Call } from "../plan/types.ts";
import { attach, labelled, newMount, openByDescriptor, remember } from "./calls.ts";

const devices = ["null", "zero", "full", "random", "urandom", "tty"] as const;

const links = [
	["fd", "/proc/self/fd"],
	["stdin", "/proc/self/fd/0"],
	["stdout", "/proc/self/fd/1"],
	["stderr", "/proc/self/fd/2"],
	["ptmx", "pts/ptmx"],
] as const;

/** The caller's devices, opened before the first mount can hide them: a root that others have filled has no say in it. */
export const openDevices = (id: string, hasConsole: boolean): Call[] => [
	...devices.map((name) => clone(`/dev/${name}`, `${id}.${name}`)),
	...(hasConsole ? openByDescriptor(0, `${id}.console`, (path) => clone(path, `${id}.console`)) : []),
];

const clone = (path: Arg, result: string): Call =>
	call("open_tree", [flags("AT_FDCWD"), path, flags("OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC")], { result });

export interface DevOptions {
	readonly hasConsole: boolean;
	/** Of all files in it. */
	readonly label?: string | undefined;
	/** What `shm` may hold. */
	readonly size?: number | string | undefined;
}

/** Nothing is to be kept among the devices. */
const bounds = [
	["size", "64k"],
	["nr_inodes", "64"],
] as const;

/**
 * Fills an open target: devices cannot be made in a user namespace, so those of the caller are bound. A terminal of the
 * sandbox's own is the console: its number means nothing among the new `pts`, and programs find its name by this file.
 */
export const makeDevices = (id: string, { hasConsole, label, size }: DevOptions): Call[] => [
	...newMount("tmpfs", id, "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC", [
		["mode", "755"],
		...(size === undefined ? [] : bounds),
		...labelled(label),
	]),
	remember(id),
	attach(id, "target"),
	...[...devices, ...(hasConsole ? ["console"] : [])].flatMap((name) => [
		call("mknodat", [ref(id), name, 0o100644, 0]),
		...placeIn(id, name, `${id}.${name}`, "O_PATH|O_NOFOLLOW|O_CLOEXEC"),
	]),
	...links.map(([name, to]) => call("symlinkat", [to, ref(id), name])),
	call("mkdirat", [ref(id), "pts", 0o755]),
	...newMount("devpts", "pts", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NOEXEC", [
		["newinstance", true],
		["ptmxmode", "0666"],
		["mode", "0620"],
	]),
	...placeIn(id, "pts", "pts", "O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC"),
	call("close", [ref("pts")]),
	call("mkdirat", [ref(id), "shm", 0o755]),
	...newMount("tmpfs", "shm", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV", [
		["mode", "1777"],
		...(size === undefined ? [] : [["size", String(size)] as const]),
		...labelled(label),
	]),
	...placeIn(id, "shm", "shm", "O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC"),
	call("close", [ref("shm")]),
];

/** Attaches a tree to a name in an open directory that nobody else can reach yet. */
const placeIn = (directory: string, name: string, tree: string, how: string): Call[] => [
	call("openat", [ref(directory), name, flags(how)], { result: "point" }),
	attach(tree, "point"),
	call("close", [ref("point")]),
];
