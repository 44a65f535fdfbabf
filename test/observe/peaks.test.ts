import { expect, test } from "bun:test";
import { Peaks, peaksOf } from "../../src/observe/peaks.ts";

test("`peaksOf` reads what a status tells, in bytes and counts", () => {
	const status = "Name:\tVmPeak: 9\nVmPeak:\t    3404 kB\nVmHWM:\t     960 kB\nFDSize:\t64\n";
	expect(peaksOf(status)).toEqual([
		{ type: "limit", resource: "memory", peak: 960 * 1024 },
		{ type: "limit", resource: "addressSpace", peak: 3404 * 1024 },
		{ type: "limit", resource: "openFiles", peak: 64 },
	]);
	expect(peaksOf("Name:\tkthread\n")).toEqual([]);
});

test("`Peaks` keeps the largest of each", () => {
	const peaks = new Peaks();
	for (const value of [1, 3, 2]) peaks.add("cpu", value);
	expect(peaks.events()).toEqual([{ type: "limit", resource: "cpu", peak: 3 }]);
});
