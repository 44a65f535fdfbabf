/** User and group id maps: what was asked for becomes lines of `uid_map` and `gid_map`. user_namespaces(7). */
import type { Host, Problem } from "../plan/types.ts";
import type { UserOptions } from "./user.ts";

/** `size` ids from `inside` on, in the namespace, are those from `outside` on in the caller's. */
export interface IdRange {
	readonly inside: number;
	readonly outside: number;
	readonly size: number;
}

/** 4294967295 is -1 to the kernel: no id. */
const lastId = 4294967294;
/** UID_GID_MAP_MAX_EXTENTS of the kernel. */
const mostLines = 340;

/** What the kernel will be told. */
export interface ResolvedMaps {
	readonly uids: readonly IdRange[];
	readonly gids: readonly IdRange[];
	readonly setgroups: "allow" | "deny";
	/** A process in the caller's user namespace has to write them. */
	readonly helper: boolean;
	/** The ids to take inside where the caller's own have no mapping. */
	readonly identity?: { readonly uid?: number; readonly gid?: number };
}

/** Turns options into maps for this caller. */
export function resolveMaps(options: UserOptions, host: Host): ResolvedMaps {
	const named = namedMap(options.map ?? "root", host);
	const explicit = options.uids !== undefined || options.gids !== undefined;
	const uids = explicit ? (options.uids ?? []) : named.uids;
	const gids = explicit ? (options.gids ?? []) : named.gids;
	const onlySelf = isOnly(uids, host.uid) && isOnly(gids, host.gid);
	const setgroups = options.setgroups ?? (onlySelf || !host.privileged ? "deny" : "allow");
	const uid = idToTake(uids, host.uid);
	const gid = idToTake(gids, host.gid);
	return {
		uids,
		gids,
		setgroups,
		helper: !onlySelf || (gids.length > 0 && setgroups === "allow"),
		identity: uid === undefined && gid === undefined ? undefined : { uid, gid },
	};
}

function namedMap(map: NonNullable<UserOptions["map"]>, host: Host): { uids: IdRange[]; gids: IdRange[] } {
	if (map === "none") return { uids: [], gids: [] };
	const inside =
		map === "root" ? { uid: 0, gid: 0 } : map === "self" ? host : { uid: map.uid, gid: map.gid ?? map.uid };
	return {
		uids: [{ inside: inside.uid, outside: host.uid, size: 1 }],
		gids: [{ inside: inside.gid, outside: host.gid, size: 1 }],
	};
}

/** The kernel lets a process map its own id by itself, and nothing else. */
function isOnly(ranges: readonly IdRange[], own: number): boolean {
	return ranges.every(({ outside, size }) => outside === own && size === 1) && ranges.length <= 1;
}

function idToTake(ranges: readonly IdRange[], own: number): number | undefined {
	const first = ranges[0];
	if (!first || ranges.some((range) => contains(range.outside, range.size, own))) return undefined;
	return ranges.some((range) => contains(range.inside, range.size, 0)) ? 0 : first.inside;
}

function contains(start: number, size: number, id: number): boolean {
	return id >= start && id < start + size;
}

/** The text for `uid_map` or `gid_map`. */
export function mapLines(ranges: readonly IdRange[]): string {
	return ranges.map(({ inside, outside, size }) => `${inside} ${outside} ${size}\n`).join("");
}

/** Everything the kernel would refuse with a bare EINVAL or EPERM, with the line that is at fault. */
export function mapProblems(options: UserOptions, host: Host): Problem[] {
	if (options.join !== undefined || options.create === false) return [];
	const maps = resolveMaps(options, host);
	const problems = [...rangeProblems("user", maps.uids), ...rangeProblems("group", maps.gids)];
	if (problems.length === 0 && host.arch === "x64") problems.push(...textProblems(maps));
	if (problems.length > 0 || host.privileged) return problems;
	if (!isOnly(maps.uids, host.uid) || !isOnly(maps.gids, host.gid)) {
		problems.push({
			code: "MAP_NEEDS_PRIVILEGE",
			message: `an ordinary user may map only the own ids ${host.uid} and ${host.gid}, one each`,
			hint: "map root, self or one other id, or run as root",
		});
	}
	if (options.setgroups === "allow") {
		problems.push({
			code: "SETGROUPS_NEEDS_PRIVILEGE",
			message: "an ordinary user has to deny setgroups before mapping groups",
			hint: "leave setgroups at deny, or run as root",
		});
	}
	return problems;
}

/** The kernel takes a map in one write of less than a page; on arm64 pages may be larger, and the kernel has the word. */
function textProblems({ uids, gids }: ResolvedMaps): Problem[] {
	const page = 4096;
	const sizes = [
		["user", mapLines(uids).length],
		["group", mapLines(gids).length],
	] as const;
	return sizes
		.filter(([, size]) => size >= page)
		.map(([what, size]) => ({
			code: "MAP_TOO_LONG",
			message: `the ${what} map is a text of ${size} bytes, and the kernel takes less than ${page}`,
			hint: "use fewer ranges; those that follow each other on both sides can be one",
		}));
}

function rangeProblems(what: string, ranges: readonly IdRange[]): Problem[] {
	const problems: Problem[] = [];
	const add = (code: string, message: string): void => {
		problems.push({ code, message, hint: "each range is INSIDE:OUTSIDE:SIZE" });
	};
	if (ranges.length > mostLines) {
		add("MAP_TOO_LONG", `a ${what} map has at most ${mostLines} ranges, this one has ${ranges.length}`);
	}
	const written = ({ inside, outside, size }: IdRange) => `${inside}:${outside}:${size}`;
	for (const range of ranges) {
		const numbers = [range.inside, range.outside, range.size];
		if (!numbers.every((n) => Number.isSafeInteger(n) && n >= 0)) {
			add("MAP_NOT_NUMBERS", `the ${what} range ${written(range)} is not made of whole numbers from 0 on`);
		} else if (range.size === 0) {
			add("MAP_EMPTY", `the ${what} range ${written(range)} has no ids`);
		} else if (Math.max(range.inside, range.outside) + range.size - 1 > lastId) {
			add("MAP_OVERFLOW", `the ${what} range ${written(range)} goes beyond the last id, ${lastId}`);
		}
	}
	for (const side of ["inside", "outside"] as const) {
		const sorted = ranges.filter(({ size }) => size > 0).toSorted((a, b) => a[side] - b[side]);
		sorted.forEach((range, i) => {
			const before = sorted[i - 1];
			if (before && before[side] + before.size > range[side]) {
				add("MAP_OVERLAP", `the ${what} ranges ${written(before)} and ${written(range)} overlap ${side}`);
			}
		});
	}
	return problems;
}
