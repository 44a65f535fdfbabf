import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseDuration } from "../../src/namespaces/duration.ts";

const second = 1_000_000_000n;
const units = {
	ns: 1n,
	us: 1000n,
	ms: 1_000_000n,
	s: second,
	m: 60n * second,
	h: 3600n * second,
	d: 86400n * second,
	w: 604800n * second,
};

const good: readonly [string, bigint][] = [
	["0", 0n],
	["-0", 0n],
	["1", second],
	["+1", second],
	["-1", -second],
	["1.5", 1_500_000_000n],
	["-1.5s", -1_500_000_000n],
	["1d", 86400n * second],
	["+1h30m", 5400n * second],
	["-2h30m", -9000n * second],
	["1w2d3h4m5s6ms7us8ns", 604800n * second + 183845_006_007_008n],
	["1m30", 90n * second],
	["5ms", 5_000_000n],
	["5m", 300n * second],
	["0.000000001", 1n],
	["1.000000000000s", second],
	["1.0ns", 1n],
	["0.5us", 500n],
	["30m1h", 5400n * second],
	["9007199254740993ns", 9007199254740993n],
	["99999999999999999999", 99999999999999999999n * second],
];

const bad = [
	...["", "+", "-", "s", "d1", "1 d", " 1", "1 ", "1x", "1D", "--1", "+-1", "1-2", "1d-2h", ".5", "1.", "1.s", "1..5"],
	...["1.5.5", "1e3", "1,5", "0x10", "Infinity", "NaN", "1s\n", "٣", "0.0000000001", "0.5ns", "1.5ns", "1h30 m"],
];

describe("`parseDuration`", () => {
	for (const [text, nanoseconds] of good) {
		test(`reads ${JSON.stringify(text)} as ${nanoseconds} ns`, () => {
			expect(parseDuration(text)).toBe(nanoseconds);
		});
	}

	for (const text of bad) {
		test(`takes ${JSON.stringify(text)} for no span of time`, () => {
			expect(parseDuration(text)).toBeUndefined();
		});
	}

	const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));

	test("adds up any parts, with the sign before all of them", () => {
		const parts = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), unit), { minLength: 1, maxLength: 5 });
		fc.assert(
			fc.property(parts, fc.constantFrom("", "+", "-"), (some, sign) => {
				const sum = some.reduce((total, [count, name]) => total + count * units[name], 0n);
				const text = sign + some.map(([count, name]) => `${count}${name}`).join("");
				expect(parseDuration(text)).toBe(sign === "-" ? -sum : sum);
			}),
		);
	});

	test("is exact for every decimal fraction down to a nanosecond", () => {
		fc.assert(
			fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (nanoseconds) => {
				const digits = nanoseconds.toString().padStart(10, "0");
				expect(parseDuration(`${digits.slice(0, -9)}.${digits.slice(-9)}`)).toBe(nanoseconds);
			}),
		);
	});

	test("never throws, and takes nothing that has other characters than a span of time", () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789.+-nsumhdw ") })), (text) => {
				const read = parseDuration(text);
				if (!/^[+-]?[\d.nsumhdw]+$/.test(text)) expect(read).toBeUndefined();
				else expect(["bigint", "undefined"]).toContain(typeof read);
			}),
			{ numRuns: 1000 },
		);
	});
});
