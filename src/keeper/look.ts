/** What descriptors stand for: namespaces, processes, mounts. */
import { fromBytes } from "../bytes.ts";
import { close, readFile, readLink } from "../descriptors.ts";
import { arch } from "../ffi.ts";
import { constants, flagValue } from "../linux/constants.ts";
import { statField } from "../linux/proc.ts";
import type { ProcessIdentity } from "../named/types.ts";
import * as files from "../overlay/files.ts";
import { hasEnded } from "../pidfd.ts";
import { type NamespaceKind, namespaceInfo } from "../plan/namespaces.ts";
import { kindOf } from "../targets/kernel.ts";
import { namedError } from "./errors.ts";

/** `struct statx`, and where in it are the attributes and the number of the mount. */
const [statusSize, attributesAt, mountAt] = [256, 8, 144];
const STATX_ATTR_MOUNT_ROOT = 0x2000;

/** The mount that a descriptor lies in, and whether it is the root of it. statx(2). */
export function mountNumber(fd: number): { id: bigint; isRoot: boolean } {
	const { AT_EMPTY_PATH, STATX_MNT_ID } = constants;
	const bytes = new Uint8Array(statusSize);
	files.must(
		"statx",
		`${fd}, "", AT_EMPTY_PATH, STATX_MNT_ID`,
		fd,
		files.cString(""),
		AT_EMPTY_PATH,
		STATX_MNT_ID,
		bytes,
	);
	const view = new DataView(bytes.buffer);
	return {
		id: view.getBigUint64(mountAt, true),
		isRoot: (view.getUint32(attributesAt, true) & STATX_ATTR_MOUNT_ROOT) !== 0,
	};
}

/** The inode of the namespace of this kind that a descriptor is open on; `undefined` where it is open on anything else. */
export function namespaceInode(fd: number, kind: NamespaceKind): number | undefined {
	if (files.fileSystemOf(fd) !== constants.NSFS_MAGIC) return undefined;
	return kindOf(fd) === kind ? Number(files.statusOf(fd).inode) : undefined;
}

/** Opens the namespace of a process. Nothing where the process is gone or may not be looked at. */
export function openNamespace(pid: number, kind: NamespaceKind): number | undefined {
	const path = `/proc/${pid}/ns/${namespaceInfo(kind).file}`;
	return files.unless(["ENOENT", "ESRCH", "EACCES", "EPERM"], () => files.openPath(path, "O_RDONLY"));
}

/** Opens what has this name in a directory, also where another mount lies there; never through a link. */
export function openAcross(directory: number, name: string): number | undefined {
	return files.unless(["ENOENT", "ELOOP", "ENXIO"], () => openAt(directory, name, "O_RDONLY|O_NOFOLLOW|O_NONBLOCK"));
}

/** Opens what has this name in a directory, whichever mount it lies in. openat(2). */
export function openAt(directory: number, name: string, flags: string): number {
	const all = `${flags}|O_CLOEXEC`;
	const shown = `${directory}, "${name}", ${all}`;
	return files.must("openat", shown, directory, files.cString(name), flagValue(all, arch));
}

/** A descriptor of a process; nothing where there is none of this number. pidfd_open(2). */
export function openProcess(pid: number): number | undefined {
	return files.unless(["ESRCH", "EINVAL"], () => files.must("pidfd_open", `${pid}, 0`, pid, 0));
}

/** Sends a signal to the process of a pidfd. Nothing happens where it has ended. pidfd_send_signal(2). */
export function signalProcess(pidfd: number, signal: number): void {
	files.unless(["ESRCH"], () => files.must("pidfd_send_signal", `${pidfd}, ${signal}, NULL, 0`, pidfd, signal, 0, 0));
}

/** Clock ticks since boot at which a process began; nothing where it is gone. */
function startTime(pid: number): number | undefined {
	const stat = textOf(`/proc/${pid}/stat`);
	const value = stat === undefined ? undefined : statField(stat, 22);
	return value === undefined ? undefined : Number(value);
}

/** Who the process of a pidfd is, which has to be a descriptor of this pid; nothing where it has ended. */
export function identityOf(pid: number, pidfd: number): ProcessIdentity | undefined {
	const began = startTime(pid);
	const inode = files.fileSystemOf(pidfd) === constants.PID_FS_MAGIC ? String(files.statusOf(pidfd).inode) : undefined;
	// Until here its number was nobody else's.
	if (began === undefined || hasEnded(pidfd)) return undefined;
	return { pid, startTime: began, ...(inode !== undefined && { pidfd: inode }) };
}

/** A file below /proc, or nothing where its process is gone or it may not be read. */
export function textOf(path: string): string | undefined {
	return files.unless(["ENOENT", "ESRCH", "EACCES", "EPERM"], () => fromBytes(readFile(path)));
}

/** The inode of one of this process's own namespaces. */
export function ownInode(kind: NamespaceKind): number {
	const link = fromBytes(readLink(`/proc/self/ns/${namespaceInfo(kind).file}`));
	return Number(link.slice(link.indexOf("[") + 1, -1));
}

const numbersField = "\nNSpid:";

/**
 * Process ids are looked up in /proc, so it has to number them as this process's own PID namespace does: then this process
 * has one number there.
 */
export function checkProc(): void {
	const status = textOf("/proc/self/status") ?? "";
	const at = status.indexOf(numbersField);
	const numbers = at < 0 ? "" : status.slice(at + numbersField.length, status.indexOf("\n", at + numbersField.length));
	if (numbers.trim() === String(process.pid)) return;
	const hint = "mount a /proc of this PID namespace: mount -t proc proc /proc";
	throw namedError("PROC_OTHER", "/proc is not there, or is that of another PID namespace", hint);
}

const bootFile = "/proc/sys/kernel/random/boot_id";

/** Which boot this is. */
export function bootId(): string {
	const id = textOf(bootFile);
	if (id !== undefined) return id.trim();
	const hint = "mount all of /proc: mount -t proc proc /proc";
	throw namedError("PROC_PARTLY", `${bootFile} cannot be read, so no name can be checked`, hint);
}

/** Closes all of these. */
export function closeAll(fds: Iterable<number | undefined>): void {
	for (const fd of fds) if (fd !== undefined) close(fd);
}
