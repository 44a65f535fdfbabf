/** Which process is in which namespaces: the links below `/proc/PID/ns`, of every process. */
import { errnoNumber } from "../linux/errno.ts";
import { type NamespaceKind, namespaces } from "../plan/namespaces.ts";
import type { Draft, Drafts, ReadProcess } from "../survey/assemble.ts";
import { processFacts } from "../survey/status.ts";
import type { NamespaceInodes, ProcessFacts } from "../survey/types.ts";
import { type KernelString, kernelString, type Proc } from "./proc.ts";

const EACCES = errnoNumber("EACCES");
const EPERM = errnoNumber("EPERM");

/** More of a command line says nothing to a person. */
const mostOfCommand = 4096;

/** A link that is read of every process. */
interface Link {
	readonly kind: NamespaceKind;
	readonly name: KernelString;
	/** The namespace is not its own, but that of its next children. */
	readonly ofChildren: boolean;
	/** Whether the namespace is one of those asked for. */
	readonly wanted: boolean;
}

/** What the sweep over all processes has found. */
export interface Sweep {
	/** Lowest first. */
	readonly processes: ReadProcess[];
	/** How many are there besides and may not be read. */
	readonly unreadable: number;
	/** The lowest process of each mount namespace, by inode, whatever the kinds. */
	readonly mounts: ReadonlyMap<number, number>;
}

/** Reads the namespaces of these kinds of every process into `drafts`. Who ends meanwhile is left out. */
export function sweepProcesses(proc: Proc, kinds: readonly NamespaceKind[], drafts: Drafts): Sweep {
	const links = linksOf(kinds);
	const processes: ReadProcess[] = [];
	const mounts = new Map<number, number>();
	let unreadable = 0;
	for (const pid of proc.pids()) {
		const namespaces = readProcess(proc, pid, links, drafts);
		if (namespaces === "unreadable") unreadable++;
		else if (namespaces) {
			processes.push({ pid, namespaces });
			if (namespaces.mount && !mounts.has(namespaces.mount)) mounts.set(namespaces.mount, pid);
		}
	}
	return { processes, unreadable, mounts };
}

/** The links of these kinds; and that of mounts, because it leads to more of the others. */
function linksOf(kinds: readonly NamespaceKind[]): Link[] {
	const links: Link[] = [];
	for (const { kind, file } of namespaces) {
		const wanted = kinds.includes(kind);
		if (!wanted && kind !== "mount") continue;
		links.push({ kind, name: kernelString(file), ofChildren: false, wanted });
		if (kind === "pid" || kind === "time")
			links.push({ kind, name: kernelString(`${file}_for_children`), ofChildren: true, wanted });
	}
	return links;
}

/** Its namespaces; nothing where it is gone. */
function readProcess(
	proc: Proc,
	pid: number,
	links: readonly Link[],
	drafts: Drafts,
): NamespaceInodes | "unreadable" | undefined {
	const directory = proc.openPath(`${pid}/ns`);
	if (directory < 0) return isRefused(directory) ? "unreadable" : undefined;
	const found: Partial<Record<NamespaceKind, number>> = {};
	let read = 0;
	let refused = false;
	for (const { kind, name, ofChildren, wanted } of links) {
		const size = proc.readLink(directory, name);
		if (size <= 0) {
			// A process that may not be looked at refuses every link alike.
			refused = isRefused(size);
			if (refused) break;
			continue;
		}
		const inode = proc.inodeInLink(size);
		if (inode <= 0) continue;
		read++;
		if (!ofChildren) {
			found[kind] = inode;
			if (wanted) drafts.at(kind, inode).pids.push(pid);
		} else if (found[kind] !== inode) drafts.at(kind, inode).holders.push({ by: "children", pid });
	}
	proc.done(directory);
	return read > 0 ? found : refused ? "unreadable" : undefined;
}

const isRefused = (result: number): boolean => -result === EACCES || -result === EPERM;

/** The lowest process of every namespace, once each: those whose command a list shows. */
export function lowestProcesses(drafts: Iterable<Draft>): Set<number> {
	const lowest = new Set<number>();
	for (const { pids } of drafts) if (pids[0] !== undefined) lowest.add(pids[0]);
	return lowest;
}

/** Parent, user and command of these processes. Who is gone is left out. */
export function readFacts(proc: Proc, pids: Iterable<number>): Map<number, ProcessFacts> {
	const facts = new Map<number, ProcessFacts>();
	for (const pid of pids) {
		const status = proc.readText(`${pid}/status`);
		const known = status && processFacts(status, proc.readText(`${pid}/cmdline`, mostOfCommand) ?? "");
		if (known) facts.set(pid, known);
	}
	return facts;
}

/** The namespaces of the caller itself, of all kinds. */
export function ownNamespaces(proc: Proc): NamespaceInodes {
	const own: Partial<Record<NamespaceKind, number>> = {};
	const directory = proc.openPath("self/ns");
	if (directory < 0) return own;
	for (const { kind, file } of namespaces) {
		const size = proc.readLink(directory, kernelString(file));
		const inode = size > 0 ? proc.inodeInLink(size) : -1;
		if (inode > 0) own[kind] = inode;
	}
	proc.done(directory);
	return own;
}
