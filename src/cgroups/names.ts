/** How the groups are called that we make. */

/** What stands before the process id. */
export const prefix = "nskit-";
/** What stands behind the process id of the group for those that had to make room. */
export const restSuffix = "-rest";

/** The process id in the name of a group that a sandbox has made; `undefined` for every other name. */
export function processOf(name: string): number | undefined {
	// Nearly every other name is told by that.
	if (!name.startsWith(prefix)) return undefined;
	const found = /^nskit-(?:[A-Za-z0-9_.-]{1,200}-)?([1-9][0-9]{0,9})(?:-rest)?$/.exec(name);
	return found ? Number(found[1]) : undefined;
}
