/** What keeps namespaces besides the processes in them: mounts, open descriptors, sockets. */
import { fromBytes } from "../bytes.ts";
import { close } from "../descriptors.ts";
import { openPidfd } from "../pidfd.ts";
import type { NamespaceKind } from "../plan/namespaces.ts";
import type { Drafts, ReadProcess } from "../survey/assemble.ts";
import { type NamespaceMount, nameOfMount, namespaceLink, namespaceMounts } from "../survey/mountinfo.ts";
import { kindOf } from "../targets/kernel.ts";
import { inodeOf, openOfSocket, reopened } from "./files.ts";
import type { Proc } from "./proc.ts";

/** Descriptors looked at: of one process, and of all. */
const mostOfOne = 65_536;
const mostOfAll = 2_000_000;

const slash = 0x2f;

/**
 * Namespaces mounted on files, as the caller sees them, and as one process of each other mount namespace does. A mount
 * that the caller sees too is told once. Returns the paths.
 */
export function readMounts(proc: Proc, kinds: readonly NamespaceKind[], drafts: Drafts, seen: SeenMounts): Set<string> {
	const paths = new Set<string>();
	const add = (mounts: readonly NamespaceMount[], pid?: number) => {
		for (const { kind, inode, path } of mounts) {
			paths.add(path);
			if (!kinds.includes(kind)) continue;
			const draft = drafts.at(kind, inode);
			if (draft.holders.some((one) => one.by === "mount" && one.path === path)) continue;
			draft.holders.push(pid === undefined ? { by: "mount", path } : { by: "mount", path, pid });
			// In a mount namespace of its own anybody may be root, and call a namespace what others are called.
			const name = pid === undefined ? nameOfMount(path) : undefined;
			if (name !== undefined) draft.names.add(name);
		}
	};
	add(mountsOf(proc, "self"));
	for (const [inode, pid] of seen.mounts) if (inode !== seen.own) add(mountsOf(proc, pid), pid);
	return paths;
}

/** The mount namespaces there are. */
export interface SeenMounts {
	/** The lowest process of each, by inode. */
	readonly mounts: ReadonlyMap<number, number>;
	/** That of the caller. */
	readonly own: number | undefined;
}

const nsfs = Buffer.from(" - nsfs ");

function mountsOf(proc: Proc, who: number | "self"): NamespaceMount[] {
	const bytes = proc.read(`${who}/mountinfo`);
	// Most have none, and are not made text of.
	return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(nsfs)
		? namespaceMounts(fromBytes(bytes))
		: [];
}

/** Looks at the descriptors of every process that was read; a socket is looked at once, whoever else has it. */
export function readDescriptors(
	proc: Proc,
	processes: readonly ReadProcess[],
	kinds: readonly NamespaceKind[],
	drafts: Drafts,
	mounted: ReadonlySet<string>,
): string[] {
	const sockets = kinds.includes("net") ? new Set<number>() : undefined;
	const missed: string[] = [];
	let left = mostOfAll;
	for (const { pid, namespaces: own } of processes) {
		const directory = proc.openToRead(`${pid}/fd`);
		if (directory < 0) continue;
		const numbers = proc.numbers(directory, Math.min(left, mostOfOne));
		if (numbers.length >= mostOfOne) missed.push(`process ${pid} has more than ${mostOfOne} descriptors`);
		left -= numbers.length;
		const held = heldBy(proc, pid, directory, numbers, mounted);
		proc.done(directory);
		for (const { kind, inode, fd } of held.namespaces)
			if (kinds.includes(kind)) drafts.at(kind, inode).holders.push({ by: "descriptor", pid, fd });
		if (sockets) addSockets(drafts, pid, own.net, held.sockets, sockets);
		if (left <= 0) return [...missed, `there are more than ${mostOfAll} descriptors`];
	}
	return missed;
}

interface Held {
	readonly namespaces: { kind: NamespaceKind; inode: number; fd: number }[];
	readonly sockets: { inode: number; fd: number }[];
}

/** The descriptors of a process that are namespaces or sockets, by what their links say. */
function heldBy(
	proc: Proc,
	pid: number,
	directory: number,
	numbers: readonly number[],
	mounted: ReadonlySet<string>,
): Held {
	const held: Held = { namespaces: [], sockets: [] };
	for (const fd of numbers) {
		const size = proc.readNumberLink(directory, fd);
		if (size <= 0) continue;
		if (proc.firstByte === slash) {
			// A namespace that was opened where it is mounted has that path; / where it is no longer mounted.
			if (size > 1 && (mounted.size === 0 || !mounted.has(proc.linkText(size)))) continue;
			const found = namespaceAt(proc, `${pid}/fd/${fd}`);
			if (found) held.namespaces.push({ ...found, fd });
			continue;
		}
		const text = proc.linkText(size);
		if (text.startsWith("socket:")) held.sockets.push({ inode: proc.inodeInLink(size), fd });
		else {
			const found = namespaceLink(text);
			if (found) held.namespaces.push({ ...found, fd });
		}
	}
	return held;
}

/** Kind and inode of the namespace that a descriptor of another process is open on. NS_GET_NSTYPE. */
function namespaceAt(proc: Proc, path: string): { kind: NamespaceKind; inode: number } | undefined {
	const opened = proc.openPath(path);
	const inode = opened < 0 ? 0 : inodeOf(opened);
	const fd = reopened(opened, inode);
	if (fd === undefined) return undefined;
	const kind = kindOf(fd);
	close(fd);
	return kind && { kind, inode };
}

/** Adds those sockets whose network is another than that of their process. Without privilege none can be asked. */
function addSockets(
	drafts: Drafts,
	pid: number,
	network: number | undefined,
	sockets: Held["sockets"],
	seen: Set<number>,
): void {
	const fresh = sockets.filter(({ inode }) => !seen.has(inode));
	if (fresh.length === 0) return;
	const pidfd = openPidfd(pid);
	if (pidfd < 0) return;
	for (const { inode, fd } of fresh) {
		const namespace = openOfSocket(pidfd, fd);
		if (namespace < 0) continue;
		seen.add(inode);
		const found = inodeOf(namespace);
		close(namespace);
		if (found > 0 && found !== network) drafts.at("net", found).holders.push({ by: "socket", pid, fd });
	}
	close(pidfd);
}
