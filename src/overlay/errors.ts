import { SystemError } from "../ffi.ts";
import type { Problem } from "../plan/types.ts";

/**
 * A layer cannot be used, compared or applied: every problem that was found. Where `code` is not `"LAYER_FAILED"`,
 * nothing was changed.
 *
 * @example
 * ```ts
 * import { diffLayer, LayerError } from "nskit";
 * try {
 *   diffLayer("/nowhere");
 * } catch (error) {
 *   if (error instanceof LayerError) console.log(error.problems[0]?.code); // LAYER_NONE
 * }
 * ```
 */
export class LayerError extends Error {
	override readonly name = "LayerError";
	/** All problems, in the order they were found. */
	readonly problems: readonly Problem[];

	constructor(problems: readonly Problem[]) {
		super(problems.map(({ code, message, hint }) => `${code}: ${message}${hint ? ` (${hint})` : ""}`).join("\n"));
		this.problems = problems;
	}
}

/** One problem as an error. */
export function layerError(code: string, message: string, hint?: string): LayerError {
	return new LayerError([hint === undefined ? { code, message } : { code, message, hint }]);
}

const rights =
	"a sandbox of an ordinary user has more rights over that user's files: ns run --user -- ns commit DIR has them too";
const room = "make room and do the same again: it goes on where it stopped";
const misplaced = "a symbolic link or a file is in the place of a directory: nothing is changed through one";

/** The way out by the error's name. */
const hints: Readonly<Record<string, string>> = {
	EACCES: rights,
	EPERM: rights,
	EXDEV: "this is a mount point, or on another file system, where nothing is changed: unmount it first",
	EBUSY: "this is a mount point: unmount it first",
	ENOSPC: room,
	EDQUOT: room,
	EROFS: "the file system is mounted read-only",
	ENOENT: "make it, or the directory above it, first",
	ELOOP: misplaced,
	ENOTDIR: misplaced,
};

/** What is done with `path`: a call that fails becomes a problem that names it. */
export function about<T>(path: string, body: () => T): T {
	try {
		return body();
	} catch (error) {
		if (error instanceof SystemError) throw layerError("LAYER_FAILED", `${path}: ${error.message}`, hints[error.code]);
		throw error;
	}
}
