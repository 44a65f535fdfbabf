import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { joined, missingFrom, placed, withAlone, without } from "../../src/ids/ranges.ts";
import type { IdSpan } from "../../src/ids/types.ts";
import type { IdRange } from "../../src/namespaces/idmap.ts";

const range = (inside: number, outside: number, size: number): IdRange => ({ inside, outside, size });
const span = (first: number, count: number): IdSpan => ({ first, count });

/** The id outside of each id inside, one by one. */
const pairs = (ranges: readonly IdRange[]): Map<number, number> =>
	new Map(
		ranges.flatMap(({ inside, outside, size }) =>
			Array.from({ length: size }, (_, i): [number, number] => [inside + i, outside + i]),
		),
	);
const idsOf = (spans: readonly IdSpan[]): number[] =>
	spans.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i));

/** Ranges that do not overlap on either side, in any order. */
const apart = fc
	.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(2), fc.nat(2)), { maxLength: 8 })
	.chain((parts) => {
		let [inside, outside] = [0, 0];
		const ranges = parts.map(([size, gapInside, gapOutside]) => {
			const made = range(inside + gapInside, outside + gapOutside, size);
			inside = made.inside + size;
			outside = made.outside + size;
			return made;
		});
		return fc.shuffledSubarray(ranges, { minLength: ranges.length });
	});
const spans = fc.array(fc.record({ first: fc.nat(30), count: fc.integer({ min: 1, max: 8 }) }), { maxLength: 6 });

describe("`joined`", () => {
	test("maps the same ids, in order, with no two ranges that could be one", () => {
		fc.assert(
			fc.property(apart, (ranges) => {
				const made = joined(ranges);
				expect([...pairs(made)].toSorted()).toEqual([...pairs(ranges)].toSorted());
				made.forEach((one, i) => {
					const before = made[i - 1];
					if (!before) return;
					expect(one.inside).toBeGreaterThanOrEqual(before.inside + before.size);
					const follows = before.inside + before.size === one.inside && before.outside + before.size === one.outside;
					expect(follows).toBe(false);
				});
			}),
		);
	});
});

test("`withAlone` leaves every id where it is, and one by itself", () => {
	fc.assert(
		fc.property(apart, fc.nat(20), (ranges, own) => {
			const made = withAlone(ranges, own);
			expect([...pairs(made)].toSorted()).toEqual([...pairs(ranges)].toSorted());
			for (const { outside, size } of made) if (own >= outside && own < outside + size) expect(size).toBe(1);
		}),
	);
});

test("`without` has each id once, and none that is taken", () => {
	fc.assert(
		fc.property(spans, spans, (some, taken) => {
			const used = new Set(idsOf(taken));
			const wanted = [...new Set(idsOf(some))].filter((id) => !used.has(id));
			const made = idsOf(without(some, taken));
			expect(made.toSorted()).toEqual(wanted.toSorted());
		}),
	);
});

test("`placed` gives each id a place of its own, from the first that is free", () => {
	fc.assert(
		fc.property(spans, apart, fc.nat(3), (some, given, start) => {
			const wanted = without(some, []);
			const made = placed(wanted, start, given);
			const insides = [...pairs(made).keys()];
			const free = Array.from({ length: 200 }, (_, i) => start + i).filter((id) => !pairs(given).has(id));
			expect(insides.toSorted((a, b) => a - b)).toEqual(free.slice(0, idsOf(wanted).length));
			expect([...pairs(made).values()]).toEqual(idsOf(wanted));
		}),
	);
});

test("`missingFrom` names the first ids that nobody has", () => {
	expect(missingFrom(range(0, 10, 10), [span(10, 5), span(15, 5)])).toBeUndefined();
	expect(missingFrom(range(0, 10, 10), [span(0, 12), span(14, 100)])).toEqual(span(12, 2));
	expect(missingFrom(range(0, 10, 10), [])).toEqual(span(10, 10));
});
