/** Processes by descriptors, which stay theirs when their number is given to another. pidfd_open(2). */
import { checked, systemCall } from "./ffi.ts";

/** A descriptor of a process, which closes on exec; the negative error number where there is none. */
export function openPidfd(pid: number): number {
	return systemCall("pidfd_open", pid, 0);
}

const POLLIN = 1;

/** Whether a descriptor can be read, at once or within so many milliseconds. ppoll(2). */
export function isReadable(fd: number, within = 0): boolean {
	const polls = Uint32Array.of(fd, POLLIN);
	const time = BigInt64Array.of(BigInt(Math.floor(within / 1000)), BigInt(within % 1000) * 1_000_000n);
	return checked(systemCall("ppoll", polls, 1, time, 0, 8), "ppoll", `[{${fd}, POLLIN}], 1, ${within} ms`) > 0;
}

/** Whether the process of a pidfd has ended, also where nobody has waited for it yet. */
export const hasEnded = (pidfd: number): boolean => isReadable(pidfd);
