import { describe, expect, test } from "bun:test";
import type { ControlGroups, ResourceOptions } from "../../src/cgroups/types.ts";
import { net, pid, plan, resources, user } from "../../src/index.ts";
import { callText } from "../../src/plan/text.ts";
import type { Fragment, Host, Plan } from "../../src/plan/types.ts";
import { groups, legacy, unified } from "../cgroups/groups.ts";
import { command, rootHost } from "../plan/fixtures.ts";

const v1 = groups({ mode: "v1", legacy: [legacy("memory"), legacy("pids")], mounts: ["/sys/fs/cgroup"] });
const v2 = groups({ mode: "v2", unified: [unified("/own", { enabled: ["memory", "pids"] })] });

function planned(options: ResourceOptions, machine: ControlGroups, ...more: Fragment[]): Plan {
	const host: Host = { ...rootHost, controlGroups: () => machine };
	return plan([resources(options), ...more], { host, command });
}

const calls = (made: Plan, phase: string): string[] =>
	made.steps
		.filter((step) => step.module === "resources" && step.phase === phase)
		.flatMap((step) => step.calls.map(callText));

describe("limits in a plan", () => {
	test("of v1: groups by descriptor, entered by the command's process itself", () => {
		const made = planned({ memory: "1M", pids: 5 }, v1, pid());
		expect(made).toMatchObject({ helper: true, stays: true, forks: true });
		expect(calls(made, "cgroup").filter((one) => one.startsWith("mkdirat"))).toEqual([
			'mkdirat($group.0.parent, "nskit-$self", 0755)',
			'mkdirat($group.1.parent, "nskit-$self", 0755)',
		]);
		expect(calls(made, "birth")).toEqual(['write($group.0.door, "0", 1)', 'write($group.1.door, "0", 1)']);
		expect(calls(made, "clean").filter((one) => one.startsWith("unlinkat"))).toHaveLength(2);
		expect(calls(made, "clean").join()).not.toContain("cgroup.kill");
	});

	test("of v2: the command is born in its group", () => {
		const made = planned({ memory: "1M", pids: 5 }, v2, pid());
		expect(calls(made, "birth")).toEqual([]);
		const fork = made.steps.flatMap((step) => step.calls).find(({ name }) => name === "clone3");
		expect(fork && callText(fork)).toContain("CLONE_INTO_CGROUP");
		expect(calls(made, "clean").join()).toContain("cgroup.kill");
	});

	test("of v2: who becomes another user before the fork enters by what was opened before", () => {
		const ids = [{ inside: 0, outside: 100000, size: 1000 }];
		const made = planned({ pids: 5 }, v2, pid(), user({ uids: ids, gids: ids }));
		expect(calls(made, "birth")).toEqual(['write($group.0.door, "0", 1)']);
		expect(calls(made, "cgroup").join()).toContain(
			'openat($group.0, "cgroup.procs", O_WRONLY|O_CLOEXEC) = $group.0.door',
		);
	});

	test("everything of a group is killed only where all in it end anyway", () => {
		expect(calls(planned({ pids: 5 }, v2, net()), "clean").join()).not.toContain("cgroup.kill");
	});

	test("a group that was there before is not ended, and not removed", () => {
		const made = planned({ pids: 5 }, v2, pid());
		const before = made.steps.flatMap((step) => (step.phase === "helper" ? step.calls : []));
		const looked = before.findIndex(({ result }) => result === "group.0.other");
		expect(looked).toBeGreaterThan(before.findIndex(({ result }) => result === "self"));
		expect(before.findIndex(({ child }) => child === "helper")).toBeGreaterThan(looked);
		const clean = made.steps.flatMap((step) => (step.phase === "clean" ? step.calls : []));
		for (const one of clean.filter(
			({ name, onlyIf }) => (name === "openat" && onlyIf !== "left") || name === "unlinkat",
		))
			expect(one.onlyIfFailed).toBe("group.0.other");
		expect(clean.filter(({ name }) => name === "unlinkat")).toHaveLength(1);
	});

	test("the helper has its name before it is there, so that nobody takes it for the command", () => {
		const calls = planned({ pids: 5 }, v2).steps.flatMap((step) => (step.who === "outer" ? step.calls : []));
		const at = calls.findIndex(({ child }) => child === "helper");
		const names = [calls[at - 1], calls[at + 1]].map((one) => one && callText(one));
		expect(names).toEqual([expect.stringContaining('"ns-helper"'), expect.stringContaining('"ns"')]);
	});

	test("control groups are read-only inside only where the mounts are the command's own", () => {
		expect(calls(planned({ pids: 5 }, v1, pid()), "death")).toEqual([]);
	});

	test("what cannot be had is a problem, or left out when asked for", () => {
		expect(() => planned({ pids: 5 }, groups())).toThrow("pids cannot be limited here: no control groups are mounted");
		const made = planned(
			{ pids: 5, memory: "1M", bestEffort: true },
			groups({ mode: "v1", legacy: [legacy("memory")] }),
		);
		expect(made.reduced).toEqual([
			"pids cannot be limited here: no hierarchy has the controller pids: there are memory",
		]);
		expect(calls(made, "cgroup").join()).toContain("memory.limit_in_bytes");
	});
});
