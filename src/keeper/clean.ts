/** Taking a name away: its pins, its files, its place. What of it is there already gone is no error. */
import { close } from "../descriptors.ts";
import { constants } from "../linux/constants.ts";
import { ownFiles } from "../named/pins.ts";
import type { NamedState } from "../named/types.ts";
import * as files from "../overlay/files.ts";
import type { Entry } from "./entry.ts";
import { during, namedError } from "./errors.ts";
import { openHolder } from "./identity.ts";
import { isReadable, signalProcess } from "./look.ts";
import { unpinAll, unpinNetns } from "./pin.ts";
import { dropPlace, type Place, withPlace } from "./place.ts";

/** Takes a name away that is locked against everybody, and closes it. Throws when something of it has to stay. */
export function clearEntry(entry: Entry): void {
	try {
		emptyEntry(entry);
		withPlace(entry.place, false, (place) => {
			removeEmpty(entry, place);
			dropPlace(place);
		});
	} finally {
		close(entry.fd);
	}
}

/** Removes the directory of a name, in which there is nothing any more. The lock of the place has to be held. */
export function removeEmpty({ name, path }: Entry, place: Place): void {
	during(`remove ${path}`, () => files.unless(["ENOENT"], () => files.unlink(place.fd, name, "directory")));
}

/** Removes everything in a name's directory. The state goes first: from then on nobody takes the name for a whole one. */
export function emptyEntry(entry: Entry): void {
	for (const name of ownFiles.slice(0, 2))
		during(`remove ${entry.path}/${name}`, () => files.unless(["ENOENT"], () => files.unlink(entry.fd, name)));
	unpinAll(entry);
	unpinNetns(entry);
	const [other] = files.namesIn(entry.fd);
	if (other === undefined) return;
	throw namedError(
		"NAME_FAILED",
		`${entry.path} holds something that is none of ours: ${other}`,
		"look at it, and remove it",
	);
}

/** Milliseconds that a killed process has to end. */
const patience = 10_000;

/** Ends the holder that a state names, if it is that very process and called as the holder of this name. */
export function endHolder({ name, holder }: Pick<NamedState, "name" | "holder">): void {
	const pidfd = holder && openHolder(name, holder);
	if (pidfd === undefined || typeof pidfd === "string") return;
	try {
		signalProcess(pidfd, constants.SIGKILL);
		if (isReadable(pidfd, patience)) return;
		const hint = `look at /proc/${holder?.pid}/stack`;
		throw namedError("HOLDER_STAYS", `the process ${holder?.pid}, which keeps ${name}, does not end`, hint);
	} finally {
		close(pidfd);
	}
}
