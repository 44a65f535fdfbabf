/**
 * The directory that names are in. It belongs to its user alone, is never reached through a link, and what it is, is asked
 * of a descriptor (CVE-2019-12439). For the machine's root it is a mount of its own that nothing passes out of, without
 * which a mount namespace could not be pinned in it.
 */
import { close } from "../descriptors.ts";
import { hostFacts } from "../host.ts";
import { constants } from "../linux/constants.ts";
import { rootPlace } from "../named/pins.ts";
import * as files from "../overlay/files.ts";
import { during, type NamedError, namedError } from "./errors.ts";
import { checkProc, mountNumber } from "./look.ts";

/** A directory of names that is open. */
export interface Place {
	readonly path: string;
	readonly fd: number;
	/** Namespaces are pinned here. */
	readonly pins: boolean;
}

/** Whether this process may be able to pin namespaces for the whole machine. */
export const mayPin = (): boolean => hostFacts().privileged && hostFacts().uid === 0;

/** Where the names of an ordinary user are, or of a root that may mount nothing. The directory above it is there. */
export function userPlace(): string {
	const { uid } = hostFacts();
	const said = process.env.XDG_RUNTIME_DIR;
	if (said !== undefined && said !== "") {
		// With a slash at its end a link would be followed.
		const path = said.replace(/\/+$/, "");
		const wrong = said.startsWith("/") ? wrongParent(path === "" ? "/" : path, uid) : "is no absolute path";
		if (wrong === undefined) return `${path}/nskit`;
		throw namedError("NAME_PLACE", `XDG_RUNTIME_DIR=${said} ${wrong}`, "unset it, or make it yours alone");
	}
	const run = runtimeOf(uid);
	return wrongParent(run, uid) === undefined ? `${run}/nskit` : placeWithout(uid);
}

const runtimeOf = (uid: number): string => `/run/user/${uid}`;
/** Where there is no directory for a user's own. */
const placeWithout = (uid: number): string => `/tmp/nskit-${uid}`;

/** Why names cannot be kept below a directory. */
function wrongParent(path: string, uid: number): string | undefined {
	const fd = files.unless(["ENOENT", "ENOTDIR", "ELOOP", "EACCES"], () =>
		files.openPath(path, "O_PATH|O_DIRECTORY|O_NOFOLLOW"),
	);
	if (fd === undefined) return "is no directory that can be entered";
	const { uid: owner, mode } = files.statusOf(fd);
	close(fd);
	if (owner !== uid) return `belongs to the user id ${owner}, not to you`;
	return (mode & 0o022) === 0 ? undefined : "can be written to by others";
}

/** Opens the directory where it is there. Throws where it is somebody else's. */
export function openPlace(path: string): Place | undefined {
	const fd = during(`open ${path}`, () => openOwn(path), placeHint);
	return fd === undefined ? undefined : { path, fd, pins: path === rootPlace };
}

function openOwn(path: string): number | undefined {
	const fd = files.unless(["ENOENT", "ENOTDIR", "ELOOP"], () =>
		files.openPath(path, "O_RDONLY|O_DIRECTORY|O_NOFOLLOW"),
	);
	if (fd === undefined) {
		const held = files.unless(["ENOENT", "ENOTDIR"], () => files.openPath(path, "O_PATH|O_NOFOLLOW"));
		if (held === undefined) return undefined;
		close(held);
		throw namedError("NAME_PLACE", `${path} is no directory`, "somebody has put something else there: remove it");
	}
	const { uid, mode } = files.statusOf(fd);
	const { uid: own } = hostFacts();
	if (uid === own && (mode & 0o077) === 0) return fd;
	close(fd);
	if (uid !== own) {
		const hint = "it is not used; set XDG_RUNTIME_DIR to a directory of yours, or have it removed";
		throw namedError("NAME_PLACE", `${path} belongs to the user id ${uid}, not to you`, hint);
	}
	throw namedError("NAME_PLACE", `${path} is open to others`, `chmod 700 ${path}`);
}

/** Milliseconds that a lock is waited for: it is held for moments. */
const patience = 10_000;

/** Waits until a descriptor is locked. False when it is not to be had in time. */
export function lockInTime(fd: number, within: number = patience): boolean {
	for (const end = Date.now() + within; ; Bun.sleepSync(5)) {
		if (files.lock(fd)) return true;
		if (Date.now() >= end) return false;
	}
}

/** Others may come and take the directory away in between so often. */
const mostAttempts = 100;

/**
 * Does something while nobody else takes or gives back a name in this directory. With `make` it is made where it is not
 * there; without, nothing is done then. `"plain"` makes it and leaves it the directory that it is: nothing is pinned there.
 */
export function withPlace<T>(path: string, make: boolean | "plain", body: (place: Place) => T): T | undefined {
	for (let attempt = 0; attempt < mostAttempts; attempt++) {
		if (make) makePlace(path);
		const place = openPlace(path);
		if (!place) {
			if (make) continue;
			return undefined;
		}
		try {
			if (!lockInTime(place.fd)) throw namedError("NAME_BUSY", `${path} is locked by another process`);
			if (isStill(place) && !(make === true && preparePins(place))) return body(place);
		} catch (error) {
			// What was made for nothing goes again, unless somebody else holds it.
			if (make && files.lock(place.fd) && isStill(place)) dropPlace(place);
			throw error;
		} finally {
			close(place.fd);
		}
	}
	throw namedError("NAME_BUSY", `${path} is made and removed again and again by others`);
}

const makePlace = (path: string): unknown =>
	files.unless(["EEXIST"], () => files.makeDirectory(constants.AT_FDCWD, path));

/** Names have their place there, which in a sandbox is somebody else's, or is not there at all. */
export const placeHint = "names are kept there; a sandbox has a place of its own with ns run --tmpfs /run";

/** Whether the path still leads to what is open. */
function isStill({ path, fd }: Place): boolean {
	const again = openPlace(path);
	if (!again) return false;
	const same =
		files.statusOf(again.fd).inode === files.statusOf(fd).inode && mountNumber(again.fd).id === mountNumber(fd).id;
	close(again.fd);
	return same;
}

/** Makes the root's directory a private mount. True when it was none, and has to be opened anew. */
function preparePins({ path, fd, pins }: Place): boolean {
	if (!pins) return false;
	const isMount = mountNumber(fd).isRoot;
	const at = files.cString(isMount ? files.pathOf(fd) : path);
	const shown = JSON.stringify(path);
	if (!isMount)
		files.must(
			"mount",
			`${shown}, ${shown}, NULL, MS_BIND`,
			files.cString(files.pathOf(fd)),
			at,
			0,
			constants.MS_BIND,
			0,
		);
	else files.must("mount", `NULL, ${shown}, NULL, MS_PRIVATE`, 0, at, 0, constants.MS_PRIVATE, 0);
	return !isMount;
}

/** Takes the directory away when no name is in it any more. Its lock has to be held. */
export function dropPlace({ path, fd, pins }: Place): void {
	if (files.namesIn(fd).length > 0) return;
	const { AT_FDCWD, MNT_DETACH, UMOUNT_NOFOLLOW } = constants;
	if (pins && mountNumber(fd).isRoot)
		files.must("umount2", `"${path}", MNT_DETACH`, files.cString(path), MNT_DETACH | UMOUNT_NOFOLLOW);
	// Another mount namespace may have it as its own, or the directory above it may be read-only: it is empty, and stays.
	files.unless(["EBUSY", "ENOTEMPTY", "EEXIST", "ENOENT", "EROFS", "EACCES", "EPERM"], () =>
		files.unlink(AT_FDCWD, path, "directory"),
	);
}

/**
 * The directories that this user's names may be in, as far as they are safe to look into. Who logs in has a directory
 * that was not there, or was not said, when a name was made: so there names are looked for in all places that are theirs.
 */
export function places(problem: (error: NamedError) => void): string[] {
	checkProc();
	const { uid } = hostFacts();
	const found = uid === 0 ? [rootPlace] : [];
	try {
		found.push(userPlace());
	} catch (error) {
		if (!(error instanceof Error && error.name === "NamedError")) throw error;
		problem(error as NamedError);
	}
	const run = runtimeOf(uid);
	if (wrongParent(run, uid) === undefined) found.push(`${run}/nskit`);
	if (wrongParent(placeWithout(uid), uid) === undefined) found.push(placeWithout(uid));
	return [...new Set(found)];
}
