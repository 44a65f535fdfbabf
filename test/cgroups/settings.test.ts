import { describe, expect, test } from "bun:test";
import { controllerOf, settingsOf } from "../../src/cgroups/settings.ts";
import type { ResourceOptions, Version } from "../../src/cgroups/types.ts";
import { readResources } from "../../src/cgroups/wanted.ts";

function written(options: ResourceOptions, version: Version): string[] {
	const { wanted } = readResources(options);
	const lines: string[] = [];
	for (const one of wanted) {
		for (const { file, value, otherwise } of settingsOf(one, version, wanted))
			lines.push(`${file}=${value}${otherwise ? ` or ${otherwise.file}=${otherwise.value}` : ""}`);
	}
	return lines;
}

describe("what is written for limits", () => {
	test("of memory and swap, in an order that the kernel takes", () => {
		const both = { memory: "256M", swap: "64M" };
		expect(written(both, 2)).toEqual(["memory.max=268435456", "memory.swap.max=67108864"]);
		expect(written(both, 1)).toEqual(["memory.limit_in_bytes=268435456", "memory.memsw.limit_in_bytes=335544320"]);
		expect(written({ memory: "max", swap: 0 }, 1)).toEqual([
			"memory.limit_in_bytes=-1",
			"memory.memsw.limit_in_bytes=-1",
		]);
		expect(written({ memory: "max", swap: "max" }, 2)).toEqual(["memory.max=max", "memory.swap.max=max"]);
		expect(written({ memoryHigh: "1M", memoryLow: 0 }, 2)).toEqual(["memory.high=1048576", "memory.low=0"]);
		expect(written({ memoryHigh: "1M", memoryLow: 0 }, 1)).toEqual([]);
	});

	test("of processors", () => {
		expect(written({ cpus: 0.5 }, 2)).toEqual(["cpu.max=50000 100000"]);
		expect(written({ cpus: "1.25" }, 1)).toEqual(["cpu.cfs_period_us=100000", "cpu.cfs_quota_us=125000"]);
		expect(written({ cpus: 0.01 }, 2)).toEqual(["cpu.max=1000 100000"]);
		expect(written({ cpus: "max" }, 2)).toEqual(["cpu.max=max 100000"]);
		expect(written({ cpus: "max" }, 1)).toEqual(["cpu.cfs_period_us=100000", "cpu.cfs_quota_us=-1"]);
		expect([1, 100, 10_000].map((cpuWeight) => written({ cpuWeight }, 1)[0])).toEqual([
			...["cpu.shares=10", "cpu.shares=1024", "cpu.shares=102400"],
		]);
		expect(written({ cpuWeight: 50 }, 2)).toEqual(["cpu.weight=50"]);
		for (const version of [1, 2] as const)
			expect(written({ cpuset: "0-1", memoryNodes: "0" }, version)).toEqual(["cpuset.cpus=0-1", "cpuset.mems=0"]);
	});

	test("of processes", () => {
		expect(written({ pids: 64 }, 1)).toEqual(["pids.max=64"]);
		expect(written({ pids: "max" }, 2)).toEqual(["pids.max=max"]);
	});

	test("of block devices", () => {
		const io = [{ device: "8:0", readBytes: "1M", writeBytes: 5, readOperations: 10, writeOperations: 20 }];
		expect(written({ io }, 2)).toEqual(["io.max=8:0 rbps=1048576 wbps=5 riops=10 wiops=20"]);
		expect(written({ io }, 1)).toEqual([
			"blkio.throttle.read_bps_device=8:0 1048576",
			"blkio.throttle.write_bps_device=8:0 5",
			"blkio.throttle.read_iops_device=8:0 10",
			"blkio.throttle.write_iops_device=8:0 20",
		]);
		expect(written({ ioWeight: 10_000 }, 2)).toEqual(["io.weight=default 10000 or io.bfq.weight=1000"]);
		expect(written({ ioWeight: 1 }, 1)).toEqual(["blkio.bfq.weight=1 or blkio.weight=10"]);
	});

	test("of devices: nothing but what is allowed, and only in v1", () => {
		expect(written({ devices: ["c 10:229 rwm"] }, 1)).toEqual(["devices.deny=a", "devices.allow=c 10:229 rwm"]);
		expect(written({ devices: [] }, 1)).toEqual(["devices.deny=a"]);
		expect(written({ devices: ["standard"] }, 1)).toContain("devices.allow=c 1:3 rwm");
		expect(written({ devices: [] }, 2)).toEqual([]);
	});

	test("as it stands, in the version that has it", () => {
		const one = (file: string) => ({ name: "raw", file, value: "1" }) as const;
		expect([1, 2].map((version) => controllerOf(one("io.max"), version as Version))).toEqual([undefined, "io"]);
		expect([1, 2].map((version) => controllerOf(one("blkio.x"), version as Version))).toEqual(["blkio", undefined]);
		expect([1, 2].map((version) => controllerOf(one("cgroup.max.depth"), version as Version))).toEqual([
			...[undefined, "cgroup"],
		]);
		expect(written({ raw: { "memory.oom.group": "1" } }, 2)).toEqual(["memory.oom.group=1"]);
	});
});
