import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { firstSubordinate, idOf, nameOf } from "../../../cli/dropin/accounts.ts";
import { kernelRanges, rangeOf, withOwn } from "../../../cli/dropin/maps.ts";

test("a range is inside:outside:count or outside,inside,count", () => {
	expect(rangeOf("1:2:3")).toEqual({ inside: 1, outside: 2, size: 3 });
	expect(rangeOf("1,2,3")).toEqual({ inside: 2, outside: 1, size: 3 });
	for (const text of ["", "1", "1:2", "1:2:3:4", "1:2,3", "a:b:c", "1:2:3 "]) expect(rangeOf(text)).toBeUndefined();
});

test("the kernel's map becomes ranges of themselves", () => {
	expect(kernelRanges("         0          0 4294967295\n")).toEqual([{ inside: 0, outside: 0, size: 4294967295 }]);
	expect(kernelRanges("0 1000 1\n1 100000 65536\n")).toEqual([
		{ inside: 1, outside: 1, size: 65536 },
		{ inside: 0, outside: 0, size: 1 },
	]);
});

describe("the caller's own id", () => {
	test("stands first, and takes its place out of the ranges", () => {
		const range = { inside: 0, outside: 100000, size: 65536 } as const;
		expect(withOwn([{ ...range, inside: "auto" }], 1000, 0)).toEqual([
			{ inside: 0, outside: 1000, size: 1 },
			{ inside: 1, outside: 100000, size: 65535 },
		]);
		expect(withOwn([range], 1000, 1000)).toEqual([
			{ inside: 1000, outside: 1000, size: 1 },
			{ inside: 0, outside: 100000, size: 1000 },
			{ inside: 1001, outside: 101000, size: 64535 },
		]);
		expect(withOwn([range], 1000, undefined)).toEqual([range]);
	});

	test("is mapped once, and nothing is mapped twice", () => {
		const id = fc.integer({ min: 0, max: 60 });
		const range = fc.record({ inside: id, outside: id, size: fc.integer({ min: 1, max: 40 }) });
		fc.assert(
			fc.property(range, id, id, (one, outside, inside) => {
				const made = withOwn([one], outside, inside);
				const pairs = made.flatMap((part) =>
					Array.from({ length: part.size }, (_, i) => [part.inside + i, part.outside + i] as const),
				);
				expect(pairs[0]).toEqual([inside, outside]);
				expect(new Set(pairs.map(([a]) => a)).size).toBe(pairs.length);
				expect(new Set(pairs.map(([, b]) => b)).size).toBe(pairs.length);
			}),
		);
	});
});

test("accounts are found by name and number", () => {
	const text = "root:x:0:0::/root:/bin/sh\nodd\nben:x:1000:1000\n";
	expect([idOf(text, "ben"), idOf(text, "odd"), nameOf(text, 0), nameOf(text, 7)]).toEqual([
		1000,
		undefined,
		"root",
		undefined,
	]);
	const subordinate = "ann:5:6\n1000:100000:65536\nben:7:8\n";
	expect(firstSubordinate(subordinate, { name: "ben", id: 1000 })).toEqual({ start: "100000", count: "65536" });
	expect(firstSubordinate(subordinate, { name: "zoe", id: 3 })).toBeUndefined();
});
