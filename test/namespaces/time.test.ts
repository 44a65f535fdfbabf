import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Offset, type TimeOptions, time } from "../../src/namespaces/time.ts";
import { codes, context, stepsIn, texts } from "../plan/fixtures.ts";

/** The text that is written for these options. */
function written(options: TimeOptions): unknown {
	const [step] = time(options).steps({ ...context, creates: new Set(["time"]) });
	return step?.calls[1]?.args[1];
}

const table: readonly [Offset, string][] = [
	[0, "0 0"],
	[1, "1 0"],
	[-1, "-1 0"],
	[1.5, "1 500000000"],
	[-1.5, "-2 500000000"],
	["-1.5s", "-2 500000000"],
	["-1ns", "-1 999999999"],
	[-0.000000001, "-1 999999999"],
	["1d", "86400 0"],
	["+1h30m", "5400 0"],
	[86400000000001n, "86400 1"],
	[-1500000000n, "-2 500000000"],
	["-86400.25", "-86401 750000000"],
	[9000000000.5, "9000000000 500000000"],
	[-(2n ** 63n), "-9223372037 145224192"],
];

describe("the offset of a clock", () => {
	for (const [offset, line] of table) {
		test(`is written as ${line} for ${typeof offset} ${offset}`, () => {
			expect(written({ boottime: offset })).toBe(`boottime ${line}\n`);
		});
	}

	test("adds up again, with nanoseconds from 0 to 999999999", () => {
		fc.assert(
			fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (nanoseconds) => {
				const [, seconds = "", rest = ""] = String(written({ monotonic: nanoseconds })).split(/[ \n]/);
				expect(BigInt(seconds) * 1_000_000_000n + BigInt(rest)).toBe(nanoseconds);
				expect(rest).toMatch(/^\d{1,9}$/);
			}),
		);
	});

	test("is refused when it is no number of nanoseconds, or one that no clock can hold", () => {
		const none: Offset[] = [Number.NaN, Number.POSITIVE_INFINITY, "", "soon"];
		const odd = [...none, 1e300, -Number.MAX_VALUE, "300000d", 2n ** 63n, -(2n ** 63n) - 1n];
		for (const monotonic of odd) expect(codes([time({ monotonic })])).toEqual(["OFFSET_NOT_A_TIME"]);
	});
});

describe("`time`", () => {
	test("writes both clocks at once, after the namespace is made", () => {
		const steps = stepsIn("clocks", [time({ monotonic: 1, boottime: "-2" })]);
		expect(steps.flatMap(({ calls }) => texts(calls))).toEqual([
			'openat(AT_FDCWD, "/proc/self/timens_offsets", O_WRONLY|O_CLOEXEC) = $file',
			'write($file, "monotonic 1 0\\nboottime -2 0\\n", 28)',
			"close($file)",
		]);
	});

	test("writes nothing without an offset", () => {
		expect(stepsIn("clocks", [time()])).toEqual([]);
	});
});
