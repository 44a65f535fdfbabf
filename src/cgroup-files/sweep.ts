/** Removing what sandboxes have left behind that were killed with everything that would have cleaned up after them. */

import { readGroupName } from "../cgroups/names.ts";
import { close } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import { cString, hold, isError, namesIn, openPath, statusOf, unless } from "../overlay/files.ts";

/** Groups that are looked at in one directory; a run more takes the next. */
const most = 64;
/** Seconds: a younger group may be one that is just being filled, by a process that cannot be seen from here. */
const youngest = 5;

/**
 * Removes groups of ours in these directories whose process is gone and that nobody is in: the kernel removes no other. Only
 * those of the caller's own user; what cannot be removed stays.
 */
export function sweepGroups(directories: readonly string[], now = Date.now()): void {
	for (const directory of directories) {
		const opened = unless(["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ENODEV"], () =>
			openPath(directory, "O_RDONLY|O_DIRECTORY"),
		);
		if (opened === undefined) continue;
		try {
			sweepIn(opened, now);
		} finally {
			close(opened);
		}
	}
}

function sweepIn(directory: number, now: number): void {
	let looked = 0;
	for (const name of namesIn(directory)) {
		const pid = readGroupName(name)?.pid;
		if (pid === undefined || (pid !== process.pid && isThere(pid))) continue;
		if (++looked > most) return;
		if (isOurs(directory, name, now)) systemCall("unlinkat", directory, cString(name), constants.AT_REMOVEDIR);
	}
}

/** Whether there is a process of this number; of another user's, too. */
const isThere = (pid: number): boolean => systemCall("kill", pid, 0) !== -errnoNumber("ESRCH");

function isOurs(directory: number, name: string, now: number): boolean {
	try {
		const held = hold(directory, name);
		if (held === undefined) return false;
		try {
			const { uid, modified } = statusOf(held);
			return uid === process.geteuid?.() && now / 1000 - modified.seconds >= youngest;
		} finally {
			close(held);
		}
	} catch (error) {
		// Somebody else was quicker.
		if (isError(error, "ENOENT", "ENODEV", "EACCES")) return false;
		throw error;
	}
}
