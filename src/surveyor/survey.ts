/** Looking at all namespaces of this machine. What ends while it is looked at is no error, and is left out. */
import { close } from "../descriptors.ts";
import { openPidfd } from "../pidfd.ts";
import { type NamespaceKind, namespaceInfo, namespaceKinds } from "../plan/namespaces.ts";
import { type Draft, Drafts, surveyOf } from "../survey/assemble.ts";
import type { Holder, NamespaceInodes, Survey } from "../survey/types.ts";
import { expected, openMounted, openOfSocket, reopened } from "./files.ts";
import { readDescriptors, readMounts } from "./holders.ts";
import { NetworkIds } from "./netnsid.ts";
import { Proc } from "./proc.ts";
import { lowestProcesses, ownNamespaces, readFacts, sweepProcesses } from "./processes.ts";
import { relate } from "./relations.ts";

/** What is to be looked at. Whoever needs less gets it sooner. */
export interface SurveyOptions {
	/** Only namespaces of these kinds. @default all eight */
	readonly kinds?: readonly NamespaceKind[] | undefined;
	/** Whose parent, user and command are read: of all, or of the lowest in each namespace. @default "all" */
	readonly processes?: "all" | "lowest" | "none" | undefined;
	/** Whether to look for mounts, descriptors and sockets that keep namespaces. @default true */
	readonly holders?: boolean | undefined;
	/** Whether to ask for owners and parents. @default true */
	readonly owners?: boolean | undefined;
	/** Whether to ask for the ids of networks. @default true */
	readonly netnsids?: boolean | undefined;
	/** Names and the namespaces they lead to, besides those that are mounted below /run. @default none */
	readonly named?: readonly { readonly name: string; readonly namespaces: NamespaceInodes }[] | undefined;
}

/**
 * All namespaces that the caller can see, with everything that keeps them. Throws a `PlanError` where /proc is not
 * mounted. Changes nothing, and leaves no descriptor open.
 *
 * @example
 * ```ts
 * import { surveyMachine } from "nskit";
 * const { namespaces, unreadable } = surveyMachine({ kinds: ["net"] });
 * console.log(namespaces.length, unreadable);
 * ```
 */
export function surveyMachine(options: SurveyOptions = {}): Survey {
	const proc = Proc.open();
	try {
		return survey(proc, options);
	} finally {
		proc.close();
	}
}

function survey(proc: Proc, options: SurveyOptions): Survey {
	const { kinds: wanted = namespaceKinds, processes: whose = "all", holders = true, named = [] } = options;
	// Some user namespaces are found only because they own a namespace of another kind.
	const kinds = wanted.includes("user") ? namespaceKinds : wanted;
	const drafts = new Drafts();
	const { processes, unreadable, mounts } = sweepProcesses(proc, kinds, drafts);
	const own = ownNamespaces(proc);
	let missed: string[] = [];
	if (holders) {
		const mounted = readMounts(proc, kinds, drafts, { mounts, own: own.mount });
		missed = readDescriptors(proc, processes, kinds, drafts, mounted);
	}
	for (const { name, namespaces } of named) drafts.name(name, namespaces);
	askFiles(proc, drafts, options, kinds);
	drafts.keepOnly(wanted);
	const all = whose === "all" ? processes.map(({ pid }) => pid) : lowestProcesses(drafts.byInode.values());
	const facts = readFacts(proc, whose === "none" ? [] : all);
	return surveyOf(drafts, { processes, facts, unreadable, missed, own });
}

/** Asks the files of namespaces what else there is to know. */
function askFiles(
	proc: Proc,
	drafts: Drafts,
	{ owners = true, netnsids = true }: SurveyOptions,
	kinds: readonly NamespaceKind[],
): void {
	const ids = netnsids && kinds.includes("net") ? NetworkIds.open() : undefined;
	try {
		if (owners || ids) relate(drafts, (draft) => openNamespace(proc, draft), { owners, ids, kinds });
	} finally {
		ids?.close();
	}
}

/** Processes and holders that are tried for a namespace, because each may be gone by now. */
const mostTried = 8;

function openNamespace(proc: Proc, { kind, inode, pids, holders }: Draft): number | undefined {
	const { file } = namespaceInfo(kind);
	for (const pid of pids.slice(0, mostTried)) {
		const fd = expected(proc.openToRead(`${pid}/ns/${file}`), inode);
		if (fd !== undefined) return fd;
	}
	for (const holder of holders.slice(0, mostTried)) {
		const fd = openHeld(proc, holder, inode, file);
		if (fd !== undefined) return fd;
	}
	return undefined;
}

function openHeld(proc: Proc, holder: Holder, inode: number, file: string): number | undefined {
	if (holder.by === "mount") return openMounted(proc, holder.path, inode, holder.pid);
	if (holder.by === "children") return expected(proc.openToRead(`${holder.pid}/ns/${file}_for_children`), inode);
	if (holder.by === "descriptor") return reopened(proc.openPath(`${holder.pid}/fd/${holder.fd}`), inode);
	const pidfd = openPidfd(holder.pid);
	if (pidfd < 0) return undefined;
	const fd = openOfSocket(pidfd, holder.fd);
	close(pidfd);
	return expected(fd, inode);
}
