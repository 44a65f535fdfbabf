/** Time that nobody can set. */
import { checked, systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";

/** Microseconds of CLOCK_MONOTONIC, which are the same for all processes. clock_gettime(2). */
export function monotonicTime(): number {
	const time = new BigInt64Array(2);
	checked(systemCall("clock_gettime", constants.CLOCK_MONOTONIC, time), "clock_gettime", "CLOCK_MONOTONIC, ..");
	const [seconds = 0n, nanoseconds = 0n] = time;
	return Number(seconds * 1_000_000n + nanoseconds / 1000n);
}
