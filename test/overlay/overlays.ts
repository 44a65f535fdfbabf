/** Real overlays in mount namespaces of their own, and what a tree looks like, told by programs that are not ours. */
import { join } from "node:path";
import { checkout } from "../kernel/checkout.ts";

/** An operation on files; `path` and `word` are names where it takes them. */
export interface Operation {
	readonly do:
		| "write"
		| "append"
		| "touch"
		| "truncate"
		| "remove"
		| "mkdir"
		| "mode"
		| "time"
		| "link"
		| "symlink"
		| "rename"
		| "xattr";
	readonly path: string;
	readonly word: string;
	readonly number: number;
}

/** How the overlay is mounted: by root as it is, or in a user namespace. */
export type Kind = "trusted" | "user";

const fixture = (name: string): string[] => [
	checkout().bun,
	join(checkout().project, "test/overlay/fixtures", `${name}.ts`),
];

/** The command line that carries out operations in the working directory. */
export const operate = (operations: readonly Operation[]): string[] => [
	...fixture("operate"),
	JSON.stringify(operations),
];

const namespace = (kind: Kind): string[] => (kind === "user" ? ["unshare", "-Urm"] : ["unshare", "-m"]);

/** Prints a tree: names, types, modes, owners, times, links, then contents, then attributes. */
const list = `find . -printf '%P|%y %m %U %G %T@ %l\\0' | LC_ALL=C sort -z | tr '\\0' '\\n'
find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum
"$@"`;

/** The command line that prints what a directory holds, as it is seen by an overlay of this kind. */
export function listing(kind: Kind, folder: string): string[] {
	return [...namespace(kind), "sh", "-ec", `cd "$1"; shift; ${list}`, "sh", folder, ...fixture("xattrs")];
}

/** The folders of an overlay: all below one. */
export interface Place {
	readonly lower: string;
	readonly layer: string;
	readonly merged: string;
}

/** The folders below this one. */
export const placeIn = (folder: string): Place => ({
	lower: join(folder, "lower"),
	layer: join(folder, "layer"),
	merged: join(folder, "merged"),
});

/** The command line that runs another one in the merged tree, and prints afterwards what the tree holds. */
export function inOverlay(kind: Kind, { lower, layer, merged }: Place, command: readonly string[]): string[] {
	const options = `lowerdir=${lower},upperdir=${layer}/upper,workdir=${layer}/work,redirect_dir=nofollow,metacopy=off,index=off${kind === "user" ? ",userxattr" : ""}`;
	// Two lists of words: what runs first is passed on as one quoted line.
	const line = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
	const steps = `mount -t overlay overlay -o "$1" "$2"; cd "$2"; shift 2; ${line} >&2; ${list}`;
	return [...namespace(kind), "sh", "-ec", steps, "sh", options, merged, ...fixture("xattrs")];
}
