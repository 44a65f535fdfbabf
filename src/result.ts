import { constants } from "node:os";
import type { Finished } from "./launch/clone.ts";
import type { Stats } from "./stats/types.ts";

/** How a command has ended, with what it used. */
export interface SyncResult {
	readonly pid: number;
	/** The command's own exit code; `null` when a signal ended it. */
	readonly exitCode: number | null;
	/** The signal that ended it, such as `"SIGKILL"`. */
	readonly signalCode: NodeJS.Signals | undefined;
	/** It exited with 0. */
	readonly success: boolean;
	/** What it wrote, where `"pipe"` was asked for. */
	readonly stdout: Buffer | undefined;
	readonly stderr: Buffer | undefined;
	readonly resourceUsage: {
		/** Microseconds of processor time. */
		readonly cpuTime: { readonly user: number; readonly system: number; readonly total: number };
		/**
		 * Bytes resident at most. A child that was cloned out of this process counts as large as this process from the start.
		 */
		readonly maxRSS: number;
	};
	/** What it and everything that it started have used, where `stats` was asked for. */
	readonly stats?: Stats;
}

/** Takes a wait status apart as WIFEXITED, WEXITSTATUS and WTERMSIG do. wait(2). */
export function takeApart(status: number): Pick<SyncResult, "exitCode" | "signalCode" | "success"> {
	const signal = status & 0x7f;
	if (signal === 0) {
		const exitCode = (status >> 8) & 0xff;
		return { exitCode, signalCode: undefined, success: exitCode === 0 };
	}
	const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `SIG${signal}`;
	return { exitCode: null, signalCode: name as NodeJS.Signals, success: false };
}

/** The result of a finished child. */
export function syncResult({ pid, status, usage }: Finished, stdout?: Buffer, stderr?: Buffer): SyncResult {
	// struct rusage: user and system time as seconds and microseconds, then the peak of resident memory in kilobytes.
	const [userSeconds = 0, userRest = 0, systemSeconds = 0, systemRest = 0, peak = 0] = usage;
	const user = userSeconds * 1e6 + userRest;
	const system = systemSeconds * 1e6 + systemRest;
	return {
		pid,
		...takeApart(status),
		stdout,
		stderr,
		resourceUsage: { cpuTime: { user, system, total: user + system }, maxRSS: peak * 1024 },
	};
}
