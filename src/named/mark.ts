/** The holder of a name in a few characters: where a state file cannot be read, it is found all the same. */
import type { ProcessIdentity } from "./types.ts";

/** `PID:STARTTIME`, and `:INODE` where the kernel numbers pidfds. */
export function markText({ pid, startTime, pidfd }: ProcessIdentity): string {
	return `${pid}:${startTime}${pidfd === undefined ? "" : `:${pidfd}`}`;
}

/** What such a text says; nothing where it is none. */
export function readMark(text: string): ProcessIdentity | undefined {
	const [, pid, startTime, pidfd] = /^([1-9]\d{0,9}):(\d{1,15})(?::([1-9]\d{0,19}))?$/.exec(text) ?? [];
	if (pid === undefined || pid === "1") return undefined;
	return { pid: Number(pid), startTime: Number(startTime), ...(pidfd !== undefined && { pidfd }) };
}
