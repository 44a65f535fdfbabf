/** Processes as targets: opened by pidfd first, and then looked at for as long as that says that it is still them. */
import { fromBytes } from "../bytes.ts";
import { close, readFile, readLink, textOf } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { errnoName } from "../linux/errno.ts";
import { statField } from "../linux/proc.ts";
import { hasEnded, openPidfd } from "../pidfd.ts";
import { PlanError } from "../plan/errors.ts";
import { type NamespaceKind, namespaces } from "../plan/namespaces.ts";
import { copyOf, statusOf } from "./kernel.ts";
import type { OpenTarget, TargetNamespace } from "./types.ts";

/** What is known of a process besides its number. Where it says otherwise the number is another's by now. */
export interface Expected {
	/** Clock ticks since boot: field 22 of `/proc/PID/stat`. */
	readonly startTime?: number | undefined;
	/** The inode of its pidfd, unique until the next boot. Linux 6.9. */
	readonly pidfd?: string | undefined;
	/** What to call it. */
	readonly label?: string | undefined;
}

const gone = (label: string): PlanError =>
	new PlanError([
		{ code: "TARGET_GONE", message: `${label} has ended (ESRCH)`, hint: "see ns list for what is there" },
	]);

/** Opens a process. Throws a `PlanError` where there is none, where it is another, or where it may not be looked at. */
export function openProcessTarget(pid: number, expected: Expected = {}): OpenTarget {
	const label = expected.label ?? `process ${pid}`;
	const pidfd = openPidfd(pid);
	if (pidfd < 0) throw notOpened(label, pid, errnoName(-pidfd));
	try {
		checkIdentity(pid, pidfd, label, expected);
		return targetOf(pid, pidfd, label);
	} catch (error) {
		close(pidfd);
		throw error;
	}
}

/** The process that a descriptor of this process is open on; that one stays as it is. `undefined` for other descriptors. */
export function openPidfdTarget(fd: number): OpenTarget | undefined {
	const pid = processOf(fd);
	if (pid === undefined) return undefined;
	const label = pid > 0 ? `process ${pid}` : `the process of fd:${fd}`;
	if (pid < 0 || hasEnded(fd)) throw gone(label);
	if (pid === 0) {
		const message = `${label} is not to be seen in this PID namespace`;
		throw new PlanError([{ code: "TARGET_UNSEEN", message, hint: "give its namespaces' files, such as fd:N" }]);
	}
	const pidfd = copyOf(fd);
	try {
		return targetOf(pid, pidfd, label);
	} catch (error) {
		close(pidfd);
		throw error;
	}
}

/** The number behind `Pid:` in its fdinfo: -1 where the process has ended, 0 where it is in no namespace of ours. */
function processOf(fd: number): number | undefined {
	const text = fromBytes(readFile(`/proc/self/fdinfo/${fd}`));
	const at = text.indexOf("\nPid:\t");
	return at < 0 ? undefined : Number.parseInt(text.slice(at + 6), 10);
}

/** What `read` finds of the process below /proc, which is not believed unless the process is there afterwards. */
export function whileThere<T>({ label, pid, pidfd }: Pick<OpenTarget, "label" | "pid" | "pidfd">, read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof SystemError) || pidfd === undefined || hasEnded(pidfd)) throw error;
		const message = `${label} may not be looked at: ${error.message}`;
		throw new PlanError([{ code: "TARGET_CLOSED", message, hint: closedHint(pid) }]);
	} finally {
		if (pidfd !== undefined && hasEnded(pidfd)) throwGone(label);
	}
}

/** Who may enter what the caller may not. ptrace(2), "Ptrace access mode checking". */
function closedHint(pid: number | undefined): string {
	const status = (pid !== undefined && textOf(`/proc/${pid}/status`)) || "";
	const owner = /^Uid:\t(\d+)\t(\d+)/m.exec(status)?.[2];
	const rule = "only who may trace a process may enter its namespaces";
	if (owner === undefined || Number(owner) === process.geteuid?.())
		return `${rule}: it has rights that the caller lacks, or forbids to be traced`;
	return `${rule}, and it belongs to the user id ${owner}: enter as that user, or as root`;
}

function throwGone(label: string): never {
	throw gone(label);
}

function targetOf(pid: number, pidfd: number, label: string): OpenTarget {
	const found = whileThere({ label, pid, pidfd }, () => namespacesOf(pid));
	return { label, pid, pidfd, namespaces: found, close: () => close(pidfd) };
}

/** The inodes of its namespaces. A kind that this kernel does not have is left out. */
export function namespacesOf(process: number | "self"): Record<NamespaceKind, TargetNamespace> {
	const found: Partial<Record<NamespaceKind, TargetNamespace>> = {};
	for (const { kind, file } of namespaces) {
		const inode = inodeIn(`/proc/${process}/ns/${file}`, file);
		if (inode !== undefined) found[kind] = { inode };
	}
	return found as Record<NamespaceKind, TargetNamespace>;
}

/** The number in `net:[4026531840]`. */
function inodeIn(link: string, file: string): number | undefined {
	try {
		const text = fromBytes(readLink(link));
		return text.startsWith(`${file}:[`) ? Number.parseInt(text.slice(file.length + 2), 10) : undefined;
	} catch (error) {
		if (error instanceof SystemError && error.code === "ENOENT") return undefined;
		throw error;
	}
}

function checkIdentity(pid: number, pidfd: number, label: string, { startTime, pidfd: inode }: Expected): void {
	const seen = startTime === undefined ? undefined : whileThere({ label, pid, pidfd }, () => startTimeOf(pid));
	const isOther =
		(seen !== undefined && seen !== startTime) || (inode !== undefined && String(statusOf(pidfd).inode) !== inode);
	if (!isOther) return;
	const message = `${label} is another process by now: process ${pid} is not the one that was meant`;
	throw new PlanError([{ code: "TARGET_CHANGED", message, hint: "its number was used again" }]);
}

/** proc_pid_stat(5). */
function startTimeOf(pid: number): number {
	return Number(statField(fromBytes(readFile(`/proc/${pid}/stat`)), 22));
}

function notOpened(label: string, pid: number, code: string): PlanError {
	const call = `pidfd_open(${pid}, 0): ${code}`;
	const leader = Number(/^Tgid:\t(\d+)$/m.exec((code !== "ESRCH" && textOf(`/proc/${pid}/status`)) || "")?.[1]);
	if (leader > 0 && leader !== pid) {
		const message = `${label} is a thread of process ${leader}, and no process: ${call}`;
		return new PlanError([{ code: "TARGET_THREAD", message, hint: `name the process: ${leader}` }]);
	}
	if (code !== "ESRCH" && code !== "EINVAL")
		return new PlanError([{ code: "TARGET_CLOSED", message: `${label} cannot be opened: ${call}` }]);
	const hint = "it may have ended, or that is its number in another PID namespace; see ns list, or ps";
	return new PlanError([{ code: "TARGET_MISSING", message: `there is no ${label}: ${call}`, hint }]);
}
