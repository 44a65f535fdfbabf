/**
 * Opening the files of namespaces wherever they are: below /proc, on a mount, in a descriptor of another process. What
 * is opened is looked at by a descriptor that does nothing to it first, because a name may have become any file.
 */
import { toBytes } from "../bytes.ts";
import { close } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { fileSystem, type Proc } from "./proc.ts";

const { AT_FDCWD, AT_EMPTY_PATH, O_PATH, O_RDONLY, O_CLOEXEC, STATX_INO, NSFS_MAGIC, SIOCGSKNS } = constants;

const empty = toBytes("\0");
const statxWords = new Uint32Array(new ArrayBuffer(256));
/** Where `struct statx` has the inode, in words. */
const inodeWord = 8;

/** The inode of an open file; 0 where it cannot be had. statx(2). */
export function inodeOf(fd: number): number {
	if (systemCall("statx", fd, empty, AT_EMPTY_PATH, STATX_INO, statxWords) !== 0) return 0;
	return (statxWords[inodeWord] ?? 0) + (statxWords[inodeWord + 1] ?? 0) * 2 ** 32;
}

/** The descriptor, when it is the namespace that is expected; else it is closed and nothing is returned. */
export function expected(fd: number, inode: number): number | undefined {
	if (fd < 0) return undefined;
	if (inodeOf(fd) === inode) return fd;
	close(fd);
	return undefined;
}

/** Opens the namespace that `path`, a descriptor for paths only, is; closes it. Nothing where it is another file. */
export function reopened(path: number, inode: number): number | undefined {
	if (path < 0) return undefined;
	const same = fileSystem(path) === NSFS_MAGIC && inodeOf(path) === inode;
	const fd = same ? systemCall("openat", AT_FDCWD, toBytes(`/proc/self/fd/${path}\0`), O_RDONLY | O_CLOEXEC) : -1;
	close(path);
	return expected(fd, inode);
}

/**
 * The namespace that is mounted at `path` as a process sees it, or the caller. The path is whoever's: no link is
 * followed, and nothing is asked of a file system that could keep us waiting. openat2(2).
 */
export function openMounted(proc: Proc, path: string, inode: number, pid?: number): number | undefined {
	const { RESOLVE_CACHED, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS } = constants;
	const resolve = RESOLVE_CACHED | RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
	const how = new Uint32Array([O_PATH | O_CLOEXEC, 0, 0, 0, resolve, 0]);
	const root = proc.openPath(pid === undefined ? "self/root" : `${pid}/root`);
	if (root < 0) return undefined;
	const fd = systemCall("openat2", root, toBytes(`${path}\0`), how, how.byteLength);
	close(root);
	return reopened(fd, inode);
}

/** The namespace that a socket of another process belongs to. pidfd_getfd(2), SIOCGSKNS. */
export function openOfSocket(pidfd: number, fd: number): number {
	const socket = systemCall("pidfd_getfd", pidfd, fd, 0);
	if (socket < 0) return socket;
	const namespace = systemCall("ioctl", socket, SIOCGSKNS);
	close(socket);
	return namespace;
}
