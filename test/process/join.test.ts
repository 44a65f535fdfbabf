import { describe, expect, test } from "bun:test";
import { ipc } from "../../src/namespaces/ipc.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { net } from "../../src/namespaces/net.ts";
import { user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { type PlanInput, plan } from "../../src/plan/plan.ts";
import { heldDescriptors, join, joinedDescriptors, targetPath } from "../../src/process/join.ts";
import { context, forRoot, script } from "../plan/fixtures.ts";

describe("`targetPath`", () => {
	test("is a path as it is, or the file of a process", () => {
		expect(targetPath("net", "/run/netns/x")).toBe("/run/netns/x");
		expect(targetPath("mount", 77)).toBe("/proc/77/ns/mnt");
	});
});

describe("`heldDescriptors`", () => {
	test("are those of the joined namespaces", () => {
		const given = [net({ join: { fd: 5 } }), uts({ join: 7 }), ipc({ join: { fd: 4 } }), mount()];
		expect(heldDescriptors(given)).toEqual([5, 4]);
	});
});

describe("`join`", () => {
	test("does nothing when nothing is joined", () => {
		expect(join([net(), uts()]).steps(context)).toEqual([]);
	});

	test("opens all files before it enters anything, untraceable", () => {
		const steps = join([net({ join: 7 }), uts({ join: "/run/u" })]).steps(context);
		expect(script({ ...plan([], forRoot), steps })).toEqual([
			'outer: openat(AT_FDCWD, "/proc/7/ns/net", O_RDONLY|O_CLOEXEC) = $join.net',
			'outer: openat(AT_FDCWD, "/run/u", O_RDONLY|O_CLOEXEC) = $join.uts',
			"outer: prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
			"outer: setns($join.net, CLONE_NEWNET)",
			"outer: setns($join.uts, CLONE_NEWUTS)",
		]);
	});

	test("tries the others before a user namespace, and again after it what was refused", () => {
		const steps = join([mount({ join: 7 }), user({ join: 7 }), net({ join: 7 })]).steps(context);
		const entering = steps.flatMap(({ calls }) => calls).filter(({ name }) => name === "setns");
		expect(
			entering.map(({ args, mayFail, result, onlyIfFailed }) => ({ flag: args[1], mayFail, result, onlyIfFailed })),
		).toEqual([
			{ flag: { flags: "CLONE_NEWNS" }, mayFail: true, result: "entered.mount", onlyIfFailed: undefined },
			{ flag: { flags: "CLONE_NEWNET" }, mayFail: true, result: "entered.net", onlyIfFailed: undefined },
			{ flag: { flags: "CLONE_NEWUSER" }, mayFail: undefined, result: undefined, onlyIfFailed: undefined },
			{ flag: { flags: "CLONE_NEWNS" }, mayFail: undefined, result: undefined, onlyIfFailed: "entered.mount" },
			{ flag: { flags: "CLONE_NEWNET" }, mayFail: undefined, result: undefined, onlyIfFailed: "entered.net" },
		]);
	});

	test("enters all namespaces of one process at once, and one by one only where that is refused", () => {
		const given = [mount({ join: { pidfd: 7 } }), user({ join: { pidfd: 7 } }), net({ join: { pidfd: 7 } })];
		expect(heldDescriptors(given)).toEqual([7]);
		const calls = join(given)
			.steps(context)
			.flatMap((one) => one.calls.filter(({ name }) => name === "setns"));
		expect(calls.map(({ args, mayFail, onlyIfFailed }) => [args[0], args[1], mayFail, onlyIfFailed])).toEqual([
			[7, { flags: "CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWNET" }, ["EPERM"], undefined],
			[7, { flags: "CLONE_NEWNS" }, true, "joined.pidfd.7"],
			[7, { flags: "CLONE_NEWNET" }, true, "joined.pidfd.7"],
			[7, { flags: "CLONE_NEWUSER" }, undefined, "joined.pidfd.7"],
			[7, { flags: "CLONE_NEWNS" }, undefined, ["joined.pidfd.7", "entered.mount"]],
			[7, { flags: "CLONE_NEWNET" }, undefined, ["joined.pidfd.7", "entered.net"]],
		]);
	});

	test("uses the descriptors that an image inherits by the numbers that it has them by", () => {
		const given = [uts({ join: { pidfd: 70 } }), net({ join: { pidfd: 70 } }), ipc({ join: { fd: 80 } })];
		const joined = (more: Partial<PlanInput>) => script(plan(given, { ...forRoot, ...more }));
		expect(joinedDescriptors(given)).toEqual([70, 80]);
		expect(joined({}).filter((line) => /setns|openat|close_range/.test(line))).toEqual([
			"outer: close_range(3, 69, 0)",
			"outer: close_range(71, 79, 0)",
			"outer: close_range(81, ~0U, 0)",
			"outer: setns(70, CLONE_NEWNET|CLONE_NEWUTS)",
			"outer: setns(80, CLONE_NEWIPC)",
			"command: close_range(3, ~0U, 0)",
		]);
		const inherited = (first: number) => [
			`outer: close_range(${first + 2}, ~0U, 0)`,
			`outer: setns(${first}, CLONE_NEWNET|CLONE_NEWUTS)`,
			`outer: setns(${first + 1}, CLONE_NEWIPC)`,
			"command: close_range(4, ~0U, 0)",
		];
		const shown = /setns|openat|close_range\(/;
		expect(joined({ channel: 3 }).filter((line) => shown.test(line))).toEqual(inherited(4));
		expect(joined({ channel: 3, inherit: 6 }).filter((line) => shown.test(line))).toEqual([
			"outer: close_range(4, 5, 0)",
			...inherited(6),
		]);
	});
});
