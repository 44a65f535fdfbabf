import { describe, expect, test } from "bun:test";
import { byteSize, signedNumber, wholeNumber } from "../../cli/numbers.ts";

const slips = ["", " ", "1 ", " 1", "+1", "01", "00", "1.0", "1e3", "0x1", "1_0", "1x", "x", "٣", "1\n", "--1", "-"];

describe("numbers", () => {
	test("are digits and nothing else", () => {
		expect(slips.map(wholeNumber)).toEqual(slips.map(() => undefined));
		expect(["0", "7", "4294967295", "9007199254740991"].map(wholeNumber)).toEqual([0, 7, 4294967295, 2 ** 53 - 1]);
		expect(["-1", "9007199254740992", "9".repeat(40)].map(wholeNumber)).toEqual([undefined, undefined, undefined]);
	});

	test("may have one minus sign where that is meant", () => {
		expect([...slips, "-0", "-01", "- 1"].map(signedNumber).every((value) => value === undefined)).toBe(true);
		expect(["-1", "0", "19", "-1000"].map(signedNumber)).toEqual([-1, 0, 19, -1000]);
	});

	test("of bytes may have a unit", () => {
		expect(["0", "1K", "64M", "2G", "8T"].map(byteSize)).toEqual([0, 1024, 64 * 2 ** 20, 2 ** 31, 2 ** 43]);
		const wrong = [...slips, "K", "1k", "1KB", "1 K", "-1K", "1KK", "9007199254740991T", "1P"];
		expect(wrong.map(byteSize)).toEqual(wrong.map(() => undefined));
	});
});
