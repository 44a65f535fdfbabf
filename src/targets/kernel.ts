/** What the kernel tells of namespaces and processes through descriptors of them. */
import { toBytes } from "../bytes.ts";
import { checked, systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { type NamespaceKind, namespaceInfo, namespaces } from "../plan/namespaces.ts";
import { getWord } from "../stub/instruction.ts";

/** The kind of namespace that a descriptor is open on; `undefined` when on something else. NS_GET_NSTYPE, ioctl_nsfs(2). */
export function kindOf(fd: number): NamespaceKind | undefined {
	const flag = systemCall("ioctl", fd, constants.NS_GET_NSTYPE);
	for (const { kind, flag: name } of namespaces) if (constants[name as keyof typeof constants] === flag) return kind;
	return undefined;
}

/** A descriptor of the user namespace that owns a namespace, or of the one a user namespace lies in. NS_GET_USERNS. */
export function owningUserNamespace(fd: number): number {
	const owner = systemCall("ioctl", fd, constants.NS_GET_USERNS);
	return checked(owner, "ioctl", `${fd}, NS_GET_USERNS`);
}

/** What is told of a file by its descriptor. statx(2). */
export interface FileStatus {
	readonly inode: number;
	readonly uid: number;
	readonly mode: number;
}

/** Where the kernel writes fields of `struct statx`, in words of 32 bits. */
const [uidAt, modeAt, inodeAt] = [5, 7, 8];

export function statusOf(fd: number): FileStatus {
	const status = new Uint32Array(64);
	const empty = new Uint8Array(1);
	const result = systemCall("statx", fd, empty, constants.AT_EMPTY_PATH, constants.STATX_BASIC_STATS, status);
	checked(result, "statx", `${fd}, "", AT_EMPTY_PATH, ..`);
	const word = (at: number): number => status[at] ?? 0;
	return { inode: getWord(status, inodeAt), uid: word(uidAt), mode: word(modeAt) & 0xffff };
}

/** A descriptor of a namespace of the process that has this number. */
export function openNamespace(pid: number, kind: NamespaceKind): number {
	return openFile(`/proc/${pid}/ns/${namespaceInfo(kind).file}`);
}

/** Opens a file for reading, without waiting for anybody and without becoming owner of a terminal. openat(2). */
export function openFile(path: string): number {
	const { AT_FDCWD, O_RDONLY, O_NONBLOCK, O_NOCTTY, O_CLOEXEC } = constants;
	const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	const fd = systemCall("openat", AT_FDCWD, toBytes(`${path}\0`), flags);
	return checked(fd, "openat", `AT_FDCWD, "${path}", O_RDONLY|O_NONBLOCK|O_NOCTTY|O_CLOEXEC`);
}

/** The network namespace of the socket that a process has as its descriptor `fd`. pidfd_getfd(2), SIOCGSKNS. */
export function networkOfSocket(pidfd: number, fd: number): number {
	// Few look for one.
	const { openOfSocket } = require("../surveyor/files.ts") as typeof import("../surveyor/files.ts");
	return checked(openOfSocket(pidfd, fd), "ioctl", `${fd}, SIOCGSKNS`);
}

/** Another number for the same open file, which closes on exec; the negative error number where `fd` is closed. */
export function copyOf(fd: number): number {
	return systemCall("fcntl", fd, constants.F_DUPFD_CLOEXEC, 3);
}
