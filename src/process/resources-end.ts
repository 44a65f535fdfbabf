/** The end of a control group: what is in it goes on to its end, what the limits did is told, and it is removed. */
import type { ChosenGroup } from "../cgroups/choose.ts";
import { prefix } from "../cgroups/names.ts";
import { sizeText } from "../cgroups/values.ts";
import { call, flags, ref } from "../plan/step.ts";
import type { Call, Context, Step } from "../plan/types.ts";
import { add, otherOf, parentOf } from "./resources-steps.ts";

/** Milliseconds for the last process to be gone: with a PID namespace all are ending, otherwise some may stay. */
const [longPatience, shortPatience] = [5000, 100];

/** Removes the groups; what was ended for want of memory is told. */
export function removeSteps(groups: readonly ChosenGroup[], { creates }: Context, memory: number | "max"): Step[] {
	const calls: Call[] = [];
	const steps: Step[] = [];
	// What is paused does not end before it goes on, and nobody else finds it any more.
	groups.forEach(({ version, controllers }, i) => {
		if (version === 1 && controllers.includes("freezer")) calls.push(...writeAtEnd(i, "freezer.state", "THAWED"));
	});
	groups.forEach((group, i) => {
		if (group.controllers.includes("memory")) steps.push(tellMemory(group, i, memory));
		const remove = { text: [prefix, { ref: "self" }] };
		// Everything in it ends with its PID namespace anyway, but for what has entered it from elsewhere.
		if (group.version === 2 && creates.has("pid")) calls.push(...writeAtEnd(i, "cgroup.kill", "1"));
		const times = creates.has("pid") ? longPatience : shortPatience;
		calls.push(
			call("unlinkat", [ref(parentOf(i)), remove, flags("AT_REMOVEDIR")], {
				mayFail: true,
				onlyIfFailed: otherOf(i),
				retry: { on: "EBUSY", times, every: 1 },
			}),
		);
	});
	steps.push(
		add({
			phase: "clean",
			does: "remove the control groups",
			why: "nothing is left behind; a group that processes were left in on purpose limits them on, and goes with a later run",
			man: "cgroups(7)",
			calls,
		}),
	);
	return steps;
}

/** By what is written there all in it end, or go on to their end, but only where the group is ours. */
const writeAtEnd = (i: number, file: string, text: string): Call[] => [
	call("openat", [ref(parentOf(i)), { text: [prefix, { ref: "self" }, `/${file}`] }, flags("O_WRONLY|O_CLOEXEC")], {
		...{ result: "last", mayFail: true, onlyIfFailed: otherOf(i) },
	}),
	call("write", [ref("last"), text, text.length], { onlyIf: "last", mayFail: true }),
	call("close", [ref("last")], { onlyIf: "last", mayFail: true }),
];

function tellMemory({ version }: ChosenGroup, i: number, memory: number | "max"): Step {
	const file = version === 2 ? "memory.events" : "memory.oom_control";
	const limit = memory === "max" ? "of its memory" : `of ${sizeText(memory)}`;
	const text = `ns: out of memory: the kernel ended a process of the command's at the limit ${limit}\n`;
	return add({
		phase: "clean",
		does: "tell when the kernel has ended processes for want of memory",
		why: "they end as if somebody had killed them",
		man: "cgroups(7)",
		calls: [
			call("openat", [ref(parentOf(i)), { text: [prefix, { ref: "self" }, `/${file}`] }, flags("O_RDONLY|O_CLOEXEC")], {
				result: "events",
				mayFail: true,
				onlyIfFailed: otherOf(i),
			}),
			call("read", [ref("events"), { out: "group.events", size: 512 }, 511], {
				result: "ended",
				onlyIf: "events",
				mayFail: true,
				check: { counts: "group.events", word: "oom_kill" },
			}),
			call("write", [ref("stderr"), text, text.length], { onlyIf: ["ended", "stderr"], mayFail: true }),
		],
	});
}
