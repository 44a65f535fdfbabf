/** Whether the process that a state names is the holder still. Apart from what starts and ends it: whoever enters a name asks. */
import { close } from "../descriptors.ts";
import type { ProcessIdentity } from "../named/types.ts";
import { identityOf, openProcess, textOf } from "./look.ts";

/** How a holder is called in lists of processes. */
export const holderTitle = (name: string): string => `ns: ${name}`;

/** A descriptor of the holder, or why there is none any more. */
export function openHolder(name: string, holder: ProcessIdentity): number | string {
	const pidfd = openProcess(holder.pid);
	if (pidfd === undefined) return "the process that kept it has ended";
	const now = identityOf(holder.pid, pidfd);
	const same =
		now?.startTime === holder.startTime &&
		(holder.pidfd === undefined || now.pidfd === undefined || holder.pidfd === now.pidfd) &&
		textOf(`/proc/${holder.pid}/cmdline`) === `${holderTitle(name)}\0`;
	if (same) return pidfd;
	close(pidfd);
	return now ? `the process ${holder.pid} is another by now` : "the process that kept it has ended";
}
