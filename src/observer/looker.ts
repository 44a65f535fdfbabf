/**
 * Looking into a process that waits in a call. What is read may be a lie: another thread may change it at any time, and
 * nothing here decides what the command may do. Paths are resolved below the process's own root, by descriptor.
 */
import { fromBytes, toBytes } from "../bytes.ts";
import { close, readLink } from "../descriptors.ts";
import { addressOf, arch, SystemError, systemCall } from "../ffi.ts";
import { constants, flagValue } from "../linux/constants.ts";
import type { Access } from "../observe/calls.ts";
import { headSize, interpreterOf } from "../observe/interpreter.ts";
import type { Look, Looker } from "../observe/meaning.ts";
import { absolutePath, parentOf, resolveLinks, stripRoot } from "../observe/path.ts";
import { setWord } from "../stub/instruction.ts";

const page = 4096;
/** No address of a process is above this. */
const lastAddress = 2 ** 56;
const ownNetwork = linkText("/proc/self/ns/net");

/** Bytes of another process's memory, all of them or none. process_vm_readv(2). */
function readMemory(pid: number, address: number, size: number): Uint8Array | undefined {
	if (size <= 0 || address < 0 || address + size > lastAddress) return undefined;
	const bytes = new Uint8Array(size);
	const vectors = new Uint32Array(8);
	setWord(vectors, 0, addressOf(bytes));
	setWord(vectors, 2, size);
	setWord(vectors, 4, address);
	setWord(vectors, 6, size);
	return systemCall("process_vm_readv", pid, vectors, 1, vectors.subarray(4), 1, 0) === size ? bytes : undefined;
}

/** Bytes up to the first NUL, page by page, because the next one may not be there; PATH_MAX at most. */
function readText(pid: number, address: number): Uint8Array | undefined {
	const pieces: Uint8Array[] = [];
	for (let done = 0; done < page; ) {
		const from = address + done;
		const piece = readMemory(pid, from, Math.min(page - (from % page), page - done, done === 0 ? 256 : page));
		if (!piece) return undefined;
		const end = piece.indexOf(0);
		pieces.push(end < 0 ? piece : piece.subarray(0, end));
		if (end >= 0) return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
		done += piece.length;
	}
	return undefined;
}

function linkText(path: string): string | undefined {
	try {
		return fromBytes(readLink(path));
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}

/** A looker for the thread `pid`. `looks`: paths are looked at; otherwise they are only put together. */
export function lookerFor(pid: number, looks: boolean): Looker {
	return {
		bytes: (address, size) => readMemory(pid, address, size),
		text: (address) => readText(pid, address),
		isolated: () => {
			const theirs = linkText(`/proc/${pid}/ns/net`);
			return theirs !== undefined && theirs !== ownNetwork;
		},
		look: (path, directory, how) => lookAt(pid, absolute(pid, path, directory), looks, how),
	};
}

/** What the process means by a path, where its directory can be told; with each `..` in its place. */
function absolute(pid: number, path: string, directory: number): string {
	if (path.startsWith("/")) return path;
	const link = linkText(directory === constants.AT_FDCWD ? `/proc/${pid}/cwd` : `/proc/${pid}/fd/${directory}`);
	return `${stripRoot(link ?? "/", linkText(`/proc/${pid}/root`) ?? "/")}/${path}`;
}

const unseen = { kind: "unknown", outside: "unknown", readOnly: false } as const;

function lookAt(pid: number, whole: string, looks: boolean, how: { noFollow: boolean; access: Access }): Look {
	const path = absolutePath("/", whole);
	// What is there is another for everybody who looks.
	if (!looks || path === "/proc" || path.startsWith("/proc/")) return { path, ...unseen };
	const { O_PATH, O_CLOEXEC, O_DIRECTORY, AT_FDCWD } = constants;
	const text = toBytes(`/proc/${pid}/root\0`);
	const root = systemCall(
		"openat",
		AT_FDCWD,
		text,
		O_PATH | O_CLOEXEC | (flagValue("O_DIRECTORY", arch) || O_DIRECTORY),
	);
	if (root < 0) return { path, ...unseen };
	try {
		return compare(path, whole, root, how);
	} finally {
		close(root);
	}
}

function compare(path: string, whole: string, root: number, how: { noFollow: boolean; access: Access }): Look {
	const { noFollow, access } = how;
	const inside = openPath(root, whole, noFollow);
	const outside = openPath(constants.AT_FDCWD, whole, noFollow);
	try {
		const [here, there] = [statusOf(inside), statusOf(outside)];
		const same = here !== undefined && there !== undefined && here.id === there.id;
		return {
			path,
			kind: here?.kind ?? "missing",
			outside: same ? "same" : there ? "other" : "missing",
			...(!here && there && { kindOutside: there.kind }),
			...linksTo(path, whole, outside, noFollow),
			...(inside >= 0 ? { readOnly: isReadOnly(inside) } : parentLook(root, whole)),
			...(access === "execute" && here?.isProgram && { interpreter: interpreterOf(headOf(inside)) }),
		};
	} finally {
		for (const fd of [inside, outside]) if (fd >= 0) close(fd);
	}
}

/** The links that a path of the caller's goes over. For what is not there, those to its directory. */
function linksTo(path: string, whole: string, outside: number, noFollow: boolean): Pick<Look, "real" | "links"> {
	const opened = outside < 0 ? undefined : linkText(`/proc/self/fd/${outside}`);
	if (opened === path && !noFollow) return {};
	const { real, links } = resolveLinks(whole, !noFollow, linkText);
	return { ...(real !== path && { real }), ...(links.length > 0 && { links }) };
}

/** The file at a path as a descriptor that can do nothing, or a negative error number. openat2(2). */
function openPath(root: number, path: string, noFollow: boolean): number {
	const { O_PATH, O_CLOEXEC, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS } = constants;
	const how = new Uint32Array(6);
	how[0] = O_PATH | O_CLOEXEC | (noFollow ? flagValue("O_NOFOLLOW", arch) : 0);
	how[4] = RESOLVE_NO_MAGICLINKS | (root === constants.AT_FDCWD ? 0 : RESOLVE_IN_ROOT);
	return systemCall("openat2", root, toBytes(`${path}\0`), how, how.byteLength);
}

/** `struct statx` and the words of it that are read. */
const [statxSize, modeAt, inodeAt, deviceAt] = [256, 7, 8, 34];
const types = { file: 0o10, directory: 0o04 } as const;

interface Status {
	readonly kind: "file" | "directory" | "other";
	/** A plain file with a permission to execute it. */
	readonly isProgram: boolean;
	/** The number of the file and its file system. */
	readonly id: string;
}

function statusOf(fd: number): Status | undefined {
	if (fd < 0) return undefined;
	const words = new Uint32Array(statxSize / 4);
	const { AT_EMPTY_PATH, STATX_BASIC_STATS } = constants;
	if (systemCall("statx", fd, toBytes("\0"), AT_EMPTY_PATH, STATX_BASIC_STATS, words) !== 0) return undefined;
	const mode = (words[modeAt] ?? 0) & 0xffff;
	const type = mode >> 12;
	const kind = type === types.file ? "file" : type === types.directory ? "directory" : "other";
	const isProgram = kind === "file" && (mode & 0o111) !== 0;
	return { kind, isProgram, id: [inodeAt, inodeAt + 1, deviceAt, deviceAt + 1].map((at) => words[at]).join() };
}

/** ST_RDONLY, and where `struct statfs` has its flags. statfs(2) */
const [readOnlyFlag, statfsFlagsAt] = [1, 20];

/** Whether what lies there can be written to by nobody. */
function isReadOnly(fd: number): boolean {
	const words = new Uint32Array(30);
	return systemCall("fstatfs", fd, words) === 0 && ((words[statfsFlagsAt] ?? 0) & readOnlyFlag) !== 0;
}

/** What is said of a path by the directory that something would be made in. */
function parentLook(root: number, path: string): Pick<Look, "readOnly" | "hasParent"> {
	const directory = openPath(root, parentOf(path.replace(/(\/\.?)+$/, "")), false);
	if (directory < 0) return { readOnly: false, hasParent: false };
	try {
		return { readOnly: isReadOnly(directory), hasParent: true };
	} finally {
		close(directory);
	}
}

/** The beginning of a program; nothing where it cannot be read. Not of files that nobody can execute: some of them wait. */
function headOf(fd: number): Uint8Array {
	const { AT_FDCWD, O_RDONLY, O_CLOEXEC, O_NONBLOCK } = constants;
	const opened = systemCall("openat", AT_FDCWD, toBytes(`/proc/self/fd/${fd}\0`), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (opened < 0) return new Uint8Array(0);
	const head = new Uint8Array(headSize);
	const count = systemCall("read", opened, head, headSize);
	close(opened);
	return head.subarray(0, Math.max(0, count));
}
