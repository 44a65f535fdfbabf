import { describe, expect, test } from "bun:test";
import { bundleHead, unbundled } from "../../src/stats/bundle.ts";
import { pressureOf, statsOf } from "../../src/stats/parse.ts";
import type { StatFile } from "../../src/stats/types.ts";

const files = (texts: Readonly<Record<string, string>>): StatFile[] =>
	Object.entries(texts).map(([name, text]) => ({ name, text }));

const second = files({
	"cpu.stat":
		"usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 40\nnr_throttled 12\nthrottled_usec 700000\n",
	"memory.current": "4096\n",
	"memory.peak": "8192\n",
	"memory.max": "268435456\n",
	"memory.swap.peak": "0\n",
	"memory.events": "low 0\nhigh 7\nmax 3\noom 1\noom_kill 1\noom_group_kill 0\n",
	"io.stat": "8:0 rbytes=100 wbytes=200 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=1 wios=1\n",
	"pids.current": "3\n",
	"pids.peak": "12\n",
	"pids.max": "64\n",
	"pids.events": "max 5\n",
	"memory.pressure":
		"some avg10=1.50 avg60=0.20 avg300=0.00 total=300\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=200\n",
});

describe("files of version 2", () => {
	test("become numbers with one unit each", () => {
		const stats = statsOf(second, { wall: 2000 });
		expect(stats.from).toBe("cgroup");
		expect(stats.time).toEqual({ wall: 2000, user: 1000, system: 500 });
		expect(stats.memory).toMatchObject({
			peak: 8192,
			limit: 268435456,
			limitHits: 3,
			highHits: 7,
			outOfMemoryKills: 1,
		});
		expect(stats.processes).toEqual({ current: null, peak: 12, limit: 64, limitHits: 5 });
		expect(stats.cpu).toEqual({ periods: 40, throttled: 12, throttledTime: 700000 });
		expect(stats.io).toEqual({ read: 101, written: 202 });
		expect(stats.outOfMemory).toBe(true);
	});

	test("what is used now is told while the command runs, and not afterwards", () => {
		expect(statsOf(second, { live: true }).memory.current).toBe(4096);
		expect(statsOf(second, { live: true }).processes.current).toBe(3);
		expect(statsOf(second).memory.current).toBeNull();
	});

	test("no limit is `max`, and is not missing", () => {
		const stats = statsOf(files({ "memory.max": "max\n", "pids.max": "max\n" }));
		expect(stats.memory.limit).toBeNull();
		expect(stats.processes.limit).toBeNull();
		expect(stats.missing).not.toContain("memory.limit");
		expect(stats.missing).not.toContain("processes.limit");
	});

	test("events count as told only where the kernel tells them", () => {
		expect(statsOf(files({ "memory.events": "low 0\nhigh 0\nmax 0\n" })).outOfMemory).toBeNull();
		expect(statsOf(files({ "memory.events": "oom_kill 0\n" })).outOfMemory).toBe(false);
	});
});

const firstVersion = files({
	"cpu.stat": "nr_periods 4\nnr_throttled 2\nthrottled_time 5000000\nnr_bursts 0\nburst_time 0\n",
	"cpuacct.usage_user": "1500000\n",
	"cpuacct.usage_sys": "2499600\n",
	"memory.usage_in_bytes": "1\n",
	"memory.max_usage_in_bytes": "2097152\n",
	"memory.limit_in_bytes": "9223372036854771712\n",
	"memory.failcnt": "9\n",
	"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
	"pids.peak": "1\n",
	"blkio.throttle.io_service_bytes_recursive": "8:0 Read 10\n8:0 Write 20\n8:0 Total 30\n8:1 Read 1\nTotal 31\n",
});

describe("files of version 1", () => {
	test("become the same numbers", () => {
		const stats = statsOf(firstVersion);
		expect(stats.time).toEqual({ wall: null, user: 1500, system: 2500 });
		expect(stats.memory).toMatchObject({ peak: 2097152, limit: null, limitHits: 9, outOfMemoryKills: 2 });
		expect(stats.cpu).toEqual({ periods: 4, throttled: 2, throttledTime: 5000 });
		expect(stats.io).toEqual({ read: 11, written: 20 });
	});

	test("what version 1 does not tell is named, and never 0", () => {
		const stats = statsOf(firstVersion);
		expect(stats.memory.swapPeak).toBeNull();
		expect(stats.memory.highHits).toBeNull();
		expect(stats.pressure).toEqual({ cpu: null, memory: null, io: null });
		expect(stats.missing).toEqual(
			expect.arrayContaining(["time.wall", "memory.swapPeak", "memory.highHits", "processes.limitHits", "pressure.io"]),
		);
		expect(stats.missing).not.toContain("memory.limit");
		expect(stats.missing).not.toContain("memory.current");
	});

	test("a hybrid machine has a cpu.stat of either, and both count", () => {
		const both = [...firstVersion, { name: "cpu.stat", text: "usage_usec 3\nuser_usec 2\nsystem_usec 1\n" }];
		const stats = statsOf(both);
		expect(stats.time).toMatchObject({ user: 2, system: 1 });
		expect(stats.cpu.throttledTime).toBe(5000);
	});
});

describe("without a control group", () => {
	test("what wait4(2) tells is told, and the peak of all together is not", () => {
		const stat = "7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 900 900 3 12 20 0 1 0 5 0 0\n";
		const stats = statsOf([{ name: "process.stat", text: stat }], { wall: 5 });
		expect(stats.from).toBe("processes");
		expect(stats.time).toEqual({ wall: 5, user: 30_000, system: 120_000 });
		expect(stats.memory).toMatchObject({ peak: null, outOfMemoryKills: null });
		expect(stats.io).toEqual({ read: null, written: null });
		expect(stats.outOfMemory).toBeNull();
		expect(stats.missing).toContain("memory.peak");
	});
});

describe("what the kernel never writes", () => {
	test.each(["-1\n", "1.5\n", "0x10\n", "1e3\n", "", "\n", "12 34\n", "9".repeat(40), "NaN\n", "١\n"])(
		"%j is no number",
		(text) => {
			const stats = statsOf(files({ "memory.peak": text, "pids.peak": text }));
			expect([stats.memory.peak, stats.processes.peak]).toEqual([null, null]);
		},
	);

	test.each(["oom_kill -1\n", "oom_kill\n", " oom_kill 1\n", "oom_kill 1 2\n", "xoom_kill 1\n"])(
		"%j is no line",
		(text) => {
			expect(statsOf(files({ "memory.events": text })).outOfMemory).toBeNull();
		},
	);
});

describe("pressure", () => {
	const line = (who: string) => `${who} avg10=12.34 avg60=0.05 avg300=100.00 total=987\n`;
	const numbers = { avg10: 12.34, avg60: 0.05, avg300: 100, total: 987 };

	test("has two lines, or one", () => {
		expect(pressureOf(line("some") + line("full"))).toEqual({ some: numbers, full: numbers });
		expect(pressureOf(line("some"))).toEqual({ some: numbers, full: null });
	});

	test.each([undefined, "", "some\n", "some avg10=x avg60=0.05 avg300=0.00 total=1\n"])("%j is none", (text) => {
		expect(pressureOf(text)).toBeNull();
	});
});

describe("a bundle", () => {
	test("gives back the files that were put in, without those that could not be read", () => {
		const stream = `${bundleHead("memory.peak")}12\n${bundleHead("pids.peak")}${bundleHead("cpu.stat")}a 1\nb 2\n`;
		expect(unbundled(stream)).toEqual([
			{ name: "memory.peak", text: "12\n" },
			{ name: "cpu.stat", text: "a 1\nb 2\n" },
		]);
	});

	test.each(["", "\x1e", "\x1ename", "\x1e\n12\n", "no separator"])("%j holds nothing", (stream) => {
		expect(unbundled(stream)).toEqual([]);
	});
});
