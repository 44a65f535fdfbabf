/**
 * Opening the files of namespaces wherever they are: below /proc, on a mount, in a descriptor of another process. What
 * is opened is looked at by a descriptor that does nothing to it first, because a name may have become any file.
 */
import { toBytes } from "../bytes.ts";
import { close } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import type { Proc } from "./proc.ts";

const { AT_FDCWD, AT_EMPTY_PATH, AT_STATX_DONT_SYNC, O_PATH, O_RDONLY, O_CLOEXEC, SIOCGSKNS } = constants;
const { STATX_BASIC_STATS, S_IFMT, S_IFSOCK } = constants;

const [EAGAIN, ENOTSOCK] = [errnoNumber("EAGAIN"), errnoNumber("ENOTSOCK")];
const mostTries = 200;

const empty = toBytes("\0");
const statxWords = new Uint32Array(new ArrayBuffer(256));
/** Where `struct statx` has what is looked at, in words. */
const [modeWord, inodeWord, deviceWord] = [7, 8, 34];

/**
 * Looks at an open file into `statxWords`. The file may be a stranger's, in a file system that is a stranger's program:
 * nothing is asked of it, neither by statx(2) nor by fstatfs(2), which would wait for an answer.
 */
const look = (fd: number): boolean =>
	systemCall("statx", fd, empty, AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, statxWords) === 0;

/** The inode of an open file; 0 where it cannot be had. statx(2). */
export function inodeOf(fd: number): number {
	return look(fd) ? (statxWords[inodeWord] ?? 0) + (statxWords[inodeWord + 1] ?? 0) * 2 ** 32 : 0;
}

/** The number of the device that an open file lies on; nothing where it cannot be had. */
function deviceOf(fd: number): string | undefined {
	return look(fd) ? `${statxWords[deviceWord]}:${statxWords[deviceWord + 1]}` : undefined;
}

let nsfs: string | undefined;

/** The device that all namespaces lie on, and nothing else. It stays the same until the next boot. */
function nsfsDevice(): string | undefined {
	if (nsfs !== undefined) return nsfs;
	const fd = systemCall("openat", AT_FDCWD, toBytes("/proc/self/ns/user\0"), O_RDONLY | O_CLOEXEC);
	if (fd < 0) return undefined;
	nsfs = deviceOf(fd);
	close(fd);
	return nsfs;
}

/** Whether a descriptor is open on a namespace. */
function isNamespace(fd: number): boolean {
	const device = nsfsDevice();
	return device !== undefined && deviceOf(fd) === device;
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
	const same = isNamespace(path) && inodeOf(path) === inode;
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
	const name = toBytes(`${path}\0`);
	let fd = -EAGAIN;
	// It gives up when anything on the machine is mounted or renamed meanwhile, as well as where it would have to wait.
	for (let tries = 0; fd === -EAGAIN && tries < mostTries; tries++)
		fd = systemCall("openat2", root, name, how, how.byteLength);
	close(root);
	return reopened(fd, inode);
}

/** The namespace that a socket of another process belongs to. pidfd_getfd(2), SIOCGSKNS. */
export function openOfSocket(pidfd: number, fd: number): number {
	const socket = systemCall("pidfd_getfd", pidfd, fd, 0);
	if (socket < 0) return socket;
	// It may have become another file meanwhile, to which the number of this request means something else.
	const isSocket = look(socket) && ((statxWords[modeWord] ?? 0) & S_IFMT) === S_IFSOCK;
	const namespace = isSocket ? systemCall("ioctl", socket, SIOCGSKNS) : -ENOTSOCK;
	close(socket);
	return namespace;
}
