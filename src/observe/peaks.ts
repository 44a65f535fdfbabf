/** The most that a command has used, from what `/proc/PID/status` says of each process as it ends. proc_pid_status(5) */
import type { LimitEvent } from "./types.ts";

/** What one process has used, in the kernel's words. */
const fields = [
	["memory", "VmHWM", 1024],
	["addressSpace", "VmPeak", 1024],
	["openFiles", "FDSize", 1],
] as const;

/** The peaks that one status tells. */
export function peaksOf(status: string): LimitEvent[] {
	const peaks: LimitEvent[] = [];
	for (const [resource, field, unit] of fields) {
		const value = new RegExp(`^${field}:\\s*(\\d{1,15})`, "m").exec(status)?.[1];
		if (value !== undefined) peaks.push({ type: "limit", resource, peak: Number(value) * unit });
	}
	return peaks;
}

/** The largest of each resource. */
export class Peaks {
	private readonly largest = new Map<LimitEvent["resource"], number>();

	add(resource: LimitEvent["resource"], value: number): void {
		this.largest.set(resource, Math.max(value, this.largest.get(resource) ?? 0));
	}

	/** One event for each. */
	events(): LimitEvent[] {
		return Array.from(this.largest, ([resource, peak]) => ({ type: "limit", resource, peak }));
	}
}
