/** When a sandbox ends before its command does, and what is held until then. */
import { constants } from "../linux/constants.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Supervision, Timeout } from "../plan/supervision.ts";
import type { Arg, Session, Step } from "../plan/types.ts";
import { moveTo } from "./lifetime-background.ts";

/**
 * `struct sigevent`. SIGCONT wakes a supervisor that has stopped with its command, which no other signal does; and it comes
 * again every second, because a signal that stops takes a waiting SIGCONT away.
 */
const wake: Arg = {
	bytes: [...Array<number>(8).fill(0), constants.SIGCONT, ...Array<number>(55).fill(0)],
	shows: "{sigev_signo=SIGCONT, sigev_notify=SIGEV_SIGNAL}",
};

/** The steps for locks, the timer, and the end of the parent. */
export function endSteps({ locks, places, timeout, parent }: Supervision, session: Session): Step[] {
	// The relay is the child of who started us; whoever comes behind it is the relay's.
	const behindRelay = session === "pty";
	const steps = locks.map((path, i) => lockStep(path, places.locks[i] ?? 0));
	if (timeout) steps.push(...timerSteps(timeout, places.messages));
	if (parent === 0) steps.push(behindRelay ? { ...unseenParent, phase: "pty" } : unseenParent);
	if (parent !== undefined && places.parent !== undefined && places.signals !== undefined) {
		steps.push(...watchSteps(parent, places.parent, places.signals, behindRelay ? "pty" : "open"));
	}
	return steps;
}

/** A lock of the description, which our children share: F_SETLK's would end with the first close, and with a fork. */
function lockStep(path: string, place: number): Step {
	const flock = { struct: { l_type: { flags: "F_RDLCK" }, l_start: 0, l_len: 0, l_pid: 0 } };
	return step({
		phase: "open",
		module: "lifetime",
		does: `lock ${path}, shared`,
		why: "who wants it for itself alone can see that we live",
		man: "F_OFD_SETLK(2const)",
		calls: [
			call("openat", [flags("AT_FDCWD"), path, flags("O_RDONLY|O_NONBLOCK|O_NOCTTY|O_CLOEXEC")], { result: "lock" }),
			call("fcntl", [ref("lock"), flags("F_OFD_SETLK"), flock]),
			...moveTo("lock", place),
		],
	});
}

function timerSteps({ after }: Timeout, messages: number | undefined): Step[] {
	const steps = [
		step({
			phase: "fork",
			module: "lifetime",
			does: "make a timer",
			why: "of a clock that nobody can set",
			man: "timer_create(2)",
			calls: [call("timer_create", [flags("CLOCK_MONOTONIC"), wake, { out: "timer", size: 8 }])],
		}),
		step({
			phase: "supervise",
			module: "lifetime",
			does: `set the timer to ${after.text}`,
			why: "the command's time begins when its process does",
			man: "timer_settime(2)",
			routine: "timer",
		}),
	];
	if (messages === undefined) return steps;
	const keep = step({
		phase: "open",
		module: "lifetime",
		does: "keep standard error",
		why: "to say that time is up",
		man: "dup(2)",
		calls: [call("dup3", [2, messages, flags("O_CLOEXEC")], { mayFail: true })],
	});
	return [keep, ...steps];
}

/**
 * A pidfd tells of the end of the process, and a death signal only wakes us where we are stopped: that one comes as well when
 * no more than the thread of the parent has ended that started us.
 */
function watchSteps(parent: number, place: number, signals: number, phase: "pty" | "open"): Step[] {
	const allSignals: Arg = { bytes: Array<number>(8).fill(255), shows: "~[]" };
	return [
		step({
			phase,
			module: "lifetime",
			does: "watch the process that started us",
			why: "everything has to end when it does",
			man: "pidfd_open(2)",
			calls: [
				call("pidfd_open", [parent, 0], { result: "parent" }),
				...moveTo("parent", place),
				call("signalfd4", [-1, allSignals, 8, flags("SFD_CLOEXEC")], { result: "signals.fd" }),
				...moveTo("signals.fd", signals),
			],
			routine: "parent",
		}),
		step({
			phase: "fork",
			module: "lifetime",
			does: "be woken when the process that started us ends",
			why: "a stopped supervisor could not see it, and a change of ids would have cleared this before",
			man: "PR_SET_PDEATHSIG(2const)",
			calls: [call("prctl", [flags("PR_SET_PDEATHSIG"), flags("SIGCONT"), 0, 0, 0])],
		}),
	];
}

/** A parent in another PID namespace has no number here: what is left is the signal that comes when its thread ends. */
const unseenParent = step({
	phase: "fork",
	module: "lifetime",
	does: "end with the process that started us",
	why: "it is in another PID namespace, so nothing but its death signal tells",
	man: "PR_SET_PDEATHSIG(2const)",
	calls: [call("prctl", [flags("PR_SET_PDEATHSIG"), flags("SIGKILL"), 0, 0, 0])],
	routine: "parent",
});
