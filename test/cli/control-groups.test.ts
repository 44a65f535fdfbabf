import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { readProfile } from "../../cli/fragments.ts";
import { optionsOf } from "../../cli/options.ts";

function read(...words: string[]) {
	const { given, rest, problems } = readArgv([...words, "true"], optionsOf("run"));
	const { profile, problems: more } = readProfile(given, rest, "/work");
	return { resources: profile.resources, problems: [...problems, ...more].map(({ message }) => message) };
}

describe("the options of a control group", () => {
	test("become the options of the module, each under its word", () => {
		const { resources, problems } = read(
			...["--memory", "256M", "--memory-high", "1M", "--memory-low", "2M", "--swap", "0", "--cpus", "0.5"],
			...["--cpu-weight", "50", "--cpuset", "0-1", "--memory-nodes", "0", "--pids", "64", "--io-weight", "9"],
			...["--cgroup-set", "memory.oom.group=1", "--cgroup-set", "a.b=c=d", "--cgroup-parent", "/x"],
			...["--limits-best-effort", "--device-allow", "standard", "--device-allow", "/dev/fuse"],
		);
		expect(problems).toEqual([]);
		expect(resources).toEqual({
			...{ memory: "256M", memoryHigh: "1M", memoryLow: "2M", swap: "0", cpus: "0.5", cpuWeight: 50, cpuset: "0-1" },
			...{ memoryNodes: "0", pids: 64, ioWeight: 9, raw: { "memory.oom.group": "1", "a.b": "c=d" }, parent: "/x" },
			...{ bestEffort: true, devices: ["standard", "/dev/fuse"], io: undefined },
		});
	});

	test("are put together by device", () => {
		const { resources, problems } = read(
			...["--io-read", "8:0:10M", "--io-read", "8:0:5iops", "--io-write", "/dev/a:b:1K", "--io-write", "8:0:7"],
		);
		expect(problems).toEqual([]);
		expect(resources).toMatchObject({
			io: [
				{ device: "8:0", readBytes: "10M", readOperations: 5, writeBytes: "7" },
				{ device: "/dev/a:b", writeBytes: "1K" },
			],
		});
	});

	test("know max and none", () => {
		expect(read("--pids", "max", "--device-allow", "none").resources).toMatchObject({ pids: "max", devices: [] });
	});

	test("are not there when none is given", () => {
		expect(read("--uts").resources).toBeUndefined();
	});

	for (const words of [
		["--pids", "1x"],
		["--pids", "-1"],
		["--cpu-weight", "1.5"],
		["--io-read", "10M"],
		["--io-read", "8:0:xiops"],
		["--io-read", ":5"],
		["--io-read", "8:0:"],
		["--io-read", "8:0:5", "--io-read", "8:0:6"],
		["--cgroup-set", "nothing"],
		["--cgroup-set", "=1"],
		["--device-allow", "none", "--device-allow", "standard"],
	])
		test(`refuse ${words.join(" ")}`, () => {
			expect(read(...words).problems).toHaveLength(1);
		});
});
