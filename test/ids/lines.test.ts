/** What is read of files that anybody may have written. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
	accountOfNumber,
	getsubidsLines,
	isOwner,
	mapSpans,
	numberOfName,
	subidLines,
	subidsElsewhere,
} from "../../src/ids/lines.ts";
import { lastId } from "../../src/ids/types.ts";

describe("`subidLines`", () => {
	test("takes what subuid(5) says and counts what means nothing", () => {
		const text =
			"# no\nann:100000:65536\n1000:5:1\n\nann:1\nann:-1:5\nann:+1:5\nann: 1:5\nann:1:0\nann:0x1:5\n:1:1\na:1:2:3\n";
		const { lines, wrong } = subidLines(text);
		expect(lines).toEqual([
			{ owner: "ann", line: 2, first: 100_000, count: 65_536 },
			{ owner: "1000", line: 3, first: 5, count: 1 },
		]);
		expect(wrong).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
	});

	test("takes ids up to the last, and none beyond", () => {
		expect(subidLines("a:4294967294:1\n").lines).toHaveLength(1);
		for (const bad of ["a:4294967295:1", "a:4294967294:2", "a:1:4294967295", "a:99999999999:1", "a:1:1e3"])
			expect(subidLines(bad)).toMatchObject({ lines: [], wrong: [1] });
	});

	test("makes no number beyond the last id of any text", () => {
		fc.assert(
			fc.property(fc.string({ unit: fc.constantFrom(..."ab:019-# \n\r\0") }), (text) => {
				for (const { first, count } of subidLines(text).lines) {
					expect(count).toBeGreaterThan(0);
					expect(first + count - 1).toBeLessThanOrEqual(lastId);
				}
			}),
		);
	});
});

test("`isOwner` knows users by name and by number", () => {
	expect(isOwner("ann", "ann", 7)).toBe(true);
	expect(isOwner("7", "ann", 7)).toBe(true);
	expect(isOwner("007", undefined, 7)).toBe(true);
	expect(isOwner("8", "ann", 7)).toBe(false);
	expect(isOwner("", undefined, 0)).toBe(false);
	expect(isOwner("0x7", undefined, 7)).toBe(false);
	expect(isOwner("7", "nskit", undefined)).toBe(false);
});

test("`getsubidsLines` takes what getsubids(1) writes and nothing else", () => {
	expect(getsubidsLines("0: ann 100000 65536\n1: ann 300000 10\nError: no\n2: ann 1\n3: ann -1 5\n")).toEqual([
		{ first: 100_000, count: 65_536 },
		{ first: 300_000, count: 10 },
	]);
});

test("`mapSpans` takes the ids inside of a map", () => {
	expect(mapSpans("         0       1000          1\n         1     100000      65536\n")).toEqual([
		{ first: 0, count: 1 },
		{ first: 1, count: 65_536 },
	]);
	expect(mapSpans("         0          0 4294967295\n")).toEqual([{ first: 0, count: lastId + 1 }]);
	expect(mapSpans("")).toEqual([]);
});

test("names and numbers of passwd(5) and group(5) are those of the first line that has them", () => {
	const text =
		"root:x:0:0::/:/bin/sh\nann:x:1000:100::/:/bin/sh\nbad:x:-5:1::/:\nann:x:7:7::/:\nno:x:4294967295:1:::\n:x:9:9:::\n";
	expect(numberOfName(text, "ann")).toBe(1000);
	expect(["bad", "no", "", "nobody"].map((name) => numberOfName(text, name))).toEqual([
		...[undefined, undefined, undefined, undefined],
	]);
	expect(accountOfNumber(text, 1000)).toEqual({ name: "ann", gid: 100 });
	expect(accountOfNumber(text, 9)).toBeUndefined();
});

test("`subidsElsewhere` tells where nsswitch.conf(5) names another source first", () => {
	expect(subidsElsewhere("passwd: files sss\n# subid: sss\n")).toBe(false);
	expect(subidsElsewhere("subid: files\n")).toBe(false);
	expect(subidsElsewhere("subid:   sss # theirs\n")).toBe(true);
});
