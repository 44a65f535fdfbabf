import { describe, expect, test } from "bun:test";
import { signedNumber, wholeNumber } from "../../cli/numbers.ts";

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
});
