/**
 * A kept layer of an overlay: `DIR/upper`, `DIR/work`, and `DIR/layer.json` that says what it is a layer of. Whoever uses
 * it holds a lock on DIR itself. overlayfs: Documentation/filesystems/overlayfs.rst.
 */
import { fromBytes, toBytes } from "../bytes.ts";
import { close, readSome, writeAll } from "../descriptors.ts";
import { constants } from "../linux/constants.ts";
import { ownXattrs } from "./classify.ts";
import { about, LayerError, layerError } from "./errors.ts";
import * as files from "./files.ts";
import { type LayerRecord, placeProblems, readRecord, recordText } from "./record.ts";
import { setXattrs, xattrsOf } from "./xattrs.ts";

/** A layer that is open. */
export interface Layer {
	/** Its directory, without a symbolic link in the path. */
	readonly dir: string;
	readonly fd: number;
	readonly record: LayerRecord;
}

/** A file that holds more is none of ours. */
const longestRecord = 65536;

/** Without it, the layer is being taken away. */
export const upperName = "upper";
/** What `upper` is called while it is taken away. */
export const goneName = "upper.gone";
export const workName = "work";
export const recordName = "layer.json";
const newSuffix = ".new";

/** Whose rights this process uses. */
export const euid = (): number => process.geteuid?.() ?? 0;

/** Opens the layer in `dir`, and hands it to `body`. With `lock` nobody else may use it meanwhile. */
export function withLayer<T>(dir: string, { lock }: { readonly lock: boolean }, body: (layer: Layer) => T): T {
	const fd = openOwn(dir);
	try {
		if (lock) takeLock(fd, dir);
		const record = recordIn(fd, dir);
		if (!record) {
			throw layerError(
				"LAYER_NONE",
				`${dir} is no layer: it has no ${recordName}`,
				"name the directory that was given as --overlay SRC:keep=DIR",
			);
		}
		return body({ dir: files.canonicalPath(fd), fd, record });
	} finally {
		close(fd);
	}
}

/** Opens a directory that must belong to us, and that nobody else may write to. */
function openOwn(dir: string): number {
	// A slash at the end would lead through a link.
	const path = dir.length > 1 ? dir.replace(/\/+$/, "") || "/" : dir;
	const fd = files.unless(["ENOENT", "ENOTDIR", "ELOOP"], () =>
		files.openPath(path, "O_RDONLY|O_DIRECTORY|O_NOFOLLOW"),
	);
	if (fd === undefined) {
		throw layerError("LAYER_NONE", `${dir} is no directory`, "a symbolic link to one is not followed either");
	}
	const { uid, mode } = files.statusOf(fd);
	if (uid === euid() && (mode & 0o022) === 0) return fd;
	close(fd);
	if (uid !== euid()) {
		throw layerError("LAYER_OWNER", `${dir} belongs to the user id ${uid}, not to you`, "only its owner uses a layer");
	}
	throw layerError("LAYER_OWNER", `others may write to ${dir}`, `take that away: chmod go-w ${dir}`);
}

function takeLock(fd: number, dir: string): void {
	if (files.lock(fd)) return;
	throw layerError("LAYER_IN_USE", `the layer ${dir} is in use`, "wait until the sandbox that writes to it has ended");
}

/** The record of a layer, or nothing where there is none. */
function recordIn(directory: number, dir: string): LayerRecord | undefined {
	const held = files.hold(directory, recordName);
	if (held === undefined) return undefined;
	try {
		const { mode, uid, size } = files.statusOf(held);
		const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
		const record = isFile && uid === euid() && size <= longestRecord ? readRecord(readText(held)) : undefined;
		if (record) return record;
		throw layerError(
			"LAYER_BROKEN",
			`${dir}/${recordName} is not what nskit writes`,
			"this is no layer, or a newer one",
		);
	} finally {
		close(held);
	}
}

function readText(held: number): string {
	const fd = files.openFile(held);
	try {
		return fromBytes(readSome(fd, longestRecord));
	} finally {
		close(fd);
	}
}

/** What the marks in a layer depend on. */
export interface PrepareOptions {
	/** Whether the overlay is mounted with `userxattr`, as in a user namespace. A layer is used in one way only. */
	readonly userxattr: boolean;
}

/**
 * Makes `dir` ready to keep a layer of the directory `lower`, or checks that it already does. Before the overlay is
 * mounted; nothing is mounted here. Throws a `LayerError` where `dir` holds something else, a layer of another
 * directory, belongs to somebody else, is in use, or where one of the two lies inside the other.
 *
 * @example
 * ```ts
 * import { diffLayer, prepareLayer } from "nskit";
 * import { mkdtempSync, rmSync } from "node:fs";
 * const folder = mkdtempSync("/tmp/layer-");
 * prepareLayer(`${folder}/layer`, "/usr", { userxattr: true });
 * console.log(diffLayer(`${folder}/layer`)); // []
 * rmSync(folder, { recursive: true });
 * ```
 */
export function prepareLayer(dir: string, lower: string, { userxattr }: PrepareOptions): void {
	about(dir, () => {
		const below = about(lower, () => files.openPath(lower, "O_RDONLY|O_DIRECTORY"));
		try {
			prepare(dir, below, userxattr ? "user" : "trusted");
		} finally {
			close(below);
		}
	});
}

function prepare(dir: string, below: number, xattrs: LayerRecord["xattrs"]): void {
	const lower = files.canonicalPath(below);
	const problems = placeProblems(placeOf(dir), lower);
	if (problems.length > 0) throw new LayerError(problems);
	files.unless(["EEXIST"], () => files.makeDirectory(constants.AT_FDCWD, dir));
	const fd = openOwn(dir);
	try {
		takeLock(fd, dir);
		const record = recordIn(fd, dir);
		if (record) checkRecord(record, dir, lower, xattrs);
		else writeRecord(fd, dir, { version: 1, lower, xattrs, id: randomId() });
		if (exists(fd, goneName))
			throw layerError("LAYER_GOING", `${dir} was not taken away to its end`, `ns discard ${dir}`);
		if (!exists(fd, upperName)) makeUpper(fd, below, xattrs);
		if (!exists(fd, workName)) files.makeDirectory(fd, workName);
		files.sync(fd);
	} finally {
		close(fd);
	}
}

/** Where a directory is, or will be, without links. */
function placeOf(dir: string): string {
	const at = (path: string): string => {
		const fd = files.openPath(path, "O_PATH|O_DIRECTORY");
		try {
			return files.canonicalPath(fd);
		} finally {
			close(fd);
		}
	};
	const present = files.unless(["ENOENT"], () => at(dir));
	if (present !== undefined) return present;
	const path = dir.replace(/\/+$/, "");
	const slash = path.lastIndexOf("/");
	const parent = at(slash < 0 ? "." : path.slice(0, slash) || "/");
	return `${parent === "/" ? "" : parent}/${path.slice(slash + 1)}`;
}

function checkRecord(record: LayerRecord, dir: string, lower: string, xattrs: LayerRecord["xattrs"]): void {
	if (record.lower !== lower) {
		const hint = "commit or discard it, or name another directory";
		throw layerError("LAYER_OTHER", `${dir} is a layer of ${record.lower}, not of ${lower}`, hint);
	}
	if (record.xattrs === xattrs) return;
	const made = record.xattrs === "user" ? "in" : "without";
	throw layerError("LAYER_OTHER", `the layer ${dir} was made ${made} a user namespace`, "use it in the same way again");
}

function writeRecord(fd: number, dir: string, record: LayerRecord): void {
	const temporary = recordName + newSuffix;
	const others = files.namesIn(fd).filter((name) => name !== temporary);
	if (others.length > 0) {
		throw layerError("LAYER_NONE", `${dir} holds something else: ${others[0]}`, "name a new or an empty directory");
	}
	files.unless(["ENOENT"], () => files.unlink(fd, temporary));
	const file = files.createFile(fd, temporary);
	try {
		writeAll(file, toBytes(recordText(record)));
		files.sync(file);
	} finally {
		close(file);
	}
	files.rename(fd, temporary, fd, recordName);
}

function randomId(): string {
	return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex");
}

function exists(directory: number, name: string): boolean {
	const held = files.hold(directory, name);
	if (held === undefined) return false;
	close(held);
	return true;
}

/** The root of the merged tree looks as this directory does, so it is given all of what the lower one has. */
function makeUpper(fd: number, below: number, xattrs: LayerRecord["xattrs"]): void {
	const temporary = upperName + newSuffix;
	files.unless(["ENOENT"], () => files.unlink(fd, temporary, "directory"));
	files.makeDirectory(fd, temporary);
	const made = files.openBeneath(fd, temporary, "O_RDONLY|O_DIRECTORY");
	try {
		const { uid, gid, mode, accessed, modified } = files.statusOf(below);
		const own = files.statusOf(made);
		// Where the lower directory is somebody else's, ours has to do.
		if (uid !== own.uid || gid !== own.gid) files.unless(["EPERM"], () => files.setOwner(made, uid, gid));
		files.setMode(made, mode & 0o7777);
		setXattrs(made, ownXattrs(xattrsOf(below), xattrs), ownXattrs(xattrsOf(made), xattrs));
		files.setTimes(made, accessed, modified);
	} finally {
		close(made);
	}
	files.rename(fd, temporary, fd, upperName);
}
