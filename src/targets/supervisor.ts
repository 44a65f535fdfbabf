/** The process that was started for a command in a new PID namespace is the command's supervisor: the target is the command. */
import { close, textOf } from "../descriptors.ts";
import { statField } from "../linux/proc.ts";
import { hasEnded, openPidfd } from "../pidfd.ts";
import { statusOf } from "./kernel.ts";
import { openProcessTarget } from "./process.ts";
import type { OpenTarget } from "./types.ts";

/** What our processes are called by prctl(2). */
const supervisorName = "ns\n";
/** Its children that are no command. */
const others: readonly (string | undefined)[] = ["ns-init\n", "ns-helper\n"];

/** Whether a process is called as our supervisors are. */
export const isSupervisor = (pid: number): boolean => textOf(`/proc/${pid}/comm`) === supervisorName;

/** The command that this process supervises; `undefined` where it is no supervisor of ours, or has no command yet. */
export function commandOfSupervisor(pid: number, inode: string | undefined): OpenTarget | undefined {
	if (!isSupervisor(pid)) return undefined;
	const pidfd = openPidfd(pid);
	if (pidfd < 0) return undefined;
	try {
		if (inode !== undefined && String(statusOf(pidfd).inode) !== inode) return undefined;
		const command = childrenOf(pid).find((child) => !others.includes(textOf(`/proc/${child}/comm`)));
		if (command === undefined) return undefined;
		const target = openProcessTarget(command, { label: `process ${command}, the command of process ${pid}` });
		// Its parent is still there and its number was not used again, so it was a child of that one.
		if (parentOf(command) === pid && !hasEnded(pidfd)) return { ...target, supervisor: pid };
		target.close();
		return undefined;
	} finally {
		close(pidfd);
	}
}

/** Its children, in the order in which they were started. proc_tid_children(5). */
function childrenOf(pid: number): number[] {
	const children: number[] = [];
	for (const word of (textOf(`/proc/${pid}/task/${pid}/children`) ?? "").split(" "))
		if (word !== "") children.push(Number(word));
	return children;
}

function parentOf(pid: number): number {
	const stat = textOf(`/proc/${pid}/stat`) ?? "";
	return Number(statField(stat, 4));
}
