/** Ending a running sandbox by its name. */
import { close } from "../descriptors.ts";
import { constants } from "../linux/constants.ts";
import { isReadable } from "../pidfd.ts";
import { namedError } from "./errors.ts";
import { openHolder } from "./identity.ts";
import { signalProcess } from "./look.ts";
import { openPlace, withPlace } from "./place.ts";
import { type FoundRunning, lookRunning, sweepRecord } from "./running.ts";

/** Milliseconds that a killed sandbox has to end. */
const patience = 10_000;

/**
 * Ends what runs under a name in this directory: SIGTERM for the command, so many milliseconds to follow it, then SIGKILL
 * for everything. What is left of one that was killed is taken away. False where no running sandbox is called so.
 */
export function endRunning(path: string, name: string, grace: number): boolean {
	const found = foundIn(path, name);
	if (found === undefined) return false;
	if (typeof found === "string") throw namedError("NAME_REFUSED", `${path}/${name} is not touched: ${found}`);
	if (found.is === "elsewhere")
		throw namedError("NAME_ELSEWHERE", `${name} cannot be ended from here: ${found.why}`, "end it where it runs");
	if (found.is === "running") endSupervisor(name, found, grace);
	withPlace(path, false, (place) => sweepRecord(place, name));
	return true;
}

function foundIn(path: string, name: string): FoundRunning | string | undefined {
	const place = openPlace(path);
	if (!place) return undefined;
	try {
		return lookRunning(place, name);
	} finally {
		close(place.fd);
	}
}

function endSupervisor(name: string, { pid, startTime }: { pid: number; startTime: number }, grace: number): void {
	const pidfd = openHolder({ pid, startTime });
	if (typeof pidfd === "string") return;
	try {
		signalProcess(pidfd, constants.SIGTERM);
		if (isReadable(pidfd, grace)) return;
		signalProcess(pidfd, constants.SIGKILL);
		if (isReadable(pidfd, patience)) return;
		throw namedError("NAME_USED", `${name} does not end`, `look at /proc/${pid}/stack`);
	} finally {
		close(pidfd);
	}
}
