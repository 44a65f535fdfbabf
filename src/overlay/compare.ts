/** An entry of the layer beside the entry below it, both held by descriptor. */
import { close } from "../descriptors.ts";
import { constants } from "../linux/constants.ts";
import type { Problem } from "../plan/types.ts";
import { classify, specialsOf, unknownMarks, type XattrPrefix } from "./classify.ts";
import { sameContent } from "./content.ts";
import * as files from "./files.ts";
import type { Change, Entry, FileType } from "./types.ts";
import { xattrsOf } from "./xattrs.ts";

/** More levels than any tree has that can be named by a path; each takes two descriptors. */
const deepest = 256;

const types = new Map<number, FileType>([
	[constants.S_IFREG, "file"],
	[constants.S_IFDIR, "directory"],
	[constants.S_IFLNK, "symlink"],
	[constants.S_IFIFO, "fifo"],
	[constants.S_IFSOCK, "socket"],
	[constants.S_IFCHR, "character device"],
	[constants.S_IFBLK, "block device"],
]);

/** What a descriptor stands for, in full. */
export function entryOf(fd: number): Entry {
	const { mode, ...status } = files.statusOf(fd);
	const type = types.get(mode & constants.S_IFMT) ?? "file";
	const target = type === "symlink" ? files.targetOf(fd) : undefined;
	return { ...status, type, mode: mode & 0o7777, target, xattrs: xattrsOf(fd) };
}

/** An entry with the descriptor that holds it. */
export interface Held {
	readonly fd: number;
	readonly entry: Entry;
}

/** The two sides of a path. */
export interface Pair {
	readonly path: string;
	readonly name: string;
	readonly upper: Held;
	/** Nothing where the directory below has no such entry. */
	readonly lower: Held | undefined;
}

/** How a layer is read. */
export interface Rules {
	readonly prefix: XattrPrefix;
	/** Setuid files, devices and the like are applied too. */
	readonly allowSpecial: boolean;
	/** What a commit calls what it has not finished. */
	readonly temporary: string;
}

/** Holds both sides of a name while `body` looks at them; nothing where the layer has no such name. */
export function withPair(
	upper: number,
	lower: number | undefined,
	name: string,
	path: string,
	body: (pair: Pair) => void,
): void {
	withHeld(upper, name, (ours) => {
		if (lower === undefined) body({ path, name, upper: ours, lower: undefined });
		else if (!withHeld(lower, name, (theirs) => body({ path, name, upper: ours, lower: theirs }))) {
			body({ path, name, upper: ours, lower: undefined });
		}
	});
}

/** Holds an entry while `body` looks at it. False where there is none. */
export function withHeld(directory: number, name: string, body: (held: Held) => void): boolean {
	const fd = files.hold(directory, name);
	if (fd === undefined) return false;
	try {
		body({ fd, entry: entryOf(fd) });
	} finally {
		close(fd);
	}
	return true;
}

/** The change a pair makes, if it makes one. Contents are read only where nothing else tells. */
export function changeOf({ path, upper, lower }: Pair, { prefix }: Rules): Change | undefined {
	const sameBytes = () => lower !== undefined && sameContent(upper.fd, lower.fd, upper.entry.size);
	return classify(path, upper.entry, lower?.entry, { prefix, sameContent: sameBytes });
}

/** Why a pair cannot be applied at all. */
export function pairProblems({ path, name, upper }: Pair, { prefix, temporary }: Rules, depth: number): Problem[] {
	const problems = unknownMarks(path, upper.entry, prefix);
	if (name === temporary) problems.push({ code: "LAYER_NAME", message: `${path} has the name that commit works with` });
	if (upper.entry.type === "directory" && depth >= deepest) {
		const shown = `${path.slice(0, 80)}...`;
		problems.push({ code: "LAYER_DEEP", message: `${shown} has directories more than ${deepest} levels deep` });
	}
	return problems;
}

/** Why a change is not applied without being asked for. */
export function specialProblems({ path, type, kind }: Change, entry: Entry, { allowSpecial }: Rules): Problem[] {
	const specials = kind === "removed" || type === "socket" || allowSpecial ? [] : specialsOf(entry);
	if (specials.length === 0) return [];
	return [
		{
			code: "LAYER_SPECIAL",
			message: `${path} may give rights to who wrote the layer: ${specials.join(", ")}`,
			hint: "look at it, and if it is meant, commit with --allow-special",
		},
	];
}

/** The path of an entry below a directory. */
export const below = (path: string, name: string): string => (path === "." ? name : `${path}/${name}`);
