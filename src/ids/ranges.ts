/** Ranges of ids: put in order, joined, and found a place for. */
import type { IdRange } from "../namespaces/idmap.ts";
import { type IdSpan, lastId } from "./types.ts";

/** By their ids inside, those that go on where the one before ends on both sides being one. Ranges must not overlap. */
export function joined(ranges: readonly IdRange[]): IdRange[] {
	const made: IdRange[] = [];
	for (const range of ranges.toSorted((a, b) => a.inside - b.inside)) {
		const before = made.at(-1);
		if (before && follows(before, range)) made[made.length - 1] = { ...before, size: before.size + range.size };
		else made.push(range);
	}
	return made;
}

const follows = (before: IdRange, { inside, outside }: IdRange): boolean =>
	before.inside + before.size === inside && before.outside + before.size === outside;

/** Ranges in which one id outside stands alone, as newuidmap(1) wants it of the caller's own. */
export function withAlone(ranges: readonly IdRange[], outside: number): IdRange[] {
	const made: IdRange[] = [];
	for (const range of ranges) {
		const before = outside - range.outside;
		if (before < 0 || before >= range.size) {
			made.push(range);
			continue;
		}
		const pieces = [
			{ ...range, size: before },
			{ inside: range.inside + before, outside, size: 1 },
			{ inside: range.inside + before + 1, outside: outside + 1, size: range.size - before - 1 },
		];
		for (const piece of pieces) if (piece.size > 0) made.push(piece);
	}
	return made;
}

/** What of `spans` is in none of `taken`, each id once, in the order in which they first come. */
export function without(spans: readonly IdSpan[], taken: readonly IdSpan[]): IdSpan[] {
	const used = [...taken];
	const made: IdSpan[] = [];
	for (const span of spans) {
		const pieces = cut(span, used);
		made.push(...pieces);
		used.push(...pieces);
	}
	return made;
}

/** A span without others, from its first id on. */
function cut({ first, count }: IdSpan, others: readonly IdSpan[]): IdSpan[] {
	const made: IdSpan[] = [];
	const end = first + count;
	let at = first;
	for (const other of others.toSorted((a, b) => a.first - b.first)) {
		if (other.first > at) {
			const until = Math.min(other.first, end);
			if (until > at) made.push({ first: at, count: until - at });
		}
		at = Math.max(at, other.first + other.count);
	}
	if (at < end) made.push({ first: at, count: end - at });
	return made;
}

/** Places for these ids: one behind the other from `start` on, in what is free inside. What has no place is left out. */
export function placed(spans: readonly IdSpan[], start: number, given: readonly IdRange[]): IdRange[] {
	const taken = given.map(({ inside, size }) => ({ first: inside, count: size }));
	const free = cut({ first: start, count: lastId + 1 - start }, taken);
	const made: IdRange[] = [];
	let hole = free.shift();
	for (let { first, count } of spans) {
		while (count > 0 && hole) {
			const size = Math.min(count, hole.count);
			made.push({ inside: hole.first, outside: first, size });
			first += size;
			count -= size;
			hole = size === hole.count ? free.shift() : { first: hole.first + size, count: hole.count - size };
		}
	}
	return made;
}

/** These ids as themselves. */
export const themselves = (spans: readonly IdSpan[]): IdRange[] =>
	spans.map(({ first, count }) => ({ inside: first, outside: first, size: count }));

/** What of a range's ids outside is in none of these spans, the first of it. */
export function missingFrom({ outside, size }: IdRange, spans: readonly IdSpan[]): IdSpan | undefined {
	return cut({ first: outside, count: size }, spans)[0];
}
