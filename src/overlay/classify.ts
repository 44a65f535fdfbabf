/** What an entry of a layer means for the entry below it. Decides only; looks at nothing. */
import type { Problem } from "../plan/types.ts";
import type { Change, Difference, Entry, Special, Time } from "./types.ts";

/** Whose attributes mark what overlayfs has to know: `user` with the mount option userxattr, otherwise `trusted`. */
export type XattrPrefix = "user" | "trusted";

/** A removed entry: a character device with the numbers 0 and 0. */
export function isWhiteout({ type, device: [major, minor] }: Entry): boolean {
	return type === "character device" && major === 0 && minor === 0;
}

/** A directory that hides everything that the lower one holds. */
export function isOpaque({ type, xattrs }: Entry, prefix: XattrPrefix): boolean {
	return type === "directory" && xattrs.get(`${prefix}.overlay.opaque`) === "y";
}

/** Marks of overlayfs that say nothing about what is seen. */
const harmless: readonly string[] = ["origin", "impure", "nlink", "upper", "uuid"];

/** Marks that say what commit cannot do: one problem each. */
export function unknownMarks(path: string, entry: Entry, prefix: XattrPrefix): Problem[] {
	const problems: Problem[] = [];
	const start = `${prefix}.overlay.`;
	for (const name of entry.xattrs.keys()) {
		if (!name.startsWith(start) || harmless.includes(name.slice(start.length))) continue;
		if (name === `${start}opaque` && isOpaque(entry, prefix)) continue;
		problems.push({
			code: "LAYER_MARK",
			message: `${path} has the mark ${name}, which cannot be applied to the directory below`,
			hint: "see what it holds in a sandbox with this layer, copy what is needed, and discard the layer",
		});
	}
	return problems;
}

/**
 * The attributes that belong to the entry itself. Marks of overlayfs are not seen in the merged tree, and labels of
 * security modules are theirs to set; capabilities of a file are a part of it.
 */
export function ownXattrs(xattrs: ReadonlyMap<string, string>, prefix: XattrPrefix): Map<string, string> {
	const own = new Map<string, string>();
	for (const [name, value] of xattrs) {
		if (name.startsWith(`${prefix}.overlay.`) || name.startsWith("trusted.overlay.")) continue;
		if (name.startsWith("security.") && name !== capabilities) continue;
		own.set(name, value);
	}
	return own;
}

const capabilities = "security.capability";
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;

/** What of an entry may give rights to whoever wrote it. On a directory, setgid only passes its group on. */
export function specialsOf({ type, mode, xattrs }: Entry): Special[] {
	const found: Special[] = [];
	if (type === "directory" || type === "symlink") return found;
	if ((mode & S_ISUID) !== 0) found.push("setuid");
	if ((mode & S_ISGID) !== 0) found.push("setgid");
	if (type === "character device" || type === "block device") found.push("device");
	if (xattrs.has(capabilities)) found.push("file capabilities");
	return found;
}

/** What two entries are compared by besides themselves. */
export interface Comparison {
	readonly prefix: XattrPrefix;
	/** Whether two regular files of the same size hold the same bytes. */
	readonly sameContent: () => boolean;
}

/** How the layer's entry differs from the lower one, in the order of `Difference`. */
export function differences(upper: Entry, lower: Entry, { prefix, sameContent }: Comparison): Difference[] {
	if (upper.type !== lower.type) return ["type"];
	const what: Difference[] = [];
	if (!samePart(upper, lower, sameContent)) what.push("content");
	if (upper.mode !== lower.mode && upper.type !== "symlink") what.push("mode");
	if (upper.uid !== lower.uid || upper.gid !== lower.gid) what.push("owner");
	const implied = upper.type === "directory" || what.includes("content");
	if (!implied && !sameTime(upper.modified, lower.modified)) what.push("time");
	if (!sameMap(ownXattrs(upper.xattrs, prefix), ownXattrs(lower.xattrs, prefix))) what.push("xattrs");
	return what;
}

/** Whether what the entries hold is the same, for two of the same type. */
function samePart(upper: Entry, lower: Entry, sameContent: () => boolean): boolean {
	if (upper.type === "file") return upper.size === lower.size && sameContent();
	return upper.target === lower.target && upper.device[0] === lower.device[0] && upper.device[1] === lower.device[1];
}

const sameTime = (a: Time, b: Time): boolean => a.seconds === b.seconds && a.nanoseconds === b.nanoseconds;

function sameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
	if (a.size !== b.size) return false;
	for (const [name, value] of a) if (b.get(name) !== value) return false;
	return true;
}

/** The change that an entry of the layer makes, or nothing: the same as below, or not there in either. */
export function classify(
	path: string,
	upper: Entry,
	lower: Entry | undefined,
	comparison: Comparison,
): Change | undefined {
	if (isWhiteout(upper)) return lower && { path, kind: "removed", type: lower.type, what: [] };
	if (!lower) return { path, kind: "added", type: upper.type, what: [] };
	const what = differences(upper, lower, comparison);
	return what.length === 0 ? undefined : { path, kind: "changed", type: upper.type, what };
}
