/** The end of a control group: what is in it goes on to its end, what the limits did is told, and it is removed. */
import type { ChosenGroup } from "../cgroups/choose.ts";
import { sizeText } from "../cgroups/values.ts";
import { call, flags, ref } from "../plan/step.ts";
import type { Call, Context, Step } from "../plan/types.ts";
import { add, named, otherOf, parentOf } from "./resources-steps.ts";

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
		// Everything in it ends with its PID namespace anyway, but for what has entered it from elsewhere.
		if (group.version === 2 && creates.has("pid")) calls.push(...writeAtEnd(i, "cgroup.kill", "1"));
		const times = creates.has("pid") ? longPatience : shortPatience;
		calls.push(
			call("unlinkat", [ref(parentOf(i)), named(), flags("AT_REMOVEDIR")], {
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

/**
 * Opens a group when all has ended, but only where it is ours. Digits take many instructions, and a name that is the same for
 * all takes them once.
 */
const openLeft = (i: number): Call =>
	call("openat", [ref(parentOf(i)), named(), flags("O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC")], {
		...{ result: "left", mayFail: true, onlyIfFailed: otherOf(i) },
	});

/** By what is written there all in it end, or go on to their end. */
const writeAtEnd = (i: number, file: string, text: string): Call[] => [
	openLeft(i),
	call("openat", [ref("left"), file, flags("O_WRONLY|O_CLOEXEC")], {
		...{ result: "last", onlyIf: "left", mayFail: true },
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
			openLeft(i),
			call("openat", [ref("left"), file, flags("O_RDONLY|O_CLOEXEC")], {
				...{ result: "events", onlyIf: "left", mayFail: true },
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
