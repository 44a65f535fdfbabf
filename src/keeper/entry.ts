/**
 * The directory of one name: taken by making it, which only one can, and locked as long as it is made, changed or removed.
 * The state file is put there last, whole, by rename(2): a directory without one whose lock is free was left by somebody
 * who was killed.
 */
import { fromBytes, toBytes } from "../bytes.ts";
import { close, readSome, writeAll } from "../descriptors.ts";
import { hostFacts } from "../host.ts";
import { constants } from "../linux/constants.ts";
import { newStateFile, stateFile } from "../named/pins.ts";
import { largestState, readState, stateText } from "../named/state.ts";
import type { NamedState } from "../named/types.ts";
import * as files from "../overlay/files.ts";
import { during } from "./errors.ts";
import type { Place } from "./place.ts";

/** The directory of a name that is open. */
export interface Entry {
	readonly name: string;
	/** The directory's own path. */
	readonly path: string;
	/** The path of the directory that all names are in. */
	readonly place: string;
	readonly fd: number;
	readonly pins: boolean;
}

/** Opens what has this name; nothing where there is none, a sentence where it cannot be ours. */
export function openEntry({ path, fd, pins }: Place, name: string): Entry | string | undefined {
	const found = files.unless(["ENOENT"], () => {
		const opened = files.unless(["ENOTDIR", "ELOOP", "EXDEV"], () =>
			files.openBeneath(fd, name, "O_RDONLY|O_DIRECTORY"),
		);
		return opened ?? "it is no directory";
	});
	if (found === undefined || typeof found === "string") return found;
	const { uid, mode } = files.statusOf(found);
	const entry = { name, path: `${path}/${name}`, place: path, fd: found, pins };
	if (uid === hostFacts().uid && (mode & 0o077) === 0) return entry;
	close(found);
	return uid === hostFacts().uid ? "its directory is open to others" : `its directory belongs to the user id ${uid}`;
}

/** Makes the directory of a name that is not there. */
export function makeEntry(place: Place, name: string): Entry {
	return during(`make ${place.path}/${name}`, () => {
		files.makeDirectory(place.fd, name);
		const fd = files.openBeneath(place.fd, name, "O_RDONLY|O_DIRECTORY");
		return { name, path: `${place.path}/${name}`, place: place.path, fd, pins: place.pins };
	});
}

/** Shares the lock with others who only look. False when somebody makes or removes the name. flock(2). */
export function shareLock(fd: number): boolean {
	const { LOCK_SH, LOCK_NB } = constants;
	const shared = files.unless(["EAGAIN"], () => files.must("flock", `${fd}, LOCK_SH|LOCK_NB`, fd, LOCK_SH | LOCK_NB));
	return shared !== undefined;
}

/** What the state file says: the state, a sentence where it is not to be trusted, nothing where there is none. */
export function storedState({ fd, path }: Entry): NamedState | string | undefined {
	const held = files.hold(fd, stateFile);
	if (held === undefined) return undefined;
	try {
		const { uid, mode, size } = files.statusOf(held);
		if ((mode & constants.S_IFMT) !== constants.S_IFREG) return "its state is no file";
		if (uid !== hostFacts().uid) return `its state belongs to the user id ${uid}`;
		if ((mode & 0o022) !== 0) return "its state can be written to by others";
		if (size > largestState) return "its state is too long";
		const file = files.openFile(held);
		const text = fromBytes(readSome(file, largestState + 1));
		close(file);
		const state = readState(text, path);
		return typeof state === "string" ? `its state cannot be read: ${state}` : state;
	} finally {
		close(held);
	}
}

/** Puts the state in its place: from here on the name counts. */
export function commitState({ fd, path }: Entry, state: NamedState): void {
	during(`write ${path}/${stateFile}`, () => {
		const file = files.createFile(fd, newStateFile);
		try {
			writeAll(file, toBytes(stateText(state)));
		} finally {
			close(file);
		}
		files.rename(fd, newStateFile, fd, stateFile);
	});
}
