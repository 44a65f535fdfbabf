/** Signals that a process with a command gets for it. */
import { fromBytes } from "../src/bytes.ts";
import { readFile } from "../src/descriptors.ts";
import { statField } from "../src/linux/proc.ts";
import { signalNumber } from "../src/linux/signals.ts";

/** What ends programs or means what they say it means; stops and continuations are the terminal's and the shell's. */
const forwarded = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM"] as const;
/** What the terminal sends to the whole foreground group, so that the command has it already. */
const fromTerminal: readonly string[] = ["SIGINT", "SIGQUIT"];

export interface Forwarding {
	/** Hands on what has come, and what comes from now on. */
	start(kill: (signal: NodeJS.Signals) => void): void;
	stop(): void;
}

/** Takes signals from now on, to hand them on. What the caller ignores stays ignored. */
export function forwardSignals(ignored: readonly number[]): Forwarding {
	const early: NodeJS.Signals[] = [];
	let forward = (signal: NodeJS.Signals): void => void early.push(signal);
	const handlers: [NodeJS.Signals, () => void][] = [];
	for (const signal of forwarded) {
		if (ignored.includes(signalNumber(signal) ?? 0)) continue;
		const handler = () => {
			if (!(fromTerminal.includes(signal) && isInForeground())) forward(signal);
		};
		process.on(signal, handler);
		handlers.push([signal, handler]);
	}
	return {
		start(kill) {
			forward = kill;
			for (const signal of early) kill(signal);
		},
		stop() {
			for (const [signal, handler] of handlers) process.off(signal, handler);
		},
	};
}

/** Whether this process's group is in the foreground of its terminal. proc_pid_stat(5) */
function isInForeground(): boolean {
	const stat = fromBytes(readFile("/proc/self/stat"));
	return statField(stat, 5) === statField(stat, 8);
}
