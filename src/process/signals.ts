import { call, flags, step } from "../plan/step.ts";
import type { Call, Fragment, Step } from "../plan/types.ts";

/** How signals are set when a process is cloned from Bun's own memory. */
export interface SignalState {
	/** The mask to give the command: 8 bytes as rt_sigprocmask(2) has them. */
	readonly mask: readonly number[];
}

const allSignals = { bytes: [255, 255, 255, 255, 255, 255, 255, 255], shows: "~[]" } as const;
const savedMask = { out: "signals.mask", size: 8 } as const;

/** `struct sigaction` with SIG_DFL, no flags and an empty mask. */
const defaultAction = { bytes: Array<number>(32).fill(0), shows: "{sa_handler=SIG_DFL}" } as const;

const childAction = { out: "signals.child", size: 32 } as const;

const toDefault = (signal: string): Call => call("rt_sigaction", [flags(signal), defaultAction, null, 8]);

/**
 * Signals: held back while the sandbox is made, and as the caller had them when the command starts. Bun ignores SIGPIPE
 * and SIGXFSZ for itself; a command must not inherit that. signal(7).
 */
export function signals(state?: SignalState): Fragment {
	return {
		module: "signals",
		steps({ launch, forks }): Step[] {
			if (launch === "clone") return [resetAll, restoreMask({ bytes: state?.mask ?? [], shows: "the caller's mask" })];
			const steps = [
				step({
					phase: "start",
					module: "signals",
					does: "stop ignoring SIGPIPE and SIGXFSZ",
					why: "Bun ignores them, and execve(2) keeps what is ignored",
					man: "rt_sigaction(2)",
					calls: [toDefault("SIGPIPE"), toDefault("SIGXFSZ")],
				}),
				step({
					phase: "start",
					module: "signals",
					does: "stop ignoring SIGCHLD, if the caller did",
					why: "the kernel tells nothing of the end of a child to who ignores it",
					man: "wait(2)",
					calls: [call("rt_sigaction", [flags("SIGCHLD"), defaultAction, childAction, 8])],
				}),
				step({
					phase: "signals",
					module: "signals",
					does: "treat SIGCHLD as the caller did",
					why: "the command may count on it",
					man: "rt_sigaction(2)",
					calls: [call("rt_sigaction", [flags("SIGCHLD"), childAction, null, 8])],
				}),
			];
			if (!forks) return steps;
			steps.push(
				step({
					phase: "start",
					module: "signals",
					does: "hold signals back",
					why: "the supervisor and the init take them one by one",
					man: "rt_sigprocmask(2)",
					calls: [call("rt_sigprocmask", [flags("SIG_SETMASK"), allSignals, savedMask, 8])],
				}),
				restoreMask(savedMask),
			);
			return steps;
		},
	};
}

const resetAll = step({
	phase: "signals",
	module: "signals",
	does: "drop Bun's signal handlers",
	why: "we still share Bun's memory: a handler must not run in it once signals are let through",
	man: "rt_sigaction(2)",
	routine: "resetSignals",
});

const restoreMask = (mask: Call["args"][number]): Step =>
	step({
		phase: "signals",
		module: "signals",
		does: "let signals through",
		why: "the command has the signal mask that the caller had",
		man: "rt_sigprocmask(2)",
		calls: [call("rt_sigprocmask", [flags("SIG_SETMASK"), mask, null, 8])],
	});
