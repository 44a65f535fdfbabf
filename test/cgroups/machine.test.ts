import { expect, test } from "bun:test";
import { machineProblems } from "../../src/cgroups/machine.ts";
import type { ResourceOptions } from "../../src/cgroups/types.ts";
import { readResources } from "../../src/cgroups/wanted.ts";
import { groups } from "./groups.ts";

const told = (options: ResourceOptions): string[] =>
	machineProblems(readResources(options).wanted, groups({ processors: "0-1", memory: 1 << 30 })).map(
		({ message }) => message,
	);

test("what the machine has not cannot be a limit", () => {
	expect(told({ memory: "1G", cpus: 2, cpuset: "0,1" })).toEqual([]);
	expect(told({ memory: "2G", memoryHigh: "1.5G", cpus: 2.5, cpuset: "1-2" })).toEqual([
		"cpuset cannot be limited to 1-2: this machine has the processors 0-1",
		"memory cannot be limited to 2G: this machine has 1G",
		"memoryHigh cannot be limited to 1536M: this machine has 1G",
		"cpus cannot be limited to 2.5: this machine has 2",
	]);
	expect(told({ memory: "max", cpus: "max", swap: "9T" })).toEqual([]);
});
