/** Running sandboxes as lines of a table, and as JSON. */
import type { Column } from "../survey/columns.ts";
import { sizeText } from "./text.ts";
import type { Stats } from "./types.ts";

/** A sandbox at one moment. */
export interface LiveStats {
	/** What the caller calls it. */
	readonly target: string;
	/** Its name, where it has one. */
	readonly name: string | null;
	/** The process that was asked for, and the sandbox's supervisor. */
	readonly pid: number;
	readonly supervisor: number;
	/** What the process is called; it says so itself. */
	readonly command: string;
	/** Whether it is paused; `null` where it cannot be. */
	readonly paused: boolean | null;
	readonly stats: Stats;
}

/** A sandbox now, and how much processor time it has used since it was looked at before. */
export interface TopRow extends LiveStats {
	/** Percent of one processor; `null` where it was not looked at before. */
	readonly cpu: number | null;
}

/** Each sandbox with what it has used since `before`. */
export function topRows(now: readonly LiveStats[], before: readonly LiveStats[]): TopRow[] {
	return now.map((one) => {
		const earlier = before.find(({ supervisor }) => supervisor === one.supervisor);
		return { ...one, cpu: earlier ? share(one.stats, earlier.stats) : null };
	});
}

function share({ time: now }: Stats, { time: then }: Stats): number | null {
	const [used, usedThen] = [processorTime(now), processorTime(then)];
	const passed = now.wall !== null && then.wall !== null ? now.wall - then.wall : 0;
	if (used === null || usedThen === null || passed <= 0) return null;
	return Math.max(0, Math.round((1000 * (used - usedThen)) / passed) / 10);
}

const processorTime = ({ user, system }: Stats["time"]): number | null =>
	user === null || system === null ? null : user + system;

const size = (bytes: number | null): string | undefined => (bytes === null ? undefined : sizeText(bytes));
const number = (value: number | null): string | undefined => (value === null ? undefined : String(value));

/** How long a time is in hours, minutes, seconds. */
function clockText(microseconds: number | null): string | undefined {
	if (microseconds === null) return undefined;
	const all = Math.floor(microseconds / 1e6);
	const two = (value: number): string => String(value).padStart(2, "0");
	const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
	return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

const stateOf = ({ paused, stats }: TopRow): string =>
	[paused ? "paused" : "runs", ...(stats.outOfMemory ? ["oom"] : [])].join(",");

/** The columns of `ns top`, those with numbers to the right. */
export const topColumns: readonly Column<TopRow>[] = [
	{ name: "NAME", type: "text", doc: "Its name", of: ({ name }) => name ?? "-" },
	{ name: "PID", type: "number", doc: "The supervisor", of: ({ supervisor }) => supervisor },
	{ name: "STATE", type: "text", doc: "What it does", of: stateOf },
	{
		...{ name: "CPU%", type: "number", doc: "Of one processor" },
		of: ({ cpu }) => (cpu === null ? undefined : cpu.toFixed(1)),
	},
	{ name: "TIME", type: "number", doc: "Since it was started", of: ({ stats }) => clockText(stats.time.wall) },
	{ name: "MEMORY", type: "number", doc: "Used now", of: ({ stats }) => size(stats.memory.current) },
	{ name: "PEAK", type: "number", doc: "Used at most", of: ({ stats }) => size(stats.memory.peak) },
	{ name: "LIMIT", type: "number", doc: "Of memory", of: ({ stats }) => size(stats.memory.limit) },
	{ name: "PROCS", type: "number", doc: "Processes now", of: ({ stats }) => number(stats.processes.current) },
	{ name: "READ", type: "number", doc: "From disks", of: ({ stats }) => size(stats.io.read) },
	{ name: "WRITTEN", type: "number", doc: "To disks", of: ({ stats }) => size(stats.io.written) },
	{ name: "COMMAND", type: "text", doc: "What it calls itself", of: ({ command }) => command },
];
