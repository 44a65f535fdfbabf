/** What the kernel, or newuidmap(1), would refuse with few words: said before anything is done, with the line at fault. */
import type { IdRange, ResolvedMaps } from "../namespaces/idmap.ts";
import type { Problem } from "../plan/types.ts";
import { missingFrom } from "./ranges.ts";
import type { Own } from "./resolve.ts";
import { type IdKind, type IdSight, type IdSpan, lastId, wordsOf } from "./types.ts";

/** UID_GID_MAP_MAX_EXTENTS of the kernel. */
const mostLines = 340;

const written = ({ inside, outside, size }: IdRange) => `${inside}:${outside}:${size}`;

/** Ranges that are none, or of which two hold the same id. */
export function rangeProblems(what: IdKind, ranges: readonly IdRange[]): Problem[] {
	const problems: Problem[] = [];
	const add = (code: string, message: string): void => {
		problems.push({ code, message, hint: "each range is INSIDE:OUTSIDE:SIZE" });
	};
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

/** More than the kernel takes in one map. */
export function countProblems(what: IdKind, ranges: readonly IdRange[]): Problem[] {
	if (ranges.length <= mostLines) return [];
	const message = `a ${what} map has at most ${mostLines} ranges, this one has ${ranges.length}`;
	return [{ code: "MAP_TOO_LONG", message, hint: "use fewer ranges, of more ids each" }];
}

/** The kernel takes a map in one write of less than a page; on arm64 pages may be larger, and the kernel has the word. */
export function textProblems({ uids, gids }: ResolvedMaps): Problem[] {
	const page = 4096;
	const problems: Problem[] = [];
	for (const [what, ranges] of [["user", uids] as const, ["group", gids] as const]) {
		const size = ranges.reduce((sum, range) => sum + written(range).length + 1, 0);
		if (size < page) continue;
		problems.push({
			code: "MAP_TOO_LONG",
			message: `the ${what} map is a text of ${size} bytes, and the kernel takes less than ${page}`,
			hint: "use fewer ranges",
		});
	}
	return problems;
}

/** Ids that there are not in the caller's own user namespace. */
export function unknownProblems(kind: IdKind, ranges: readonly IdRange[], known: readonly IdSpan[]): Problem[] {
	const problems: Problem[] = [];
	for (const range of ranges) {
		const missing = missingFrom(range, known);
		if (!missing) continue;
		problems.push({
			code: "MAP_NOT_THERE",
			message: `the ${kind} range ${written(range)}: there is no ${kind} ${span(missing)} in the caller's user namespace`,
			hint: `/proc/self/${wordsOf[kind].map} lists those that there are: ${known.slice(0, 4).map(span).join(", ") || "none"}`,
		});
	}
	return problems;
}

const span = ({ first, count }: IdSpan): string => (count === 1 ? `${first}` : `${first} to ${first + count - 1}`);

/** Ids that an ordinary user has no line for. */
export function ownedProblems(kind: IdKind, ranges: readonly IdRange[], own: Own, sight: IdSight): Problem[] {
	const self = kind === "user" ? own.uid : own.gid;
	const others = ranges.filter(({ outside, size }) => outside !== self || size !== 1);
	if (others.length === 0) return [];
	const { file, option } = wordsOf[kind];
	const { spans, source, wrong } = sight.subids(kind, own);
	const who = own.name ?? String(own.uid);
	const problems: Problem[] = [];
	for (const range of others) {
		const missing = missingFrom(range, spans);
		if (!missing) continue;
		const { first, count } = missing;
		const bad = wrong.length > 0 ? `; nobody can read its line ${wrong.join(", ")}` : "";
		const has = spans.length === 0 ? "none" : spans.slice(0, 4).map(span).join(", ");
		problems.push({
			code: "SUBIDS_NOT_OWNED",
			message: `the ${kind} range ${written(range)}: ${source} has no line ${who}:${first}:${count}${bad}`,
			hint: `${who} may map ${kind} ${self}, and of others ${has}; more, as root: usermod --add-${option} ${first}-${first + count - 1} ${who}, or a line in ${file}`,
		});
	}
	return problems;
}

/** The programs that write the maps of ordinary users, or why there are none. */
export function programsFor(
	kinds: readonly IdKind[],
	sight: IdSight,
): { readonly paths: Partial<Record<IdKind, string>>; readonly problems: Problem[] } {
	const paths: Partial<Record<IdKind, string>> = {};
	const missing: string[] = [];
	const problems: Problem[] = [];
	for (const kind of kinds) {
		const found = sight.program(kind);
		if (!found) missing.push(wordsOf[kind].program);
		else if (found.useless !== undefined) {
			const hint = "map root, self or one other id, or run as root; ns doctor tells more";
			problems.push({ code: "UIDMAP_USELESS", message: `${found.path} cannot map ids: ${found.useless}`, hint });
		} else paths[kind] = found.path;
	}
	if (missing.length > 0) {
		problems.push({
			code: "UIDMAP_MISSING",
			message: `an ordinary user maps other ids than the own with ${missing.join(" and ")}, and there is none here`,
			hint: "install the package uidmap (shadow-utils on Fedora, shadow on Arch), or map root, self or one other id",
		});
	}
	return { paths, problems };
}
