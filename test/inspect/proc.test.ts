import { describe, expect, test } from "bun:test";
import {
	outsideOf,
	parseCgroups,
	parseIdMap,
	parseLimits,
	parseOffsets,
	parseStat,
	parseStatus,
	rightsOf,
	statusFacts,
	withRoots,
} from "../../src/inspect/proc.ts";
import { idInside } from "../../src/targets/ids.ts";

const status = `Name:\tx\\nUid: 9
Umask:\t0022
Pid:\t7
Uid:\t1000\t0\t0\t1000
Gid:\t5\t5\t5\t5
Groups:\t4 24 
NSpid:\t7\t2\t1
Threads:\t3
CapInh:\t0000000000000000
CapPrm:\t0000000000000003
CapEff:\t0000000000000001
CapBnd:\t8000000000000001
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t4
Uid:\t0\t0\t0\t0
`;

describe("the status of a process", () => {
	const fields = parseStatus(status);

	test("tells ids, groups, nested process ids", () => {
		expect(statusFacts(fields)).toEqual({
			...{ pids: [7, 2, 1], uids: [1000, 0, 0, 1000], gids: [5, 5, 5, 5], groups: [4, 24], threads: 3, umask: 0o22 },
		});
	});

	test("tells rights by name, and capabilities without a name by number", () => {
		expect(rightsOf(fields)).toEqual({
			capabilities: {
				effective: ["CAP_CHOWN"],
				permitted: ["CAP_CHOWN", "CAP_DAC_OVERRIDE"],
				inheritable: [],
				bounding: ["CAP_CHOWN", "63"],
				ambient: [],
			},
			...{ noNewPrivileges: true, seccomp: "filter", seccompFilters: 4 },
		});
	});

	test("of an older kernel has less", () => {
		const older = parseStatus(status.replace(/(Umask|NSpid|Seccomp_filters|NoNewPrivs):.*\n/g, ""));
		expect(statusFacts(older)).toMatchObject({ pids: [7] });
		expect(statusFacts(older)).not.toHaveProperty("umask");
		expect(rightsOf(older)).toMatchObject({ noNewPrivileges: false, seccomp: "filter" });
	});

	test("is refused where it is none", () => {
		for (const text of [
			"",
			"Uid:\t1\n",
			status.replace("1000\t0", "1000\tx"),
			status.replace("Threads:\t3", "Threads:\t"),
		])
			expect(() => statusFacts(parseStatus(text))).toThrow(RangeError);
		for (const text of ["", status.replace("0003", "03"), status.replace("Seccomp:\t2", "Seccomp:\t7")])
			expect(() => rightsOf(parseStatus(text))).toThrow(RangeError);
	});
});

describe("`parseStat`", () => {
	const behind = "S 1 2 3 34817 5 0 0 0 0 0 0 0 0 0 20 -5 1 0 777 0";

	test("is not misled by a name", () => {
		for (const name of ["cat", "a) R 9 9 9 9", "(((", "x\n) Z 0", ""]) {
			expect(parseStat(`42 (${name}) ${behind}\n`)).toEqual({
				...{
					state: "S",
					parent: 1,
					processGroup: 2,
					session: 3,
					terminal: { major: 136, minor: 1 },
					nice: -5,
					startTime: 777,
				},
			});
		}
	});

	test("knows no terminal, and large minor numbers", () => {
		expect(parseStat(`1 (x) ${behind.replace("34817", "0")}`)).not.toHaveProperty("terminal");
		const device = (136 << 8) | 0x34 | (0x12 << 20);
		expect(parseStat(`1 (x) ${behind.replace("34817", String(device))}`).terminal).toEqual({
			major: 136,
			minor: 0x1234,
		});
	});

	test("is refused where it is cut short", () => {
		for (const text of ["", "1 (x)", "1 (x) S 1", "1 (x) SS 1 2 3"]) expect(() => parseStat(text)).toThrow(RangeError);
	});
});

test("`parseLimits` reads all units, and leaves out what it does not know", () => {
	const row = (title: string, soft: string, hard: string) =>
		`${title.padEnd(26)}${soft.padEnd(21)}${hard.padEnd(21)}units`;
	const text = [
		"Limit",
		row("Max open files", "64", "128"),
		row("Max cpu time", "unlimited", "unlimited"),
		row("Max new thing", "1", "2"),
	];
	expect(parseLimits(text.join("\n"))).toEqual([
		{ name: "cpu", soft: "unlimited", hard: "unlimited" },
		{ name: "nofile", soft: 64, hard: 128 },
	]);
	expect(() => parseLimits(["Limit", row("Max open files", "a", "128")].join("\n"))).toThrow(RangeError);
});

describe("maps of ids", () => {
	const map = "         0       1000          1\n         1     100000      65536\n";
	const ranges = parseIdMap(map);

	test("are read and followed both ways", () => {
		expect(ranges).toEqual([
			{ inside: 0, outside: 1000, count: 1 },
			{ inside: 1, outside: 100000, count: 65536 },
		]);
		expect([0, 1, 65536, 65537].map((id) => outsideOf(ranges, id))).toEqual([1000, 100000, 165535, undefined]);
		expect([1000, 100000, 165535, 0].map((id) => idInside(id, map))).toEqual([0, 1, 65536, undefined]);
	});

	test("may be empty, and nothing else than numbers", () => {
		expect(parseIdMap("")).toEqual([]);
		for (const text of ["0 1\n", "0 1 2 3\n", "0 a 1\n"]) expect(() => parseIdMap(text)).toThrow(RangeError);
	});
});

test("`parseOffsets` reads seconds before the machine's as well", () => {
	expect(parseOffsets("monotonic           0         0\nboottime           -3 500000000\n")).toEqual([
		{ clock: "monotonic", seconds: 0, nanoseconds: 0 },
		{ clock: "boottime", seconds: -3, nanoseconds: 500_000_000 },
	]);
	expect(() => parseOffsets("realtime 0 0\n")).toThrow(RangeError);
});

describe("cgroups", () => {
	test("are read with any path", () => {
		expect(parseCgroups("4:cpu,cpuacct:/a:b c\n1:name=systemd:/\n0::/x (deleted)\n")).toEqual([
			{ hierarchy: 4, controllers: ["cpu", "cpuacct"], path: "/a:b c" },
			{ hierarchy: 1, controllers: ["name=systemd"], path: "/" },
			{ hierarchy: 0, controllers: [], path: "/x (deleted)" },
		]);
		expect(() => parseCgroups("nonsense\n")).toThrow(RangeError);
	});

	test("tell the root of a namespace where the paths say so", () => {
		const root = (seen: string, inside: string) =>
			withRoots(parseCgroups(`0::${seen}`), parseCgroups(`0::${inside}`))[0]?.root;
		expect(root("/a/b/c", "/c")).toBe("/a/b");
		expect(root("/a/b", "/")).toBe("/a/b");
		expect(root("/", "/")).toBe("/");
		expect(root("/a", "/a")).toBe("/");
		expect(root("/a/b", "/../x")).toBeUndefined();
		expect(root("/../x", "/x")).toBeUndefined();
		expect(root("/a/b", "/c")).toBeUndefined();
		expect(withRoots(parseCgroups("0::/a"), [])[0]?.root).toBeUndefined();
	});
});
