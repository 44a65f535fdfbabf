/** How the groups are called that we make. */

/** What stands before the process id. */
export const prefix = "nskit-";
/** What stands behind the process id of the group for those that had to make room. */
export const restSuffix = "-rest";

/** What the name of a group says that a sandbox has made; a word may stand before the number. */
export interface GroupName {
	/** The process id of the sandbox's supervisor. */
	readonly pid: number;
	/** It is for those that had to make room. */
	readonly isRest: boolean;
}

/** Reads the name of a directory; nothing where it is not one of ours. */
export function readGroupName(directory: string): GroupName | undefined {
	// Nearly every other name is told by that.
	if (!directory.startsWith(prefix)) return undefined;
	const [, pid, rest] = /^nskit-(?:[A-Za-z0-9][A-Za-z0-9._-]{0,63}-)?([1-9]\d{0,6})(-rest)?$/.exec(directory) ?? [];
	return pid === undefined ? undefined : { pid: Number(pid), isRest: rest !== undefined };
}
