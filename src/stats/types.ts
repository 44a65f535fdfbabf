/** What a sandbox has used: numbers of the kernel, and `null` where it does not tell one. */

/** How long processes waited for something, in percent of the last 10, 60 and 300 seconds, and in microseconds altogether. */
export interface PressureLine {
	readonly avg10: number;
	readonly avg60: number;
	readonly avg300: number;
	readonly total: number;
}

/** Pressure stall information: some of the processes waited, or all of them at once. */
export interface Pressure {
	readonly some: PressureLine | null;
	readonly full: PressureLine | null;
}

/** What a command and everything that it started have used. Times are microseconds, sizes are bytes. */
export interface Stats {
	/**
	 * Who has counted: the control groups of the sandbox, or only wait4(2), which leaves out processes that nobody waited for,
	 * and knows times in steps of 10 ms and nothing else.
	 */
	readonly from: "cgroup" | "processes";
	readonly time: {
		/** From the start to the end, or to now. */
		readonly wall: number | null;
		readonly user: number | null;
		readonly system: number | null;
	};
	readonly memory: {
		/** What is used now; `null` at the end. */
		readonly current: number | null;
		/** The most that was used at a time, by all together. */
		readonly peak: number | null;
		readonly limit: number | null;
		/** Swap alone, at most. */
		readonly swapPeak: number | null;
		/** How often the limit was reached. */
		readonly limitHits: number | null;
		/** How often processes were slowed down for being above `memory.high`. */
		readonly highHits: number | null;
		/** Processes that were killed because memory was short. */
		readonly outOfMemoryKills: number | null;
	};
	readonly processes: {
		readonly current: number | null;
		readonly peak: number | null;
		readonly limit: number | null;
		/** How often a process or thread was refused. */
		readonly limitHits: number | null;
	};
	readonly cpu: {
		/** Spans in which the quota was counted, and in how many of them it was used up. */
		readonly periods: number | null;
		readonly throttled: number | null;
		readonly throttledTime: number | null;
	};
	readonly io: { readonly read: number | null; readonly written: number | null };
	readonly pressure: {
		readonly cpu: Pressure | null;
		readonly memory: Pressure | null;
		readonly io: Pressure | null;
	};
	/** Whether a process was killed because memory was short; `null` where nobody can tell. */
	readonly outOfMemory: boolean | null;
	/** What is `null` above though it could be a number elsewhere, such as `"memory.peak"`. */
	readonly missing: readonly string[];
}

/** Who is told what was used, at the end. */
export type StatsReport =
	/** A descriptor of the calling process, of a file that can be opened again by its name below /proc. */
	| { readonly descriptor: number }
	/** A program: it reads them from its standard input, and has the caller's standard error. */
	| { readonly program: readonly string[] };

/** A file of a control group, by its name, and what was read from it. */
export interface StatFile {
	readonly name: string;
	readonly text: string;
}

/** What is known besides. */
export interface Besides {
	readonly wall?: number | undefined;
	/** The command is still running. @default false */
	readonly live?: boolean | undefined;
}
