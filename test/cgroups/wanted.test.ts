import { describe, expect, test } from "bun:test";
import type { ResourceOptions } from "../../src/cgroups/types.ts";
import { isDevice, readResources } from "../../src/cgroups/wanted.ts";

const codes = (options: ResourceOptions): string[] => readResources(options).problems.map(({ code }) => code);
const refused = (options: object): string | undefined => readResources(options as ResourceOptions).problems[0]?.code;

describe("limits that are asked for", () => {
	test("are read in the order in which they are set", () => {
		const { wanted, problems } = readResources({
			...{ pids: 64, cpus: "0.5", swap: 0, memory: "256M", cpuset: "0-1", raw: { "memory.oom.group": "1" } },
			...{ io: [{ device: "8:0", readBytes: "10M", writeOperations: 5 }], devices: ["standard", "c 10:229 rw"] },
		});
		expect(problems).toEqual([]);
		expect(wanted.map(({ name }) => name)).toEqual([
			...(["cpuset", "memory", "swap", "cpus", "pids", "io", "devices", "raw"] as const),
		]);
		expect(wanted[1]).toEqual({ name: "memory", bytes: 268435456 });
		expect(wanted[5]).toEqual({ name: "io", device: "8:0", rates: { readBytes: 10485760, writeOperations: 5 } });
	});

	test("that are too small to run anything are refused as such", () => {
		expect(codes({ memory: 0, pids: 0, cpus: 0, memoryHigh: "4K" })).toEqual(new Array(4).fill("RESOURCE_TOO_SMALL"));
		expect(codes({ memory: "512K", pids: 1, cpus: 0.01, swap: 0 })).toEqual([]);
	});

	for (const [name, values] of Object.entries({
		memory: ["", "1X", "-1", -1, "256MB", 1.5, "Max"],
		swap: ["x", -1],
		cpus: ["", "1/2", -1, Number.NaN, Number.POSITIVE_INFINITY, "all", 9000],
		cpuWeight: [0, 10001, 1.5, Number.NaN],
		ioWeight: [0, 10001],
		pids: [-1, 1.5, 4194305, Number.NaN, "1"],
		cpuset: ["", "x", "3-1"],
		memoryNodes: ["-1"],
		io: [
			[{ device: "sda", readBytes: 1 }],
			[{ device: "8:0", readBytes: "0" }],
			[{ device: "8:0", readOperations: 0 }],
		],
		devices: [["/dev/null"], ["c 1:3 mwr"], ["a"], ["c 1:3"], ["c 1:3 rwm\nc 1:5 rwm"]],
		parent: ["mine", "/a/../b", "/./a", ""],
		raw: [
			{ "../x": "1" },
			{ "cgroup.procs": "1" },
			{ "cgroup.freeze": "1" },
			{ tasks: "1" },
			{ release_agent: "/x" },
			{ notify_on_release: "1" },
			{ "memory/max": "1" },
			{ "memory.max": "" },
			{ "memory.max": "1\n2" },
			{ "memory.max": "1\0" },
			{ "MEMORY.max": "1" },
		],
	})) {
		for (const value of values)
			test(`cannot be ${name} ${JSON.stringify(value)}`, () => {
				expect(refused({ [name]: value })).toStartWith("RESOURCE_INVALID");
			});
	}

	test("contradict each other where one is never reached", () => {
		expect(codes({ memory: "1M", memoryHigh: "2M" })).toEqual(["RESOURCE_INVALID"]);
		expect(codes({ memory: "2M", memoryHigh: "1M" })).toEqual([]);
	});

	test("name devices by two numbers", () => {
		expect(["8:0", "259:12", "8", "8:", "08:0", "8:0 ", "/dev/sda"].map(isDevice)).toEqual([
			...[true, true, false, false, false, false, false],
		]);
	});
});
