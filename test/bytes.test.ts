import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fromBytes, splitStrings, toBytes } from "../src/bytes.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.fromHex(hex.replaceAll(" ", ""));
/** Any bytes, with pieces of UTF-8, good and bad, more often than chance would bring them. */
const anyBytes = fc
	.array(
		fc.oneof(
			fc.uint8Array({ maxLength: 8 }),
			fc.string({ unit: "binary", maxLength: 4 }).map((text) => new TextEncoder().encode(text)),
			fc.constantFrom(
				...["ff", "c3", "e2 82", "f0 9f 98", "ed a0 80", "ed b2 80", "c0 80", "f4 90 80 80", "ef bb bf"].map(bytes),
			),
		),
		{ maxLength: 12 },
	)
	.map((pieces) => Uint8Array.from(pieces.flatMap((piece) => [...piece])));

describe("`fromBytes` and `toBytes`", () => {
	test("give any bytes back", () => {
		fc.assert(
			fc.property(anyBytes, (given) => {
				expect(toBytes(fromBytes(given))).toEqual(given);
			}),
			{ numRuns: 2000 },
		);
	});

	test("give any text of whole characters back, in UTF-8", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				expect(toBytes(text)).toEqual(new TextEncoder().encode(text));
				expect(fromBytes(toBytes(text))).toBe(text);
			}),
		);
	});

	const table: readonly [string, string, string][] = [
		["plain text", "61 62", "ab"],
		["text in UTF-8", "c3 a9 e2 82 ac f0 9f 98 80", "é€😀"],
		["a byte order mark, which is kept", "ef bb bf 61", "\ufeffa"],
		["a NUL", "61 00 62", "a\0b"],
		["a byte that is never part of UTF-8", "61 ff 62", "a\udcffb"],
		["Latin-1", "e9", "\udce9"],
		["a character that is cut off", "e2 82", "\udce2\udc82"],
		["a character after a stray byte", "82 c3 a9", "\udc82é"],
		["an encoded surrogate, which UTF-8 forbids", "ed b2 80", "\udced\udcb2\udc80"],
		["an overlong NUL", "c0 80", "\udcc0\udc80"],
	];
	for (const [what, hex, text] of table) {
		test(`agree on ${what}`, () => {
			expect(fromBytes(bytes(hex))).toBe(text);
			expect(toBytes(text)).toEqual(bytes(hex));
		});
	}

	test("write other lone surrogates as U+FFFD, as every encoder does", () => {
		expect(toBytes("a\ud800b\udc7f")).toEqual(bytes("61 efbfbd 62 efbfbd"));
	});
});

describe("`splitStrings`", () => {
	test("takes each string up to its NUL", () => {
		const split = (text: string) => splitStrings(new TextEncoder().encode(text));
		expect(split("A=1\0B=2\0")).toEqual(["A=1", "B=2"]);
		expect(split("A=1\0B=2")).toEqual(["A=1", "B=2"]);
		expect(split("")).toEqual([]);
		expect(split("\0")).toEqual([""]);
		expect(split("\0\0a\0")).toEqual(["", "", "a"]);
		expect(split("a\0\0")).toEqual(["a", ""]);
	});

	test("gives back what was joined, whatever the bytes", () => {
		fc.assert(
			fc.property(fc.array(anyBytes), (given) => {
				const texts = given.map((one) => one.filter((byte) => byte !== 0));
				const joined = Uint8Array.from(texts.flatMap((one) => [...one, 0]));
				expect(splitStrings(joined).map(toBytes)).toEqual(texts);
			}),
		);
	});
});
