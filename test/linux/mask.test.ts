import { describe, expect, test } from "bun:test";
import { emptyMask, hasBit } from "../../src/linux/mask.ts";

describe("`hasBit`", () => {
	const bitsOf = (mask: string): number[] => Array.from({ length: 64 }, (_, i) => i).filter((i) => hasBit(mask, i));

	test("finds the bits of each digit, from the last one on", () => {
		expect(bitsOf("0000000000000001")).toEqual([0]);
		expect(bitsOf("8000000000000010")).toEqual([4, 63]);
		expect(bitsOf("0000000100002400")).toEqual([10, 13, 32]);
		expect(bitsOf(emptyMask)).toEqual([]);
		expect(bitsOf("ffffffffffffffff")).toHaveLength(64);
	});
});
