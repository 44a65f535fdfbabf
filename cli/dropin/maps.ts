/** The id maps of unshare(1): ranges, and the one id of the caller that goes between them. Pure. */
import type { IdRange } from "../../src/namespaces/idmap.ts";

/** A range whose place inside is the first that is free. */
export interface OpenRange {
	readonly inside: number | "auto";
	readonly outside: number;
	readonly size: number;
}

const lastWord = 0xffffffff;

/** `INSIDE:OUTSIDE:COUNT` or `OUTSIDE,INSIDE,COUNT`; `undefined` for what is neither. */
export function rangeOf(text: string): OpenRange | undefined {
	const colons = /^\s*([+-]?\d+):\s*([+-]?\d+):\s*([+-]?\d+)$/.exec(text);
	const commas = /^\s*([+-]?\d+),\s*([+-]?\d+),\s*([+-]?\d+)$/.exec(text);
	const [, first, second, size] = (colons ?? commas ?? []).map((digits) => Number(digits) >>> 0);
	if (first === undefined || second === undefined || size === undefined) return undefined;
	return colons ? { inside: first, outside: second, size } : { inside: second, outside: first, size };
}

/** The ranges of /proc/self/uid_map or gid_map, each id as itself. */
export function kernelRanges(text: string): OpenRange[] {
	const ranges: OpenRange[] = [];
	for (const line of text.split("\n")) {
		const [start, , size] = line.trim().split(/\s+/).map(Number);
		if (start !== undefined && size !== undefined) ranges.unshift({ inside: start, outside: start, size });
	}
	return ranges;
}

/**
 * Ranges with a place for the caller's own id among them: `inside` is what it is to be, `undefined` where it is not
 * mapped by itself. A range that reaches over either number is taken apart there, and gives up its last id for it. Ranges
 * without a place begin at 0.
 */
export function withOwn(ranges: readonly OpenRange[], outside: number, inside: number | undefined): IdRange[] {
	const made: IdRange[] = [];
	const own = inside === undefined ? undefined : { inside, outside };
	for (const range of ranges) {
		const start = range.inside === "auto" || range.inside === lastWord ? 0 : range.inside;
		made.unshift(...around({ inside: start, outside: range.outside, size: range.size }, own));
	}
	if (own) made.unshift({ ...own, size: 1 });
	return made;
}

/** A range without the two numbers of one id. */
function around(range: IdRange, own: { inside: number; outside: number } | undefined): IdRange[] {
	if (!own) return range.size > 0 ? [range] : [];
	const touches = (first: number, id: number) => id >= first && id <= first + range.size;
	const overlaps = touches(range.outside, own.outside) || touches(range.inside, own.inside);
	const size = overlaps ? range.size - 1 : range.size;
	const before = (first: number, id: number) => Math.min(id > first ? id - first : 0, size);
	const cuts = [before(range.outside, own.outside), before(range.inside, own.inside)].sort((a, b) => a - b);
	const pieces: IdRange[] = [];
	let { inside: nextInside, outside: nextOutside } = range;
	let done = 0;
	for (const end of [...cuts, size]) {
		const count = end - done;
		if (count > 0) pieces.push({ inside: nextInside, outside: nextOutside, size: count });
		nextInside += count;
		nextOutside += count;
		if (nextInside === own.inside) nextInside++;
		if (nextOutside === own.outside) nextOutside++;
		done = end;
	}
	return pieces;
}
