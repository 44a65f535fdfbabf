/** User and group id maps: what was asked for becomes lines of `uid_map` and `gid_map`. user_namespaces(7). */
import type { Host, Problem } from "../plan/types.ts";
import type { UserOptions } from "./user.ts";

/** `size` ids from `inside` on, in the namespace, are those from `outside` on in the caller's. */
export interface IdRange {
	readonly inside: number;
	readonly outside: number;
	readonly size: number;
}

/** What the kernel will be told. */
export interface ResolvedMaps {
	/** By the ids inside. */
	readonly uids: readonly IdRange[];
	readonly gids: readonly IdRange[];
	readonly setgroups: "allow" | "deny";
	/** A process in the caller's user namespace has to write them. */
	readonly helper: boolean;
	/** The ids to take inside where the caller's own have no mapping. */
	readonly identity?: { readonly uid?: number; readonly gid?: number } | undefined;
	/** The programs that write them, newuidmap(1) and newgidmap(1), where the caller may not. */
	readonly programs?: { readonly user?: string; readonly group?: string } | undefined;
	/** Who makes the namespace, and so owns it, where that is not the caller. */
	readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
	/** Somebody else writes them, and nobody knows here what. */
	readonly extern?: true | undefined;
}

/** Turns options into maps for this caller. */
export function resolveMaps(options: UserOptions, host: Host): ResolvedMaps {
	return isPlain(options) ? plainMaps(options, host) : rest().resolved(options, host).maps;
}

/** Everything the kernel would refuse with a bare EINVAL or EPERM, with the line that is at fault. */
export function mapProblems(options: UserOptions, host: Host): readonly Problem[] {
	if (options.join !== undefined || options.create === false || isPlain(options)) return [];
	return rest().resolved(options, host).problems;
}

/** Maps of more than the own id are loaded where they are asked for. */
const rest = () => require("../ids/maps.ts") as typeof import("../ids/maps.ts");

/** The caller's own id and nothing else is mapped, which the kernel lets everybody do. */
function isPlain({ map = "root", uids, gids, setgroups, owner, blockFd }: UserOptions): boolean {
	const isOne = map === "root" || map === "self" || map === "none";
	return isOne && (uids ?? gids ?? owner ?? blockFd) === undefined && setgroups !== "allow";
}

function plainMaps({ map = "root" }: UserOptions, { uid, gid }: Host): ResolvedMaps {
	const one = (own: number): IdRange[] => {
		if (map === "none") return [];
		return [{ inside: map === "root" ? 0 : own, outside: own, size: 1 }];
	};
	return { uids: one(uid), gids: one(gid), setgroups: "deny", helper: false };
}

/** The text for `uid_map` or `gid_map`. */
export function mapLines(ranges: readonly IdRange[]): string {
	return ranges.map(({ inside, outside, size }) => `${inside} ${outside} ${size}\n`).join("");
}
