import { describe, expect, test } from "bun:test";
import { type LayerRecord, placeProblems, readRecord, recordText } from "../../src/overlay/record.ts";

const record: LayerRecord = { version: 1, lower: "/srv/\udcff", xattrs: "user", id: "0123456789abcdef".repeat(2) };

describe("`readRecord`", () => {
	test("reads what `recordText` writes, also a name that is no text", () => {
		expect(readRecord(recordText(record))).toEqual(record);
		expect(recordText(record)).toEndWith("\n");
	});

	test("takes nothing else", () => {
		const wrong: unknown[] = [
			...[null, 1, "x", [], {}, { ...record, version: 2 }, { ...record, version: "1" }, { ...record, more: 1 }],
			...[
				{ ...record, lower: "srv" },
				{ ...record, lower: "/a\0b" },
				{ ...record, lower: 1 },
			],
			...[
				{ ...record, xattrs: "other" },
				{ ...record, id: "../x" },
				{ ...record, id: `${record.id}0` },
			],
			...[
				{ ...record, id: undefined },
				{ version: 1, lower: "/" },
			],
		];
		for (const one of wrong) expect([one, readRecord(JSON.stringify(one))]).toEqual([one, undefined]);
		for (const text of ["", "{", "layer", "\0"]) expect(readRecord(text)).toBeUndefined();
	});
});

describe("`placeProblems`", () => {
	test("are there where one directory lies in the other", () => {
		const cases: [string, string, boolean][] = [
			["/a", "/b", true],
			["/a", "/ab", true],
			["/ab", "/a", true],
			["/a", "/a", false],
			["/a/b", "/a", false],
			["/a", "/a/b", false],
			["/a", "/", false],
			["/", "/a", false],
		];
		for (const [dir, lower, fine] of cases) {
			expect([dir, lower, placeProblems(dir, lower).length === 0]).toEqual([dir, lower, fine]);
		}
		expect(placeProblems("/a/b", "/a")[0]?.message).toBe("the layer /a/b lies inside /a, the directory it is for");
	});
});
