/** What `ns inspect` looks at: what a word leads to, held by descriptors. */
import { close, openToRead } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { NamedError } from "../keeper/errors.ts";
import { openNamed } from "../keeper/open.ts";
import { PlanError } from "../plan/errors.ts";
import type { NamespaceKind } from "../plan/namespaces.ts";
import type { SurveyedNamespace } from "../survey/types.ts";
import { surveyMachine } from "../surveyor/survey.ts";
import { openRunningName, openTarget } from "../targets/open.ts";
import type { OpenTarget } from "../targets/types.ts";
import { readTargetWord } from "../targets/words.ts";
import { openPidfd } from "./process.ts";
import { namespaceOf } from "./relations.ts";

/** A target, and whether it is a process itself, and not namespaces with a process that happens to be in them. */
export interface InspectedTarget extends OpenTarget {
	readonly isProcess: boolean;
}

/** Linux gives no process a higher number (PID_MAX_LIMIT), and no namespace a lower inode. */
const highestPid = 4_194_304;

/** A process, also one whose namespaces the caller may not see. Throws a `PlanError` where there is none. */
export function openProcessTarget(pid: number): InspectedTarget {
	const pidfd = openPidfd(pid);
	return { label: `process ${pid}`, pid, pidfd, isProcess: true, namespaces: {}, close: () => close(pidfd) };
}

/**
 * What a word leads to: `"self"` is the calling process, a number a process or the inode of a namespace, `"net:[N]"` an
 * inode too; everything else is what `openTarget` says. Throws a `PlanError` or a `NamedError` where that is nothing.
 */
export function openInspected(word: string): InspectedTarget {
	if (word === "self") return openProcessTarget(process.pid);
	const [, inode] = /^(?:\w+:\[)?([1-9]\d{6,9})\]?$/.exec(word) ?? [];
	if (inode !== undefined && (word !== inode || Number(inode) > highestPid)) return openInode(word, Number(inode));
	const read = readTargetWord(word);
	if ("is" in read && read.is === "process" && read.pidfd === undefined) return openProcessTarget(read.pid);
	const running = "is" in read && read.is === "name" ? openRunningName(read.name) : undefined;
	if (running) return { ...running, isProcess: true };
	const named = "is" in read && read.is === "name" ? findNamed(read.name) : undefined;
	if (named) return { ...named, isProcess: false };
	const found = openTarget(word);
	return { ...found, isProcess: Object.keys(found.namespaces).length > 1 };
}

/** `undefined` where nobody has created the name: then it may be one of `ip netns add`. */
function findNamed(name: string): OpenTarget | undefined {
	try {
		return openNamed(name);
	} catch (error) {
		if (error instanceof NamedError && error.problems.every(({ code }) => !refusals.includes(code))) return undefined;
		throw error;
	}
}

/** The name is there, and cannot be used. */
const refusals: readonly string[] = ["NAME_REFUSED", "NAME_BUSY", "NAME_ELSEWHERE"];

/** A namespace by its inode, through a process in it or a file that it is mounted on. */
function openInode(word: string, inode: number): InspectedTarget {
	const { namespaces } = surveyMachine({ processes: "none", owners: false, netnsids: false });
	const found = namespaces.find((one) => one.inode === inode);
	if (found && (word === String(inode) || word.startsWith(found.kind) || word.startsWith("mnt:"))) {
		const target = throughProcess(found) ?? throughFile(found);
		if (target) return target;
	}
	const reason = found
		? `cannot be opened: it is a ${found.kind} namespace that neither a process nor a file leads to`
		: "is not to be seen";
	const hint = "ns list shows the namespaces that you may see";
	throw new PlanError([{ code: "TARGET_MISSING", message: `the namespace ${word} ${reason}`, hint }]);
}

const labelOf = (kind: NamespaceKind, inode: number): string => `the ${kind} namespace ${inode}`;

function throughProcess({ kind, inode, pids }: SurveyedNamespace): InspectedTarget | undefined {
	for (const pid of pids) {
		try {
			return {
				...openProcessTarget(pid),
				label: labelOf(kind, inode),
				isProcess: false,
				namespaces: { [kind]: { inode } },
			};
		} catch (error) {
			// It has ended meanwhile.
			if (!(error instanceof PlanError)) throw error;
		}
	}
	return undefined;
}

function throughFile({ kind, inode, holders }: SurveyedNamespace): InspectedTarget | undefined {
	for (const holder of holders) {
		const path = pathOf(holder);
		const fd = path === undefined ? undefined : opened(path);
		if (fd === undefined) continue;
		const namespaces = { [kind]: { inode, fd } };
		if (namespaceOf(fd)?.inode === inode)
			return { label: labelOf(kind, inode), isProcess: false, namespaces, close: () => close(fd) };
		close(fd);
	}
	return undefined;
}

/** Where a file of the namespace is found. */
function pathOf(holder: SurveyedNamespace["holders"][number]): string | undefined {
	if (holder.by === "mount") return holder.pid === undefined ? holder.path : `/proc/${holder.pid}/root${holder.path}`;
	return holder.by === "descriptor" ? `/proc/${holder.pid}/fd/${holder.fd}` : undefined;
}

function opened(path: string): number | undefined {
	try {
		return openToRead(path);
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}
