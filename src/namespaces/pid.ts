import { newMount } from "../mounts/calls.ts";
import { call, ref, step, writeFile } from "../plan/step.ts";
import type { Context, Fragment, Problem, Step } from "../plan/types.ts";
import { type NamespaceOptions, needsNamespace, use } from "./use.ts";

export interface PidOptions extends NamespaceOptions {
	/**
	 * A process of ours, of a few kilobytes, is PID 1: it reaps what the command leaves behind and passes signals on to
	 * the command, which is PID 2. With `false` the command is PID 1 itself, and the kernel ignores signals to it that it
	 * has no handler for.
	 * @default true
	 */
	readonly init?: boolean;
	/**
	 * The highest process id, and by that the most processes and threads at a time, from 301 on. Unlike RLIMIT_NPROC it
	 * counts for the machine's user 0 as well. Linux 6.14.
	 * @default as outside
	 */
	readonly max?: number;
}

/**
 * A PID namespace: the processes inside see only each other, and all of them end with its PID 1. pid_namespaces(7).
 *
 * @example
 * ```ts
 * import { mount, pid, sandbox } from "nskit";
 * sandbox(pid(), mount()).spawnSync(["ps", "ax"]); // init, ps
 * ```
 */
export function pid(options: PidOptions = {}): Fragment {
	return {
		module: "pid",
		...use("pid", options),
		init: options.init,
		problems: (context) => [
			...needsNamespace("pid", context, "INIT_WITHOUT_PID", options.init === undefined ? [] : ["init"]),
			...(options.max === undefined ? [] : maxProblems(options.max, context)),
		],
		steps: ({ creates }) => (options.max === undefined || !creates.has("pid") ? [] : [limitIds(options.max)]),
	};
}

/** The kernel keeps the lowest 300 for its own, and knows no more than four million. */
const [fewest, most] = [301, 4194304];

/** The first kernel in which each PID namespace has its own. */
export const pidMaxSince = 614;

function maxProblems(max: number, { host, creates }: Context): Problem[] {
	const problems: Problem[] = [];
	if (!(Number.isInteger(max) && max >= fewest && max <= most)) {
		const hint = `it is a whole number from ${fewest} to ${most}`;
		problems.push({ code: "PID_MAX_INVALID", message: `the highest process id cannot be ${max}`, hint });
	}
	if (!creates.has("pid")) {
		const message = "the highest process id is that of a PID namespace, and none is made";
		problems.push({ code: "PID_MAX_WITHOUT_PID", message, hint: "add --pid, or pid() in the library" });
	}
	if (host.kernel < pidMaxSince) {
		const message = `a highest process id for each PID namespace needs Linux 6.14, and this is ${host.kernelRelease}`;
		problems.push({ code: "KERNEL_TOO_OLD", message, hint: "limit processes with --rlimit nproc=N" });
	}
	return problems;
}

/** Through a /proc of its own, attached nowhere: the one at /proc may be read-only, or somebody else's. */
const limitIds = (max: number): Step =>
	step({
		phase: "tree",
		module: "pid",
		does: `let no process id be above ${max}`,
		why: "so there can be no more processes and threads than that",
		man: "pid_namespaces(7)",
		calls: [
			...newMount("proc", "ids", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC"),
			...writeFile("ids", "sys/kernel/pid_max", String(max)),
			call("close", [ref("ids")]),
		],
	});
