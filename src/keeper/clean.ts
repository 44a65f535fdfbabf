/** Taking a name away: its pins, its files, its place. What of it is there already gone is no error. */
import { close } from "../descriptors.ts";
import { constants } from "../linux/constants.ts";
import { markText } from "../named/mark.ts";
import { holderMark, newStateFile, stateFile } from "../named/pins.ts";
import type { NamedState, ProcessIdentity } from "../named/types.ts";
import * as files from "../overlay/files.ts";
import { isReadable } from "../pidfd.ts";
import type { Entry } from "./entry.ts";
import { during, namedError } from "./errors.ts";
import { isTitled, markedHolder, openHolder } from "./identity.ts";
import { signalProcess } from "./look.ts";
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
	const remove = (name: string): void =>
		during(`remove ${entry.path}/${name}`, () => void files.unless(["ENOENT"], () => files.unlink(entry.fd, name)));
	remove(stateFile);
	remove(newStateFile);
	const holder = markedHolder(entry);
	if (holder && isTitled(entry.name, holder)) endHolder({ name: entry.name, holder });
	remove(holderMark);
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

/** Writes down who the holder is, besides the state: it can be ended also where that is garbage, or of a later version. */
export function markHolder({ fd, path }: Entry, holder: ProcessIdentity): void {
	during(`make ${path}/${holderMark}`, () => files.makeLink(fd, holderMark, markText(holder)));
}

/** Milliseconds that a killed process has to end. */
const patience = 10_000;

/** Ends the holder that a state names, if it is that very process. */
export function endHolder({ name, holder }: Pick<NamedState, "name" | "holder">): void {
	const pidfd = holder && openHolder(holder);
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
