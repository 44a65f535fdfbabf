import { call, flags, step, writeFile } from "../plan/step.ts";
import type { Arg, Call, Fragment, Problem, Step } from "../plan/types.ts";

/** A policy of the scheduler; the real-time ones have a priority from 1 to 99. sched(7). */
export type Scheduler = "other" | "batch" | "idle" | { readonly policy: "fifo" | "rr"; readonly priority: number };

/** A class of the I/O scheduler; `level` goes from 0, the first, to 7, the last. ioprio_set(2). */
export type IoPriority = "idle" | { readonly class: "best-effort" | "realtime"; readonly level: number };

export interface PriorityOptions {
	/** The nice value, from -20 to 19; less than the caller's takes CAP_SYS_NICE. setpriority(2). */
	readonly nice?: number | undefined;
	/** The scheduling policy; the real-time ones take CAP_SYS_NICE. sched_setscheduler(2). */
	readonly scheduler?: Scheduler | undefined;
	/** The I/O priority; real-time takes CAP_SYS_NICE. ioprio_set(2). */
	readonly io?: IoPriority | undefined;
	/**
	 * The processors to run on, by number from 0 to 8191. The kernel leaves out those it does not have, and refuses
	 * only when none remains. sched_setaffinity(2).
	 */
	readonly affinity?: readonly number[] | undefined;
	/** How readily the kernel ends it when memory is short, from -1000 to 1000; less than the caller's takes CAP_SYS_RESOURCE. proc_pid_oom_score_adj(5). */
	readonly oomScoreAdjust?: number | undefined;
}

/** The highest number of a processor: CONFIG_NR_CPUS is 8192 at most. */
const lastProcessor = 8191;

/**
 * What share of the machine the command gets: of the processors, of the disks, and when memory is short. Set first of
 * all, with the caller's rights, which a new user namespace would take away; the processes around the command have the
 * same, as with nice(1).
 *
 * @example
 * ```ts
 * import { priority, sandbox } from "nskit";
 * const box = sandbox(priority({ nice: 19, scheduler: "batch", affinity: [0] }));
 * console.log(box.spawnSync(["nice"], { stdout: "pipe" }).stdout?.toString()); // 19
 * ```
 */
export function priority(options: PriorityOptions): Fragment {
	return {
		module: "priority",
		needsImage: true,
		problems: () => priorityProblems(options),
		steps: () => prioritySteps(options),
	};
}

const policies = {
	other: "SCHED_OTHER",
	batch: "SCHED_BATCH",
	idle: "SCHED_IDLE",
	fifo: "SCHED_FIFO",
	rr: "SCHED_RR",
} as const;

/** IOPRIO_CLASS_RT, IOPRIO_CLASS_BE and IOPRIO_CLASS_IDLE stand above the 13 bits of the level. */
const ioClasses = { realtime: 1, "best-effort": 2, idle: 3 } as const;
const ioClassShift = 13;

function prioritySteps({ nice, scheduler, io, affinity, oomScoreAdjust }: PriorityOptions): Step[] {
	const steps: Step[] = [];
	const add = (does: string, why: string, man: string, ...calls: Call[]): void => {
		steps.push(step({ phase: "priority", module: "priority", does, why, man, calls }));
	};
	if (affinity) {
		const list = processorSet(affinity);
		add(
			"choose the processors to run on",
			"asked for; those that the kernel does not have are left out",
			"sched_setaffinity(2)",
			call("sched_setaffinity", [0, list.bytes.length, list]),
		);
	}
	if (scheduler !== undefined) {
		const { policy, level } =
			typeof scheduler === "string"
				? { policy: scheduler, level: 0 }
				: { policy: scheduler.policy, level: scheduler.priority };
		const parameter = { bytes: [level, 0, 0, 0], shows: `{sched_priority=${level}}` };
		add(
			"choose the scheduling policy",
			"asked for; before the nice value, which some policies go by",
			"sched_setscheduler(2)",
			call("sched_setscheduler", [0, flags(policies[policy]), parameter]),
		);
	}
	if (nice !== undefined) {
		add("set the nice value", "asked for", "setpriority(2)", call("setpriority", [flags("PRIO_PROCESS"), 0, nice]));
	}
	if (io !== undefined) {
		const { name, level } = io === "idle" ? { name: io, level: 0 } : { name: io.class, level: io.level };
		const value = (ioClasses[name] << ioClassShift) | level;
		add(
			`set the I/O priority to ${name}${io === "idle" ? "" : `, level ${level}`}`,
			"asked for",
			"ioprio_set(2)",
			call("ioprio_set", [flags("IOPRIO_WHO_PROCESS"), 0, value]),
		);
	}
	if (oomScoreAdjust !== undefined) {
		add(
			"set the OOM score adjustment",
			"while /proc is the caller's, and before a process that cannot be traced may not write there any more",
			"proc_pid_oom_score_adj(5)",
			...writeFile(null, "/proc/self/oom_score_adj", String(oomScoreAdjust)),
		);
	}
	return steps;
}

/** A bit for each processor, as long as the highest number needs, in whole words of 64 bits. */
function processorSet(numbers: readonly number[]): Extract<Arg, { readonly bytes: unknown }> {
	let highest = 0;
	for (const number of numbers) highest = Math.max(highest, number);
	const bytes = new Array<number>(8 * (Math.floor(highest / 64) + 1)).fill(0);
	for (const number of numbers) bytes[number >> 3] = (bytes[number >> 3] ?? 0) | (1 << (number & 7));
	return { bytes, shows: `[${numbers.join(" ")}]` };
}

function priorityProblems({ nice, scheduler, io, affinity, oomScoreAdjust }: PriorityOptions): Problem[] {
	const problems: Problem[] = [];
	const range = (what: string, value: number | undefined, least: number, most: number): void => {
		if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
		const hint = `it is a whole number from ${least} to ${most}`;
		problems.push({ code: "PRIORITY_OUT_OF_RANGE", message: `${what} cannot be ${value}`, hint });
	};
	range("the nice value", nice, -20, 19);
	range("the OOM score adjustment", oomScoreAdjust, -1000, 1000);
	if (typeof scheduler === "object") range("a real-time priority", scheduler.priority, 1, 99);
	if (typeof io === "object") range("the level of an I/O priority", io.level, 0, 7);
	for (const number of affinity ?? []) range("the number of a processor", number, 0, lastProcessor);
	if (affinity?.length === 0) {
		problems.push({ code: "AFFINITY_EMPTY", message: "there is no processor to run on", hint: "name at least one" });
	}
	return problems;
}
