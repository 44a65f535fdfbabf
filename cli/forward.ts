/** Signals that a process with a command gets for it. */
import { fromBytes } from "../src/bytes.ts";
import { readFile } from "../src/descriptors.ts";
import { signalNumber } from "../src/linux/signals.ts";

/** What ends programs or means what they say it means; stops and continuations are the terminal's and the shell's. */
const forwarded = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM"] as const;
/** What the terminal sends to the whole foreground group, so that the command has it already. */
const fromTerminal: readonly string[] = ["SIGINT", "SIGQUIT"];

/** Hands signals on until what it returns is called. What the caller ignores stays ignored. */
export function forwardSignals(kill: (signal: NodeJS.Signals) => void, ignored: readonly number[]): () => void {
	const handlers: [NodeJS.Signals, () => void][] = [];
	for (const signal of forwarded) {
		if (ignored.includes(signalNumber(signal) ?? 0)) continue;
		const handler = () => {
			if (!(fromTerminal.includes(signal) && isInForeground())) kill(signal);
		};
		process.on(signal, handler);
		handlers.push([signal, handler]);
	}
	return () => {
		for (const [signal, handler] of handlers) process.off(signal, handler);
	};
}

/** Whether this process's group is in the foreground of its terminal. proc_pid_stat(5) */
function isInForeground(): boolean {
	const stat = fromBytes(readFile("/proc/self/stat"));
	// Behind the name, which may hold anything: state, parent, group, session, terminal, foreground group.
	const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return group === foreground;
}
