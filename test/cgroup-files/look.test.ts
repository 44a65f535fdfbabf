import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { lookAtControlGroups } from "../../src/cgroup-files/look.ts";
import { numbersOf } from "../../src/cgroups/values.ts";
import { textUpTo } from "../../src/descriptors.ts";
import { needs } from "../needs.ts";

needs("linux")("what is seen of this machine is what it has", () => {
	const { mode, legacy, unified, processors, memory, mounts } = lookAtControlGroups();
	expect(numbersOf(processors)?.length).toBeGreaterThan(0);
	expect(memory).toBeGreaterThan(1 << 20);
	expect(mode === "none").toBe(mounts.length === 0);
	for (const { directory, controllers } of legacy) {
		expect(controllers.length).toBeGreaterThan(0);
		if (directory !== undefined) expect(existsSync(`${directory}/tasks`)).toBe(true);
	}
	for (const { directory, processes } of unified.slice(0, 1)) {
		expect(textUpTo(`${directory}/cgroup.procs`, 1 << 20)?.split("\n")).toContain(`${process.pid}`);
		expect(processes).not.toBe("none");
	}
});

needs("linux")("a group that does not exist is none that can be written to", () => {
	const { legacy, unified } = lookAtControlGroups(`/nskit-none-${process.pid}`);
	expect([...legacy, ...unified].filter(({ writable }) => writable)).toEqual([]);
});

needs("linux")("nothing is read that has no end", () => {
	expect(textUpTo("/dev/zero", 1 << 20)).toBeUndefined();
	expect(textUpTo("/no/such/file", 1 << 20)).toBeUndefined();
});
