import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOf, decimalOf, numbersOf, sizeText } from "../../src/cgroups/values.ts";

describe("values of limits", () => {
	test("sizes have units of 1,024, and fractions only with one", () => {
		expect(["0", "4096", "256M", "1.5G", "0.5K", "2T", 7].map(bytesOf)).toEqual([
			...[0, 4096, 268435456, 1610612736, 512, 2199023255552, 7],
		]);
	});

	test("whatever else looks like a size is none", () => {
		const wrong = [
			"",
			"M",
			"-1",
			"+1",
			"1m",
			"1MB",
			"1 M",
			" 1",
			"01",
			"1.",
			".5G",
			"1.5",
			"1e3",
			"0x10",
			"９",
			"1,5G",
		];
		expect([...wrong, "9007199254740993", "99999999T", -1, 1.5, Number.NaN].map(bytesOf)).toEqual(
			new Array(wrong.length + 5).fill(undefined),
		);
	});

	test("decimal numbers have neither sign nor exponent", () => {
		expect(["0", "0.5", "2", "1.25"].map(decimalOf)).toEqual([0, 0.5, 2, 1.25]);
		expect(["", "-1", "1e1", ".5", "5.", "00.5", "Infinity", "0,5"].map(decimalOf)).toEqual(
			new Array(8).fill(undefined),
		);
	});

	test("lists are numbers and ranges", () => {
		expect(numbersOf("0-2,7,1")).toEqual([0, 1, 2, 7]);
		const wrong = ["", ",", "1-", "-1", "2-1", "a", "0-8192", "1,,2", "1 ,2", "01"];
		expect(wrong.map(numbersOf)).toEqual(wrong.map(() => undefined));
	});

	test("a size is written so that it is read as the same", () => {
		fc.assert(fc.property(fc.maxSafeNat(), (bytes) => bytesOf(sizeText(bytes)) === bytes));
		expect([268435456, 1536, 5].map(sizeText)).toEqual(["256M", "1536", "5"]);
	});
});
