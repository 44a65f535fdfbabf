/** Whether the process that a state names is the holder still. Apart from what starts and ends it: whoever enters a name asks. */
import { close } from "../descriptors.ts";
import { readMark } from "../named/mark.ts";
import { holderMark } from "../named/pins.ts";
import type { ProcessIdentity } from "../named/types.ts";
import * as files from "../overlay/files.ts";
import type { Entry } from "./entry.ts";
import { during } from "./errors.ts";
import { identityOf, openProcess, textOf } from "./look.ts";

/** How a holder is called in lists of processes. */
export const holderTitle = (name: string): string => `ns: ${name}`;

/**
 * A descriptor of the holder, or why there is none any more. How it is called now says nothing: root inside of its user
 * namespace may write to its memory, and would not be ended then.
 */
export function openHolder(holder: ProcessIdentity): number | string {
	const pidfd = openProcess(holder.pid);
	if (pidfd === undefined) return "the process that kept it has ended";
	const now = identityOf(holder.pid, pidfd);
	const same =
		now?.startTime === holder.startTime &&
		(holder.pidfd === undefined || now.pidfd === undefined || holder.pidfd === now.pidfd);
	if (same) return pidfd;
	close(pidfd);
	return now ? `the process ${holder.pid} is another by now` : "the process that kept it has ended";
}

/** Whether a process is called as the holder of a name: asked where nothing says which boot it is of. */
export const isTitled = (name: string, { pid }: ProcessIdentity): boolean =>
	textOf(`/proc/${pid}/cmdline`) === `${holderTitle(name)}\0`;

/** Who the mark says the holder is; nothing where there is none. */
export function markedHolder({ fd, path }: Entry): ProcessIdentity | undefined {
	return during(`read ${path}/${holderMark}`, () => {
		const held = files.hold(fd, holderMark);
		if (held === undefined) return undefined;
		try {
			return readMark(files.unless(["EINVAL", "ENOENT"], () => files.targetOf(held)) ?? "");
		} finally {
			close(held);
		}
	});
}
