import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { measure, timing } from "../../cli/measure.ts";

describe("`measure`", () => {
	test("runs every case once in each round, after the rounds that do not count", () => {
		const order: string[] = [];
		const rounds: number[] = [];
		const cases = ["a", "b"].map((name) => ({ name, run: () => void order.push(name) }));
		const timings = measure(cases, 3, 2, (done) => rounds.push(done));
		expect(order.join("")).toBe("ababababab");
		expect(rounds).toEqual([-1, 0, 1, 2, 3]);
		expect(timings.map(({ name, runs }) => [name, runs])).toEqual([
			["a", 3],
			["b", 3],
		]);
	});

	test("measures nothing when there is nothing to run", () => {
		expect(measure([], 5, 1)).toEqual([]);
	});
});

describe("`timing`", () => {
	test("gives median and quartiles, in whatever order the times come", () => {
		expect(timing("x", [5, 1, 4, 2, 3])).toEqual({ name: "x", runs: 5, median: 3, lowerQuartile: 2, upperQuartile: 4 });
		expect(timing("x", [10, 9, 100, 2])).toMatchObject({ median: 10, lowerQuartile: 9, upperQuartile: 100 });
		expect(timing("x", [7])).toEqual({ name: "x", runs: 1, median: 7, lowerQuartile: 7, upperQuartile: 7 });
		expect(timing("x", [])).toEqual({ name: "x", runs: 0, median: 0, lowerQuartile: 0, upperQuartile: 0 });
	});

	test("does not change the times, and lets no more than a quarter be beyond a quartile", () => {
		fc.assert(
			fc.property(fc.array(fc.nat(1000), { minLength: 1 }), (times) => {
				const before = [...times];
				const { lowerQuartile, median, upperQuartile } = timing("x", times);
				expect(times).toEqual(before);
				expect(times.filter((one) => one < lowerQuartile).length).toBeLessThanOrEqual(times.length / 4);
				expect(times.filter((one) => one > upperQuartile).length).toBeLessThanOrEqual(times.length / 4);
				expect(times.filter((one) => one < median).length).toBeLessThanOrEqual(times.length / 2);
				expect(times.filter((one) => one > median).length).toBeLessThanOrEqual(times.length / 2);
			}),
		);
	});
});
