/**
 * The files of control groups as numbers. cgroup v2 and v1 have other names and units for the same, and a hybrid machine
 * has both: files are known by their names, and `cpu.stat` by what stands in it. What is no number as the kernel writes
 * it is not told.
 */
import { statField } from "../linux/proc.ts";
import type { Besides, Pressure, PressureLine, StatFile, Stats } from "./types.ts";

/** By controller as `/proc/PID/cgroup` names them, the empty name for cgroup v2: the files that are read. */
export const statFiles: Readonly<Record<string, readonly string[]>> = {
	"": [
		...["cpu.stat", "memory.current", "memory.peak", "memory.max", "memory.swap.peak", "memory.events", "io.stat"],
		...["pids.current", "pids.peak", "pids.max", "pids.events", "cpu.pressure", "memory.pressure", "io.pressure"],
	],
	cpu: ["cpu.stat"],
	cpuacct: ["cpuacct.usage_user", "cpuacct.usage_sys"],
	memory: [
		...["memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.limit_in_bytes", "memory.failcnt"],
		"memory.oom_control",
	],
	pids: ["pids.current", "pids.peak", "pids.max", "pids.events"],
	blkio: ["blkio.throttle.io_service_bytes_recursive"],
};

/** How the supervisor's own line in /proc is called among the files: it has waited for the command. */
export const processFile = "process.stat";

/** Clock ticks in a second, as the kernel counts them for programs. */
export const ticks = 100;

/** Microseconds that the children of a process have used which it has waited for, by the number of the field. proc_pid_stat(5). */
function waitedFor(stat: string | undefined, field: 16 | 17): number | null {
	const count = stat === undefined ? null : wholeNumber(statField(stat, field));
	return count === null ? null : (count * 1e6) / ticks;
}

/** Above this a limit of cgroup v1 is none: the kernel rounds the largest number down to a page. */
const unlimited = 2 ** 62;

/** The numbers of these files, and what is known besides. */
export function statsOf(files: readonly StatFile[], besides: Besides = {}): Stats {
	const text = (name: string): string | undefined => files.find((one) => one.name === name)?.text;
	const one = (name: string): number | null => wholeNumber(text(name)?.trim());
	const keyed = (name: string): ReadonlyMap<string, number> => keyedNumbers(files, name);
	const [cpu, events, oom] = [keyed("cpu.stat"), keyed("memory.events"), keyed("memory.oom_control")];
	const nanoseconds = (name: string): number | null => divided(one(name), 1000);
	const killed = first(events.get("oom_kill"), oom.get("oom_kill"));
	const limits = [text("memory.max"), text("memory.limit_in_bytes")].map((limit) => wholeNumber(limit?.trim()));
	const limit = first(...limits);
	const io = ioOf(text("io.stat"), text("blkio.throttle.io_service_bytes_recursive"));
	const { live = false } = besides;
	const stats: Omit<Stats, "missing"> = {
		from: files.some(({ name }) => name !== processFile) ? "cgroup" : "processes",
		time: {
			wall: first(besides.wall),
			user: first(cpu.get("user_usec"), nanoseconds("cpuacct.usage_user"), waitedFor(text(processFile), 16)),
			system: first(cpu.get("system_usec"), nanoseconds("cpuacct.usage_sys"), waitedFor(text(processFile), 17)),
		},
		memory: {
			current: live ? first(one("memory.current"), one("memory.usage_in_bytes")) : null,
			peak: first(one("memory.peak"), one("memory.max_usage_in_bytes")),
			limit: limit !== null && limit < unlimited ? limit : null,
			swapPeak: one("memory.swap.peak"),
			limitHits: first(events.get("max"), one("memory.failcnt")),
			highHits: first(events.get("high")),
			outOfMemoryKills: killed,
		},
		processes: {
			current: live ? one("pids.current") : null,
			peak: one("pids.peak"),
			limit: one("pids.max"),
			limitHits: first(keyed("pids.events").get("max")),
		},
		cpu: {
			periods: first(cpu.get("nr_periods")),
			throttled: first(cpu.get("nr_throttled")),
			throttledTime: first(cpu.get("throttled_usec"), divided(cpu.get("throttled_time") ?? null, 1000)),
		},
		io: { read: first(io?.read), written: first(io?.written) },
		pressure: {
			cpu: pressureOf(text("cpu.pressure")),
			memory: pressureOf(text("memory.pressure")),
			io: pressureOf(text("io.pressure")),
		},
		outOfMemory: killed === null ? null : killed > 0,
	};
	return { ...stats, missing: missingOf(stats, live) };
}

/** What says nothing by being absent: there is no limit, or the command has ended. */
const quiet: readonly string[] = ["memory.limit", "processes.limit"];
const onlyLive: readonly string[] = ["memory.current", "processes.current"];

function missingOf(stats: Omit<Stats, "missing">, live: boolean): string[] {
	const missing: string[] = [];
	for (const part of ["time", "memory", "processes", "cpu", "io", "pressure"] as const) {
		for (const [key, value] of Object.entries(stats[part])) {
			const name = `${part}.${key}`;
			const isQuiet = quiet.includes(name) || (!live && onlyLive.includes(name));
			if (value === null && !isQuiet) missing.push(name);
		}
	}
	return missing;
}

/** The first that is known. */
function first(...values: readonly (number | null | undefined)[]): number | null {
	for (const value of values) if (value !== null && value !== undefined) return value;
	return null;
}

const divided = (value: number | null, by: number): number | null => (value === null ? null : Math.round(value / by));

/** Digits and nothing else; what is beyond exact numbers is rounded. */
function wholeNumber(text: string | undefined): number | null {
	return text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : null;
}

/** `KEY VALUE` on lines of their own, of all files that have this name. */
function keyedNumbers(files: readonly StatFile[], name: string): ReadonlyMap<string, number> {
	const found = new Map<string, number>();
	for (const file of files) {
		if (file.name !== name) continue;
		for (const line of file.text.split("\n")) {
			const [, key, digits] = /^([a-z_]{1,64}) (\d{1,20})$/.exec(line) ?? [];
			if (key !== undefined && !found.has(key)) found.set(key, Number(digits));
		}
	}
	return found;
}

/** Bytes over all devices: `MAJ:MIN rbytes=N wbytes=N ..` of version 2, `MAJ:MIN Read N` of version 1. */
function ioOf(
	second: string | undefined,
	firstVersion: string | undefined,
): { read: number; written: number } | undefined {
	const text = second ?? firstVersion;
	if (text === undefined) return undefined;
	let [read, written] = [0, 0];
	for (const line of text.split("\n")) {
		read += amount(/(?: rbytes=|^\d+:\d+ Read )(\d{1,20})(?: |$)/.exec(line));
		written += amount(/(?: wbytes=|^\d+:\d+ Write )(\d{1,20})(?: |$)/.exec(line));
	}
	return { read, written };
}

const amount = (found: RegExpExecArray | null): number => Number(found?.[1] ?? 0);

/** The lines `some` and `full` of a pressure file; the kernel before 5.13 has no `full` for processors. */
export function pressureOf(text: string | undefined): Pressure | null {
	if (text === undefined) return null;
	const [some, full] = [pressureLine(text, "some"), pressureLine(text, "full")];
	return some || full ? { some, full } : null;
}

function pressureLine(text: string, who: "some" | "full"): PressureLine | null {
	const share = "(\\d{1,3}\\.\\d{2})";
	const form = new RegExp(`^${who} avg10=${share} avg60=${share} avg300=${share} total=(\\d{1,20})$`, "m");
	const [, avg10, avg60, avg300, total] = form.exec(text) ?? [];
	if (total === undefined) return null;
	return { avg10: Number(avg10), avg60: Number(avg60), avg300: Number(avg300), total: Number(total) };
}
