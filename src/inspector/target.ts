/** What `ns inspect` looks at: what a word leads to, held by descriptors. */
import { close, openToRead } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { PlanError } from "../plan/errors.ts";
import type { OpenTarget } from "../targets/types.ts";
import { openPidfd } from "./process.ts";
import { namespaceOf } from "./relations.ts";

/** Linux gives no process a higher number: PID_MAX_LIMIT. Inodes of namespaces are above it. */
const highestPid = 4_194_304;

/** A process, also one whose namespaces the caller may not see. Throws a `PlanError` where there is none. */
export function openProcessTarget(pid: number): OpenTarget {
	const pidfd = openPidfd(pid);
	return { label: `process ${pid}`, pid, pidfd, namespaces: {}, close: () => close(pidfd) };
}

/** What a word leads to; `"self"` is the calling process. Throws a `PlanError` where that is nothing. */
export function openInspected(word: string): OpenTarget {
	if (word === "self") return openProcessTarget(process.pid);
	const number = /^[1-9]\d*$/.test(word) ? Number(word) : undefined;
	if (number !== undefined && number <= highestPid) return openProcessTarget(number);
	return openFile(word);
}

function openFile(path: string): OpenTarget {
	const problem = (code: string, message: string): PlanError =>
		new PlanError([{ code, message, hint: "give a process id, a name, or a file such as /run/netns/x" }]);
	let fd: number;
	try {
		fd = openToRead(path);
	} catch (error) {
		if (!(error instanceof SystemError)) throw error;
		throw problem("TARGET_MISSING", `there is no ${JSON.stringify(path)}: ${error.code}`);
	}
	const found = namespaceOf(fd);
	if (found) return { label: path, namespaces: { [found.kind]: { inode: found.inode, fd } }, close: () => close(fd) };
	close(fd);
	throw problem("NOT_A_NAMESPACE", `${path} is no namespace`);
}
