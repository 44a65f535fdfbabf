import { describe, expect, test } from "bun:test";
import { type PriorityOptions, priority } from "../../src/process/priority.ts";
import { context, texts } from "../plan/fixtures.ts";

const stepsOf = (options: PriorityOptions) => priority(options).steps(context);
const lines = (options: PriorityOptions) => stepsOf(options).flatMap(({ calls }) => texts(calls));
const maskOf = (...affinity: number[]) => {
	const [call] = stepsOf({ affinity }).flatMap(({ calls }) => calls);
	const mask = call?.args[2];
	if (!mask || typeof mask !== "object" || !("bytes" in mask)) throw new Error("no mask");
	expect(call?.args[1]).toBe(mask.bytes.length);
	return mask.bytes;
};

describe("`priority`", () => {
	test("is set in the process that is started, before anything else is made", () => {
		const steps = stepsOf({ nice: 1, io: "idle" });
		expect(steps.map(({ phase, who }) => [phase, who])).toEqual([
			["priority", "outer"],
			["priority", "outer"],
		]);
		expect(priority({}).needsImage).toBe(true);
		expect(lines({})).toEqual([]);
	});

	test("sets the policy before the nice value", () => {
		expect(lines({ nice: -3, scheduler: "batch" })).toEqual([
			"sched_setscheduler(0, SCHED_BATCH, {sched_priority=0})",
			"setpriority(PRIO_PROCESS, 0, -3)",
		]);
		expect(lines({ scheduler: { policy: "rr", priority: 7 } })).toEqual([
			"sched_setscheduler(0, SCHED_RR, {sched_priority=7})",
		]);
	});

	test("puts the class of the I/O priority above its level", () => {
		expect(lines({ io: { class: "realtime", level: 2 } })).toEqual(["ioprio_set(IOPRIO_WHO_PROCESS, 0, 8194)"]);
		expect(lines({ io: { class: "best-effort", level: 0 } })).toEqual(["ioprio_set(IOPRIO_WHO_PROCESS, 0, 16384)"]);
		expect(lines({ io: "idle" })).toEqual(["ioprio_set(IOPRIO_WHO_PROCESS, 0, 24576)"]);
	});

	test("has a bit for each processor, in whole words", () => {
		expect(maskOf(0, 1, 3)).toEqual([0b1011, 0, 0, 0, 0, 0, 0, 0]);
		expect(maskOf(63)).toEqual([0, 0, 0, 0, 0, 0, 0, 128]);
		expect(maskOf(64)).toHaveLength(16);
		const most = maskOf(8191);
		expect([most.length, most.at(-1), most.reduce((a, b) => a + b)]).toEqual([1024, 128, 128]);
	});

	test("writes the OOM score adjustment to the caller's /proc", () => {
		expect(lines({ oomScoreAdjust: -17 })).toEqual([
			'openat(AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY|O_CLOEXEC) = $file',
			'write($file, "-17", 3)',
			"close($file)",
		]);
	});
});
