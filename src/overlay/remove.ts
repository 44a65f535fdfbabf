/** Taking trees away, of any depth and with any permissions, without leaving them. */
import { close } from "../descriptors.ts";
import { constants } from "../linux/constants.ts";
import { about } from "./errors.ts";
import * as files from "./files.ts";
import { goneName, type Layer, recordName, upperName, withLayer, workName } from "./layer.ts";

const ownerMay = 0o700;

/** What happens when a file is removed that is a directory: EISDIR on Linux, EPERM in POSIX. */
const isDirectory = ["EISDIR", "EPERM"] as const;

/**
 * Removes `name` from a directory, with all that it holds; nothing where it is not there. Directories are never entered
 * deeper than one level: what lies deeper is moved up first. So no depth is too much, and a tree that somebody changes
 * meanwhile leads nowhere else.
 */
export function removeTree(directory: number, name: string): void {
	const held = files.hold(directory, name);
	if (held === undefined) return;
	let kind: "file" | "directory" = "file";
	try {
		if ((files.statusOf(held).mode & constants.S_IFMT) === constants.S_IFDIR) {
			kind = "directory";
			emptyDirectory(held);
		}
	} finally {
		close(held);
	}
	files.unlink(directory, name, kind);
}

function emptyDirectory(held: number): void {
	const top = openLoosened(held);
	try {
		const moved = { prefix: `moved-${process.pid}-`, count: 0 };
		for (let names = files.namesIn(top); names.length > 0; names = files.namesIn(top)) {
			for (const name of names) if (!removeShallow(top, name)) flatten(top, name, moved);
		}
	} finally {
		close(top);
	}
}

/** Removes a file or an empty directory; false where it is a directory that holds something. */
function removeShallow(directory: number, name: string): boolean {
	const removed = files.unless(isDirectory, () => {
		files.unless(["ENOENT"], () => files.unlink(directory, name));
		return true;
	});
	if (removed) return true;
	return (
		files.unless(["ENOTEMPTY", "EEXIST"], () => {
			files.unless(["ENOENT"], () => files.unlink(directory, name, "directory"));
			return true;
		}) ?? false
	);
}

/** Removes what the directory `name` of `top` holds, moving directories that hold something up to `top`. */
function flatten(top: number, name: string, moved: { readonly prefix: string; count: number }): void {
	const held = files.hold(top, name);
	if (held === undefined) return;
	try {
		const inner = openLoosened(held);
		try {
			for (const one of files.namesIn(inner)) if (!removeShallow(inner, one)) moveUp(inner, one, top, moved);
		} finally {
			close(inner);
		}
	} finally {
		close(held);
	}
	files.unlink(top, name, "directory");
}

function moveUp(from: number, name: string, top: number, moved: { readonly prefix: string; count: number }): void {
	const held = files.hold(from, name);
	if (held === undefined) return;
	try {
		// A directory that changes its parent has to be writable itself.
		loosen(held);
	} finally {
		close(held);
	}
	const move = () => {
		files.rename(from, name, top, `${moved.prefix}${moved.count++}`);
		return true;
	};
	// The name may be taken, by whoever filled the layer.
	while (!files.unless(["EEXIST", "ENOTEMPTY", "ENOTDIR"], move));
}

/** Lets the owner into a directory, and change it. The work directory of an overlay has no permissions at all. */
function loosen(held: number): void {
	const { mode } = files.statusOf(held);
	if ((mode & ownerMay) !== ownerMay) files.unless(["EPERM"], () => files.setMode(held, (mode & 0o777) | ownerMay));
}

function openLoosened(held: number): number {
	loosen(held);
	return files.openDirectory(held);
}

/** Takes a layer away: first it stops being one, then all that it had goes, and its directory where that is empty. */
export function removeLayer({ fd, dir }: Layer): void {
	about(`the layer ${dir}`, () => {
		removeTree(fd, goneName);
		// From here on nobody can take what is left for a layer.
		files.unless(["ENOENT"], () => files.rename(fd, upperName, fd, goneName));
		for (const name of [goneName, `${upperName}.new`, workName, `${recordName}.new`, recordName]) removeTree(fd, name);
		files.unless(["ENOTEMPTY", "EEXIST", "EBUSY", "EACCES", "EPERM"], () =>
			files.unlink(constants.AT_FDCWD, dir, "directory"),
		);
	});
}

/**
 * Drops the layer in `dir`, and the directory itself where nothing else is in it. The directory below is not touched.
 * Throws a `LayerError` where `dir` is no layer, belongs to somebody else or is in use.
 *
 * @example
 * ```ts
 * import { discardLayer, prepareLayer } from "nskit";
 * import { mkdtempSync, readdirSync, rmSync } from "node:fs";
 * const folder = mkdtempSync("/tmp/layer-");
 * prepareLayer(`${folder}/layer`, "/usr", { userxattr: true });
 * discardLayer(`${folder}/layer`);
 * console.log(readdirSync(folder)); // []
 * rmSync(folder, { recursive: true });
 * ```
 */
export function discardLayer(dir: string): void {
	withLayer(dir, { lock: true }, removeLayer);
}
