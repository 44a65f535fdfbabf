/**
 * Where namespaces are made. A mount namespace can be pinned only in one with a lower id, so that none holds itself, and
 * Linux 6.18 gives ids out to each processor in batches of 4,096: a later one has a lower id where another processor's
 * batch is younger. On the processor that this process's mount namespace was made on, every later id is higher.
 */
import { systemCall } from "../ffi.ts";
import type { Fragment } from "../plan/types.ts";
import { priority } from "../process/priority.ts";

/** Bytes of a set of processors: one bit for each. */
const setSize = 1024;

/** More than this are not tried one by one. */
const mostProcessors = 256;

/** The processors that this process may run on; none where the kernel does not tell. sched_getaffinity(2). */
export function ownProcessors(): number[] {
	const bits = new Uint8Array(setSize);
	const size = systemCall("sched_getaffinity", 0, setSize, bits);
	const found: number[] = [];
	for (let i = 0; i < 8 * size && found.length < mostProcessors; i++)
		if (((bits[i >> 3] ?? 0) & (1 << (i & 7))) !== 0) found.push(i);
	return found;
}

/** What makes a plan's namespaces on this processor. */
export const onProcessor = (number: number): Fragment => priority({ affinity: [number] });

/** Lets a process run wherever this one may. sched_setaffinity(2). */
export function runAnywhere(pid: number): void {
	const bits = new Uint8Array(setSize);
	const size = systemCall("sched_getaffinity", 0, setSize, bits);
	if (size > 0) systemCall("sched_setaffinity", pid, size, bits);
}
