/**
 * Files by descriptor. Every name is looked up in a directory that is open already, one component at a time: no symbolic
 * link, no `..` and no mount point is ever followed, whatever happens to the tree meanwhile. openat2(2).
 */
import { fromBytes, toBytes } from "../bytes.ts";
import { arch, SystemError, systemCall } from "../ffi.ts";
import { constants, flagValue } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import type { Syscall } from "../linux/syscalls.ts";
import type { Time } from "./types.ts";

const { AT_FDCWD, AT_EMPTY_PATH } = constants;

/** Makes a call; `shown` is its arguments in an error. */
export function must(name: Syscall, shown: string, ...args: (number | NodeJS.TypedArray)[]): number {
	const result = systemCall(name, ...args);
	if (result < 0) throw new SystemError(name, shown, -result);
	return result;
}

/** A string of the kernel's. */
export const cString = (text: string): Uint8Array => toBytes(`${text}\0`);

/** A name of what a descriptor stands for. It leads to the thing itself, also where that is a symbolic link. */
export const pathOf = (fd: number): string => `/proc/self/fd/${fd}`;

/** Whether an error is one of these. */
export function isError(error: unknown, ...codes: readonly string[]): error is SystemError {
	return error instanceof SystemError && codes.includes(error.code);
}

/** What `look` finds; nothing where it fails with one of these codes. */
export function unless<T>(codes: readonly string[], look: () => T): T | undefined {
	try {
		return look();
	} catch (error) {
		if (isError(error, ...codes)) return undefined;
		throw error;
	}
}

/** Opens a path as the caller means it, links and all. */
export function openPath(path: string, flags: string): number {
	const shown = `AT_FDCWD, "${path}", ${flags}|O_CLOEXEC`;
	return must("openat", shown, AT_FDCWD, cString(path), flagValue(`${flags}|O_CLOEXEC`, arch));
}

const { RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_XDEV } = constants;
const noLinks = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

/** Opens an absolute path that must have no symbolic link in it. */
export function openCanonical(path: string, flags: string): number {
	return open2(AT_FDCWD, path, flags, 0, noLinks, "RESOLVE_NO_SYMLINKS");
}

/** Opens an entry of a directory, never through a link or onto another mount. */
export function openBeneath(directory: number, name: string, flags: string, mode = 0): number {
	const shown = "RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS|RESOLVE_NO_XDEV";
	return open2(directory, name, flags, mode, noLinks | RESOLVE_BENEATH | RESOLVE_NO_XDEV, shown);
}

function open2(from: number, path: string, flags: string, mode: number, resolve: number, rule: string): number {
	const all = `${flags}|O_NOFOLLOW|O_CLOEXEC`;
	const how = BigUint64Array.of(BigInt(flagValue(all, arch)), BigInt(mode), BigInt(resolve));
	const shown = `${from === AT_FDCWD ? "AT_FDCWD" : from}, "${path}", {flags=${all}, resolve=${rule}}`;
	return must("openat2", shown, from, cString(path), how, how.byteLength);
}

/** An entry that is only held, not opened: neither a device nor a fifo notices. Nothing where there is none. */
export function hold(directory: number, name: string): number | undefined {
	return unless(["ENOENT"], () => openBeneath(directory, name, "O_PATH"));
}

/** Opens a directory that is held, to list and to change it. */
export function openDirectory(held: number): number {
	return openBeneath(held, ".", "O_RDONLY|O_DIRECTORY");
}

/** Opens a regular file that is held, to read it. */
export function openFile(held: number): number {
	const flags = flagValue("O_RDONLY|O_NONBLOCK|O_CLOEXEC", arch);
	return must("openat", `AT_FDCWD, "${pathOf(held)}", O_RDONLY`, AT_FDCWD, cString(pathOf(held)), flags);
}

/** Makes an empty file that nobody else has. */
export function createFile(directory: number, name: string): number {
	return openBeneath(directory, name, "O_RDWR|O_CREAT|O_EXCL", 0o600);
}

const listSize = 65536;

/** The names in an open directory, without `.` and `..`. getdents64(2). */
export function namesIn(directory: number): string[] {
	must("lseek", `${directory}, 0, SEEK_SET`, directory, 0, constants.SEEK_SET);
	const bytes = new Uint8Array(listSize);
	const view = new DataView(bytes.buffer);
	const names: string[] = [];
	for (;;) {
		const size = must("getdents64", `${directory}, .., ${listSize}`, directory, bytes, listSize);
		if (size === 0) return names;
		// struct linux_dirent64: inode and offset of 8 bytes, length of 2, type of 1, the name with its NUL.
		for (let at = 0; at < size; at += view.getUint16(at + 16, true)) {
			const name = fromBytes(bytes.subarray(at + 19, bytes.indexOf(0, at + 19)));
			if (name !== "." && name !== "..") names.push(name);
		}
	}
}

/** What statx(2) tells of a descriptor. */
export interface Status {
	/** Type and permission bits together. inode(7). */
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly inode: bigint;
	readonly size: number;
	readonly accessed: Time;
	readonly modified: Time;
	readonly device: readonly [number, number];
}

/** `struct statx`. */
const statusSize = 256;

/** Looks at what a descriptor stands for. */
export function statusOf(fd: number): Status {
	const bytes = new Uint8Array(statusSize);
	const view = new DataView(bytes.buffer);
	must("statx", `${fd}, "", AT_EMPTY_PATH`, fd, cString(""), AT_EMPTY_PATH, constants.STATX_BASIC_STATS, bytes);
	const time = (at: number): Time => ({
		seconds: Number(view.getBigInt64(at, true)),
		nanoseconds: view.getUint32(at + 8, true),
	});
	return {
		uid: view.getUint32(20, true),
		gid: view.getUint32(24, true),
		mode: view.getUint16(28, true),
		inode: view.getBigUint64(32, true),
		size: Number(view.getBigUint64(40, true)),
		accessed: time(64),
		modified: time(112),
		device: [view.getUint32(128, true), view.getUint32(132, true)],
	};
}

/** Where a symbolic link that is held leads. */
export function targetOf(held: number): string {
	const bytes = new Uint8Array(4096);
	const size = must("readlinkat", `${held}, "", .., 4096`, held, cString(""), bytes, bytes.length);
	return fromBytes(bytes.subarray(0, size));
}

/** The path of a directory that is open, without a symbolic link in it. */
export function canonicalPath(fd: number): string {
	const bytes = new Uint8Array(4096);
	const shown = `AT_FDCWD, "${pathOf(fd)}", .., 4096`;
	const size = must("readlinkat", shown, AT_FDCWD, cString(pathOf(fd)), bytes, bytes.length);
	return fromBytes(bytes.subarray(0, size));
}

/** Makes a directory that only the owner can enter. */
export function makeDirectory(directory: number, name: string): void {
	must(
		"mkdirat",
		`${directory === AT_FDCWD ? "AT_FDCWD" : directory}, "${name}", 0700`,
		directory,
		cString(name),
		0o700,
	);
}

/** Makes a fifo or a device. `mode` holds the type. */
export function makeNode(
	directory: number,
	name: string,
	mode: number,
	[major, minor]: readonly [number, number],
): void {
	// makedev(3), as the kernel takes it: the minor number's upper bits are above the major's.
	const number = (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
	const shown = `${directory}, "${name}", 0${mode.toString(8)}, ${major}:${minor}`;
	must("mknodat", shown, directory, cString(name), mode, number >>> 0);
}

/** Makes a symbolic link. */
export function makeLink(directory: number, name: string, target: string): void {
	must("symlinkat", `"${target}", ${directory}, "${name}"`, cString(target), directory, cString(name));
}

/** Renames; what has the new name is replaced, or with `exchange` gets the old one. renameat2(2). */
export function rename(from: number, name: string, to: number, newName: string, exchange = false): void {
	const flags = exchange ? constants.RENAME_EXCHANGE : 0;
	const shown = `${from}, "${name}", ${to}, "${newName}", ${exchange ? "RENAME_EXCHANGE" : "0"}`;
	must("renameat2", shown, from, cString(name), to, cString(newName), flags);
}

/** Removes a name, or an empty directory. unlinkat(2). */
export function unlink(directory: number, name: string, kind: "file" | "directory" = "file"): void {
	const flags = kind === "directory" ? constants.AT_REMOVEDIR : 0;
	const shown = `${directory}, "${name}", ${kind === "directory" ? "AT_REMOVEDIR" : "0"}`;
	must("unlinkat", shown, directory, cString(name), flags);
}

/** Sets the owner of what a descriptor stands for. */
export function setOwner(fd: number, uid: number, gid: number): void {
	must("fchownat", `${fd}, "", ${uid}, ${gid}, AT_EMPTY_PATH`, fd, cString(""), uid, gid, AT_EMPTY_PATH);
}

/** Sets the permission bits of what a descriptor stands for, which must be no symbolic link. */
export function setMode(fd: number, mode: number): void {
	must("fchmodat", `AT_FDCWD, "${pathOf(fd)}", 0${mode.toString(8)}`, AT_FDCWD, cString(pathOf(fd)), mode);
}

/** Sets both times of what a descriptor stands for. */
export function setTimes(fd: number, accessed: Time, modified: Time): void {
	const times = BigInt64Array.of(
		...[accessed, modified].flatMap(({ seconds, nanoseconds }) => [BigInt(seconds), BigInt(nanoseconds)]),
	);
	must("utimensat", `AT_FDCWD, "${pathOf(fd)}", ..`, AT_FDCWD, cString(pathOf(fd)), times, 0);
}

/** Waits until the disk has what a descriptor stands for. fsync(2). */
export function sync(fd: number): void {
	must("fsync", `${fd}`, fd);
}

/** Whether this descriptor could be locked against everybody else, without waiting. flock(2). */
export function lock(fd: number): boolean {
	const { LOCK_EX, LOCK_NB } = constants;
	const result = systemCall("flock", fd, LOCK_EX | LOCK_NB);
	if (result < 0 && -result !== errnoNumber("EAGAIN"))
		throw new SystemError("flock", `${fd}, LOCK_EX|LOCK_NB`, -result);
	return result >= 0;
}

/** `struct statfs`: the magic number of the file system is its first word. */
const statfsSize = 120;

/** The magic number of the file system that a descriptor lies in. fstatfs(2). */
export function fileSystemOf(fd: number): number {
	const words = new BigInt64Array(statfsSize / 8);
	must("fstatfs", `${fd}, ..`, fd, words);
	return Number(words[0]);
}
