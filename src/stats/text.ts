/** What was used, for people. */
import type { Pressure, Stats } from "./types.ts";

/** Lines with a label each; what the kernel does not tell is named at the end. */
export function statsText(stats: Stats): string {
	const rows: [label: string, value: string][] = [];
	const add = (label: string, ...parts: readonly (string | undefined)[]): void => {
		const known = parts.filter((part) => part !== undefined);
		if (known.length > 0) rows.push([label, known.join(", ")]);
	};
	const { time, memory, processes, cpu, io, pressure } = stats;
	add("time", when(time.wall, secondsText, "", " wall"), ...processorTime(stats));
	add(
		"memory",
		when(memory.current, sizeText, "", " now"),
		when(memory.peak, sizeText, "peak "),
		when(memory.limit, sizeText, "limit "),
		when(memory.swapPeak, sizeText, "swap peak "),
		times(memory.limitHits, "at the limit"),
		times(memory.highHits, "slowed down above memory.high"),
		memory.outOfMemoryKills ? `${memory.outOfMemoryKills} killed out of memory` : undefined,
	);
	add(
		"processes",
		when(processes.current, String, "", " now"),
		when(processes.peak, String, "peak "),
		when(processes.limit, String, "limit "),
		times(processes.limitHits, "refused at the limit"),
	);
	if (cpu.throttled !== null && cpu.periods)
		add("throttled", `${cpu.throttled} of ${cpu.periods} periods`, when(cpu.throttledTime, secondsText, "held back "));
	add("io", when(io.read, sizeText, "", " read"), when(io.written, sizeText, "", " written"));
	add("pressure", shareText("cpu", pressure.cpu), shareText("memory", pressure.memory), shareText("io", pressure.io));
	if (isWithoutGroup(stats)) add("not told", "memory, processes, io and pressure: no control group counted them");
	else if (stats.missing.length > 0) add("not told", ...stats.missing);
	const width = rows.reduce((most, [label]) => Math.max(most, label.length), 0);
	return rows.map(([label, value]) => `${label.padStart(width)}  ${value}\n`).join("");
}

/** The times are known from what was waited for, and nothing else is. */
const isWithoutGroup = ({ from, time, missing }: Stats): boolean =>
	from === "processes" && time.wall !== null && missing.includes("memory.peak");

function processorTime({ time: { wall, user, system } }: Stats): (string | undefined)[] {
	const share =
		wall && user !== null && system !== null ? `${Math.round((100 * (user + system)) / wall)}% cpu` : undefined;
	return [when(user, secondsText, "", " user"), when(system, secondsText, "", " system"), share];
}

function when(value: number | null, text: (value: number) => string, before = "", after = ""): string | undefined {
	return value === null ? undefined : `${before}${text(value)}${after}`;
}

/** What never happened is not said. */
const times = (count: number | null, what: string): string | undefined =>
	count ? `${count} times ${what}` : undefined;

/** How long something waited altogether. */
function shareText(what: string, pressure: Pressure | null): string | undefined {
	return when(pressure?.some?.total ?? null, secondsText, `${what} `, " waited");
}

/** Microseconds as seconds. */
export function secondsText(microseconds: number): string {
	return `${(microseconds / 1e6).toFixed(microseconds < 100e6 ? 3 : 1)} s`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes in the unit that leaves less than 1024 of it. */
export function sizeText(bytes: number): string {
	let [value, unit] = [bytes, 0];
	while (value >= 1024 && unit < units.length - 1) {
		value /= 1024;
		unit++;
	}
	return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** One sentence where processes were killed because memory was short; nothing otherwise. */
export function outOfMemoryText({ outOfMemory, memory }: Pick<Stats, "outOfMemory" | "memory">): string | undefined {
	if (!outOfMemory) return undefined;
	const kills = memory.outOfMemoryKills ?? 1;
	const who = kills === 1 ? "a process was" : `${kills} processes were`;
	const limit = memory.limit === null ? "" : ` with the limit of ${sizeText(memory.limit)}`;
	return `out of memory: ${who} killed inside${limit}; give more by --memory`;
}
