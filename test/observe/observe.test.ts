import { describe, expect, test } from "bun:test";
import { observe } from "../../src/observe/observe.ts";
import { PlanError } from "../../src/plan/errors.ts";
import { plan } from "../../src/plan/plan.ts";
import { planText } from "../../src/plan/text.ts";
import type { Fragment, Host } from "../../src/plan/types.ts";
import { lifetime } from "../../src/process/lifetime.ts";

const host: Host = {
	...({ platform: "linux", arch: "x64", kernel: 618, kernelRelease: "6.18.0", pid: 10, parent: 9 } as const),
	...{ uid: 1000, gid: 1000, privileged: false },
};
const command = { argv: ["true"], env: [], cwd: "/" };

const made = (more: Partial<Host> = {}, fragments: readonly Fragment[] = [], channel: number | undefined = 3) =>
	plan([lifetime({ dieWithParent: true }), observe({ socket: 4, ready: 5 }), ...fragments], {
		...{ host: { ...host, ...more }, command, channel },
	});

/** The calls of its steps. */
const calls = (more: Partial<Host> = {}) =>
	made(more).steps.flatMap((one) => (one.module === "observe" ? one.calls : []));

describe("`observe`", () => {
	test("sets the filter, hands the listener over, and closes all of it", () => {
		expect(calls().map(({ name, args }) => [name, args[0]])).toEqual([
			["prctl", { flags: "PR_SET_DUMPABLE" }],
			["seccomp", { flags: "SECCOMP_SET_MODE_FILTER" }],
			["sendmsg", 4],
			["close", { ref: "listener" }],
			["close", 4],
			["close", 5],
		]);
		expect(planText(made())).toContain("gain no privileges any more");
	});

	test("lets no signal interrupt a call that is looked at, where the kernel can", () => {
		const how = (kernel: number) => calls({ kernel }).find(({ name }) => name === "seccomp")?.args[1];
		expect(how(519)).toEqual({ flags: "SECCOMP_FILTER_FLAG_NEW_LISTENER|SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" });
		expect(how(518)).toEqual({ flags: "SECCOMP_FILTER_FLAG_NEW_LISTENER" });
	});

	test("comes behind everything but signals, a filter of the sandbox's own, and the command", () => {
		const { steps } = made();
		const after = steps.slice(steps.findLastIndex(({ module }) => module === "observe") + 1);
		const modules = after.filter(({ who }) => who === "command").map(({ module }) => module);
		expect([...new Set(modules)]).toEqual(["signals", "command"]);
		expect(planText(made())).toContain("hand the listener to the observer");
	});

	test("does not let others look into a process that joins them", () => {
		const joining = made({}, [{ module: "net", namespace: { kind: "net", use: "join", target: 7 }, steps: () => [] }]);
		const dumpable = joining.steps.filter(({ does }) => does === "let the caller look into this process");
		expect(dumpable).toEqual([]);
	});

	test("takes somebody who observes, and one command", () => {
		const problems = (make: () => unknown) => {
			try {
				make();
			} catch (error) {
				if (error instanceof PlanError) return error.problems.map(({ code }) => code);
				throw error;
			}
			return [];
		};
		const without = { host, command };
		expect(problems(() => plan([observe({ socket: 4, ready: 5 })], without))).toEqual(["OBSERVE_NEEDS_SPAWN"]);
		const daemon = [lifetime({ daemon: true }), observe({ socket: 4, ready: 5 })];
		expect(problems(() => plan(daemon, { ...without, channel: 3 }))).toContain("OBSERVE_ONE_COMMAND");
	});
});
