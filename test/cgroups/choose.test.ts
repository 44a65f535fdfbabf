import { describe, expect, test } from "bun:test";
import { chooseGroups } from "../../src/cgroups/choose.ts";
import type { ControlGroups, ResourceOptions } from "../../src/cgroups/types.ts";
import { readResources } from "../../src/cgroups/wanted.ts";
import { groups, legacy, unified } from "./groups.ts";

const chosen = (options: ResourceOptions, machine: ControlGroups) => {
	const { groups: found, lacking } = chooseGroups(readResources(options).wanted, machine);
	return {
		groups: found.map(({ version, parent, enable, evacuate, settings }) => ({
			...{ version, parent },
			...(enable.length > 0 && { enable }),
			...(evacuate && { evacuate }),
			files: settings.map(({ file, value }) => `${file}=${value}`),
		})),
		lacking: lacking.map(({ message }) => message),
		codes: lacking.map(({ code }) => code),
	};
};
const v2 = (...places: ReturnType<typeof unified>[]) => groups({ mode: "v2", unified: places });
const limits = { memory: "1M", pids: 9 };
const files = ["memory.max=1048576", "pids.max=9"];

describe("the place of a group", () => {
	test("is the caller's own group of each hierarchy of v1 that is needed, and no other", () => {
		const machine = groups({ mode: "v1", legacy: [legacy("cpu,cpuacct"), legacy("memory"), legacy("pids")] });
		expect(chosen({ memory: "1M", cpus: 1, cpuWeight: 100 }, machine).groups).toEqual([
			{ version: 1, parent: "/v1/memory", files: ["memory.limit_in_bytes=1048576"] },
			{
				...{ version: 1, parent: "/v1/cpu,cpuacct" },
				files: ["cpu.cfs_period_us=100000", "cpu.cfs_quota_us=100000", "cpu.shares=1024"],
			},
		]);
	});

	test("has processors and nodes in v1 before anybody can enter it", () => {
		const machine = groups({ mode: "v1", legacy: [legacy("cpuset", { processors: "0-7", nodes: "0" })] });
		expect(chosen({ cpuset: "1" }, machine).groups[0]?.files).toEqual(["cpuset.mems=0", "cpuset.cpus=1"]);
		expect(chosen({ memoryNodes: "0" }, machine).groups[0]?.files).toEqual(["cpuset.cpus=0-7", "cpuset.mems=0"]);
	});

	test("is in both versions where each has some of the controllers", () => {
		const machine = groups({
			...{ mode: "hybrid", legacy: [legacy("memory")] },
			unified: [unified("/u", { isRoot: true, controllers: ["pids"] })],
		});
		expect(chosen(limits, machine).groups).toEqual([
			{ version: 1, parent: "/v1/memory", files: ["memory.limit_in_bytes=1048576"] },
			{ version: 2, parent: "/u", enable: ["pids"], files: ["pids.max=9"] },
		]);
	});

	test("is below the own group of v2 where that hands on what is needed, or is the root, which may", () => {
		const enabled = ["memory", "pids"];
		expect(chosen(limits, v2(unified("/own", { enabled }), unified("/"))).groups).toEqual([
			{ version: 2, parent: "/own", files },
		]);
		expect(chosen(limits, v2(unified("/own", { isRoot: true, enabled: ["pids"] }))).groups).toEqual([
			{ version: 2, parent: "/own", enable: ["memory"], files },
		]);
	});

	test("is beside the own group where the one above hands on what is needed and is the caller's", () => {
		const above = unified("/above", { enabled: ["memory", "pids", "cpu"], processes: "none" });
		expect(chosen(limits, v2(unified("/above/own"), above)).groups).toEqual([{ version: 2, parent: "/above", files }]);
		expect(chosen(limits, v2(unified("/above/own", { processes: "caller" }), above)).groups[0]?.parent).toBe("/above");
	});

	test("is below the own group after that was emptied, where nobody but the caller is in it", () => {
		const own = unified("/own", { processes: "caller" });
		const closed = unified("/", { writable: false, enabled: ["memory", "pids"] });
		expect(chosen(limits, v2(own, closed)).groups).toEqual([
			{ version: 2, parent: "/own", enable: ["memory", "pids"], evacuate: true, files },
		]);
	});

	test("needs no controller for what every group of v2 has", () => {
		const own = unified("/own", { controllers: [], controllable: false });
		expect(chosen({ raw: { "cgroup.max.depth": "1" } }, v2(own)).groups).toEqual([
			{ version: 2, parent: "/own", files: ["cgroup.max.depth=1"] },
		]);
	});
});

describe("what cannot be limited", () => {
	const told = (options: ResourceOptions, machine: ControlGroups) => chosen(options, machine).lacking;
	test("is said with the cause", () => {
		expect(told({ memory: "1M" }, groups())).toEqual(["memory cannot be limited here: no control groups are mounted"]);
		expect(told({ memory: "1M" }, v2(unified("/own")))).toEqual([
			"memory cannot be limited here: /own holds other processes than ns too, and hands memory on only when it holds none",
		]);
		expect(told({ memory: "1M" }, v2(unified("/own", { controllers: ["pids"] })))).toEqual([
			"memory cannot be limited here: /own has no controller memory",
		]);
		expect(told({ pids: 1 }, v2(unified("/own", { writable: false })))).toEqual([
			"pids cannot be limited here: the caller may make no group in /own",
		]);
		expect(told({ pids: 1 }, v2(unified("/own", { readOnly: true })))).toEqual([
			"pids cannot be limited here: /own is mounted read-only",
		]);
		expect(told({ pids: 1 }, v2(unified("/own", { controllable: false })))).toEqual([
			"pids cannot be limited here: the caller may not hand pids on to groups below /own",
		]);
		expect(told({ pids: 1 }, groups({ mode: "v2", hidden: true }))).toEqual([
			"pids cannot be limited here: the caller's own group cannot be seen from here",
		]);
	});

	test("is said of v1, too", () => {
		const one = (more: object) => groups({ mode: "v1", legacy: [legacy("pids", more)] });
		expect(told({ pids: 1 }, one({ writable: false }))[0]).toContain("the caller may make no group in /v1/pids");
		expect(told({ pids: 1 }, one({ readOnly: true }))[0]).toContain("/v1/pids is mounted read-only");
		expect(told({ pids: 1 }, one({ directory: undefined }))[0]).toContain("own group of pids cannot be seen");
		expect(told({ memory: "1M" }, one({}))[0]).toContain("no hierarchy has the controller memory: there are pids");
	});

	test("is what only the other version has", () => {
		const old = groups({ mode: "v1", legacy: [legacy("memory"), legacy("devices")] });
		expect(told({ memoryHigh: "1M" }, old)[0]).toContain("the controller memory belongs to control groups v1 here");
		expect(told({ devices: [] }, v2(unified("/own", { isRoot: true })))[0]).toContain("eBPF");
		expect(told({ devices: [] }, old)).toEqual([]);
		expect(told({ raw: { "io.max": "x" } }, old)[0]).toContain("io.max cannot be limited here");
	});

	test("leaves the rest as it can be had", () => {
		const machine = v2(unified("/own", { isRoot: true, controllers: ["pids"] }));
		expect(chosen(limits, machine)).toMatchObject({
			groups: [{ files: ["pids.max=9"] }],
			lacking: [expect.anything()],
		});
	});

	test("has a code of its own where a scope of systemd's helps", () => {
		const own = unified("/session", { writable: false });
		expect(chosen(limits, { ...v2(own), systemd: true }).codes).toEqual(new Array(2).fill("RESOURCE_NEEDS_SCOPE"));
		expect(chosen(limits, v2(own)).codes).toEqual(new Array(2).fill("RESOURCE_UNAVAILABLE"));
		const mixed = { ...limits, devices: [] };
		expect(chosen(mixed, { ...v2(own), systemd: true }).codes).toEqual(new Array(3).fill("RESOURCE_UNAVAILABLE"));
	});
});

describe("a group that is asked for", () => {
	const hints = (machine: ControlGroups) =>
		chooseGroups(readResources({ pids: 9 }).wanted, machine).lacking.map(({ message, hint }) => `${message}; ${hint}`);

	test("and not there is told, for both versions", () => {
		const wanted = "make it with mkdir, or leave the parent out: then a group is found";
		for (const machine of [
			groups({ mode: "v1", legacy: [legacy("pids", { directory: "/x", absent: true, writable: false })] }),
			v2(unified("/x", { absent: true, writable: false, controllers: [] })),
		])
			expect(hints(machine)).toEqual([`pids cannot be limited here: there is no group /x; ${wanted}`]);
	});

	test("and read-only is mounted again where it is mounted", () => {
		for (const machine of [
			groups({ mode: "v1", legacy: [legacy("pids", { directory: "/m/x", mount: "/m", readOnly: true })] }),
			v2(unified("/m/x", { mount: "/m", readOnly: true })),
		])
			expect(hints(machine)).toEqual([
				"pids cannot be limited here: /m/x is mounted read-only; as root: mount -o remount,rw /m",
			]);
	});
});
