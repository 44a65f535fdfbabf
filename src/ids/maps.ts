/** Maps that are more than the caller's own id: what the kernel is told, by whom, and what stands against it. */

import { constants } from "../linux/constants.ts";
import { hasBit } from "../linux/mask.ts";
import type { IdRange, ResolvedMaps } from "../namespaces/idmap.ts";
import type { UserOptions } from "../namespaces/user.ts";
import type { Host, Problem } from "../plan/types.ts";
import { countProblems, ownedProblems, programsFor, rangeProblems, textProblems, unknownProblems } from "./check.ts";
import { joined, withAlone } from "./ranges.ts";
import { type Own, Resolver } from "./resolve.ts";
import type { IdKind } from "./types.ts";

/** What was asked for, in numbers, with everything that is wrong with it. */
export interface Resolved {
	readonly maps: ResolvedMaps;
	readonly problems: readonly Problem[];
}

const kinds = ["user", "group"] as const;

/** Whether this process may map ids that are not its own. user_namespaces(7) */
export function mayMapAny({ capabilities, privileged }: Host): boolean {
	if (!capabilities) return privileged;
	const { effective } = capabilities;
	return hasBit(effective, constants.CAP_SETUID) && hasBit(effective, constants.CAP_SETGID);
}

/** Turns any options into maps for this caller. */
export function resolved(options: UserOptions, host: Host): Resolved {
	const direct = mayMapAny(host);
	const resolver = new Resolver(options, host, direct);
	const { own, problems } = resolver;
	const given = { user: resolver.ranges("user"), group: resolver.ranges("group") };
	for (const kind of kinds) problems.push(...rangeProblems(kind, given[kind]));
	const ranges = problems.length > 0 ? given : { user: joined(given.user), group: joined(given.group) };
	const isOwn = { user: isOnly(ranges.user, own.uid), group: isOnly(ranges.group, own.gid) };
	const onlySelf = isOwn.user && isOwn.group;
	const owner = options.owner === undefined ? undefined : { uid: own.uid, gid: own.gid };
	const setgroups = options.setgroups ?? (onlySelf || (!direct && isOwn.group) ? "deny" : "allow");
	const isHelped = owner !== undefined || !onlySelf || (ranges.group.length > 0 && setgroups === "allow");
	const byPrograms = isHelped && !direct;
	if (byPrograms) {
		ranges.user = withAlone(ranges.user, own.uid);
		ranges.group = withAlone(ranges.group, own.gid);
	}
	const base = mapsOf(ranges, own, setgroups, isHelped);
	if (options.map === "extern") return { maps: { ...base, helper: false, extern: true }, problems: foreign(options) };
	if (options.blockFd !== undefined) {
		const message = "a descriptor to wait for means nothing where nobody else writes the maps";
		problems.push({ code: "MAP_BLOCK_ALONE", message, hint: "add --map extern, or leave out --map-block-fd" });
	}
	if (problems.length === 0) problems.push(...refused(options, host, base, own, { byPrograms, isOwn }));
	if (problems.length > 0 || !byPrograms || !host.ids) return { maps: { ...base, owner }, problems };
	const { paths, problems: missing } = programsFor(
		kinds.filter((kind) => ranges[kind].length > 0),
		host.ids,
	);
	return { maps: { ...base, owner, programs: paths }, problems: missing };
}

function mapsOf(
	ranges: Record<IdKind, IdRange[]>,
	own: Own,
	setgroups: "allow" | "deny",
	helper: boolean,
): ResolvedMaps {
	const uid = idToTake(ranges.user, own.uid);
	const gid = idToTake(ranges.group, own.gid);
	const identity = uid === undefined && gid === undefined ? undefined : { uid, gid };
	return { uids: ranges.user, gids: ranges.group, setgroups, helper, identity };
}

/** Everything that the kernel or the programs would refuse. */
function refused(
	options: UserOptions,
	host: Host,
	maps: ResolvedMaps,
	own: Own,
	{ byPrograms, isOwn }: { byPrograms: boolean; isOwn: Record<IdKind, boolean> },
): Problem[] {
	const ranges = { user: maps.uids, group: maps.gids };
	const problems: Problem[] = [];
	for (const kind of kinds) {
		problems.push(...countProblems(kind, ranges[kind]));
		const known = isOwn[kind] ? undefined : host.ids?.known(kind);
		if (known) problems.push(...unknownProblems(kind, ranges[kind], known));
	}
	if (problems.length === 0 && host.arch === "x64") problems.push(...textProblems(maps));
	if (options.owner !== undefined && byPrograms) {
		const hint = "run as root";
		return [{ code: "OWNER_NEEDS_PRIVILEGE", message: "another owner takes CAP_SETUID and CAP_SETGID", hint }];
	}
	if (options.setgroups === "allow" && byPrograms && isOwn.group) {
		problems.push({
			code: "SETGROUPS_NEEDS_PRIVILEGE",
			message: "an ordinary user has to deny setgroups before mapping groups, unless subordinate ones are among them",
			hint: "leave setgroups at deny, map subordinate groups as --map auto does, or run as root",
		});
	}
	if (!byPrograms || (isOwn.user && isOwn.group)) return problems;
	if (!host.ids || own.name === undefined) {
		problems.push({
			code: "MAP_NEEDS_PRIVILEGE",
			message: `an ordinary user may map only the own ids ${own.uid} and ${own.gid}, one each, and others by a name in /etc/passwd, where user ${own.uid} has none`,
			hint: "map root, self or one other id, or run as root",
		});
		return problems;
	}
	for (const kind of kinds) problems.push(...ownedProblems(kind, ranges[kind], own, host.ids));
	return problems;
}

/** What makes no sense where somebody else writes the maps. */
function foreign({ uids, gids, setgroups, owner, blockFd }: UserOptions): Problem[] {
	const problems: Problem[] = [];
	const given = Object.entries({ uids, gids, setgroups, owner }).filter(([, value]) => value !== undefined);
	if (given.length > 0) {
		const message = `somebody else writes the maps, so ${given.map(([name]) => name).join(", ")} would mean nothing`;
		problems.push({ code: "MAP_EXTERN", message, hint: "leave it to who writes them" });
	}
	if (blockFd === undefined) {
		const message = "nobody could say that the maps are written";
		problems.push({ code: "MAP_BLOCK_MISSING", message, hint: "add --map-block-fd N, or blockFd in user()" });
	} else if (!(Number.isInteger(blockFd) && blockFd >= 0 && blockFd <= 0x7fffffff)) {
		const message = `blockFd is ${String(blockFd)}, which is no number of a descriptor`;
		problems.push({ code: "DESCRIPTOR_INVALID", message, hint: "such as 3, with 3<FILE" });
	}
	return problems;
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
