import { describe, expect, test } from "bun:test";
import { statsOf } from "../../src/stats/parse.ts";
import { outOfMemoryText, secondsText, sizeText, statsText } from "../../src/stats/text.ts";

describe("numbers for people", () => {
	test.each([
		[0, "0 B"],
		[1023, "1023 B"],
		[1024, "1.0 KiB"],
		[268435456, "256 MiB"],
		[1610612736, "1.5 GiB"],
		[2 ** 63, "8192 PiB"],
	])("%d bytes", (bytes, text) => expect(sizeText(bytes)).toBe(text));

	test.each([
		[0, "0.000 s"],
		[1500, "0.002 s"],
		[123456789, "123.5 s"],
	])("%d microseconds", (microseconds, text) => expect(secondsText(microseconds)).toBe(text));
});

describe("the table", () => {
	test("has a line for each that is known, and names the rest", () => {
		const files = [
			{ name: "memory.max_usage_in_bytes", text: "1048576\n" },
			{ name: "memory.limit_in_bytes", text: "2097152\n" },
			{ name: "memory.failcnt", text: "4\n" },
			{ name: "memory.oom_control", text: "oom_kill 1\n" },
			{ name: "cpuacct.usage_user", text: "900000000\n" },
			{ name: "cpuacct.usage_sys", text: "100000000\n" },
			{ name: "pids.peak", text: "3\n" },
			{ name: "pids.events", text: "max 2\n" },
			{ name: "cpu.stat", text: "nr_periods 10\nnr_throttled 5\nthrottled_time 2000000\n" },
		];
		const text = statsText(statsOf(files, { wall: 2e6 }));
		expect(text.split("\n").slice(0, 4)).toEqual([
			"     time  2.000 s wall, 0.900 s user, 0.100 s system, 50% cpu",
			"   memory  peak 1.0 MiB, limit 2.0 MiB, 4 times at the limit, 1 killed out of memory",
			"processes  peak 3, 2 times refused at the limit",
			"throttled  5 of 10 periods, held back 0.002 s",
		]);
		expect(text).toContain(" not told  memory.swapPeak, memory.highHits, io.read");
	});

	test("says in one sentence what is not told without a control group", () => {
		expect(statsText(statsOf([], { wall: 1e6 })).split("\n")[1]).toBe(
			"not told  memory, processes, io and pressure: no control group counted them",
		);
	});

	test("has nothing but what is not told where nothing is known", () => {
		expect(statsText(statsOf([]))).toMatch(/^not told {2}time\.wall, .*\n$/);
	});
});

describe("the end for lack of memory", () => {
	const oom = (kills: string, limit: string) =>
		outOfMemoryText(
			statsOf([
				{ name: "memory.events", text: `oom_kill ${kills}\n` },
				{ name: "memory.max", text: limit },
			]),
		);

	test("is one sentence", () => {
		expect(oom("1", "1048576\n")).toBe(
			"out of memory: a process was killed inside with the limit of 1.0 MiB; give more by --memory",
		);
		expect(oom("3", "max\n")).toBe("out of memory: 3 processes were killed inside; give more by --memory");
	});

	test("is said of nothing else", () => {
		expect(oom("0", "1\n")).toBeUndefined();
		expect(outOfMemoryText(statsOf([]))).toBeUndefined();
	});
});
