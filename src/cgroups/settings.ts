/** Limits become files and what is written to them, for both versions of control groups. */
import type { Rate, Setting, Version, Wanted } from "./types.ts";

/** The length of a period of the processor quota, in microseconds. */
const period = 100_000;

const orMax = (value: number | "max", most: string): string => (value === "max" ? most : `${value}`);

/** The controller that a limit needs, by the version that has it; `undefined` where that version has nothing like it. */
export function controllerOf(wanted: Wanted, version: Version): string | undefined {
	switch (wanted.name) {
		case "memory":
		case "swap":
			return "memory";
		case "memoryHigh":
		case "memoryLow":
			return version === 2 ? "memory" : undefined;
		case "cpus":
		case "cpuWeight":
			return "cpu";
		case "cpuset":
		case "memoryNodes":
			return "cpuset";
		case "pids":
			return "pids";
		case "io":
		case "ioWeight":
			return version === 2 ? "io" : "blkio";
		case "devices":
			return version === 2 ? undefined : "devices";
		case "raw":
			return rawController(wanted.file, version);
	}
}

/** Controllers of one version alone. */
const only: Readonly<Record<string, Version>> = {
	...{ io: 2, cgroup: 2, irq: 2, dmem: 2 },
	...{ blkio: 1, cpuacct: 1, devices: 1, freezer: 1, net_cls: 1, net_prio: 1 },
};

function rawController(file: string, version: Version): string | undefined {
	const name = file.slice(0, file.indexOf("."));
	return (only[name] ?? version) === version ? name : undefined;
}

/** What is written for a limit, in order; nothing where this version has nothing like it. */
export function settingsOf(wanted: Wanted, version: Version, all: readonly Wanted[] = [wanted]): Setting[] {
	const controller = controllerOf(wanted, version);
	if (controller === undefined) return [];
	const { name } = wanted;
	const set = (file: string, value: string, otherwise?: Setting["otherwise"]): Setting => ({
		...{ name, controller, file, value },
		...(otherwise && { otherwise }),
	});
	switch (wanted.name) {
		case "memory":
			return [set(version === 2 ? "memory.max" : "memory.limit_in_bytes", orMax(wanted.bytes, noLimit(version)))];
		case "swap":
			return version === 2
				? [set("memory.swap.max", orMax(wanted.bytes, "max"))]
				: [set("memory.memsw.limit_in_bytes", bothSizes(wanted.bytes, all))];
		case "memoryHigh":
			return [set("memory.high", orMax(wanted.bytes, "max"))];
		case "memoryLow":
			return [set("memory.low", orMax(wanted.bytes, "max"))];
		case "cpus":
			return quota(wanted.processors, version, set);
		case "cpuWeight":
			return [version === 2 ? set("cpu.weight", `${wanted.weight}`) : set("cpu.shares", `${shares(wanted.weight)}`)];
		case "cpuset":
			return [set("cpuset.cpus", wanted.list)];
		case "memoryNodes":
			return [set("cpuset.mems", wanted.list)];
		case "pids":
			return [set("pids.max", orMax(wanted.count, "max"))];
		case "io":
			return version === 2
				? [set("io.max", `${wanted.device} ${rateWords(wanted.rates)}`)]
				: throttles(wanted.device, wanted.rates, set);
		case "ioWeight":
			return [ioWeight(wanted.weight, version, set)];
		case "devices":
			return [set("devices.deny", "a"), ...wanted.rules.map((rule) => set("devices.allow", rule))];
		case "raw":
			return [set(wanted.file, wanted.value)];
	}
}

type Set = (file: string, value: string, otherwise?: Setting["otherwise"]) => Setting;

const noLimit = (version: Version): string => (version === 2 ? "max" : "-1");

/** v1 limits memory and swap together, and never below memory alone, which is set before. */
function bothSizes(swap: number | "max", all: readonly Wanted[]): string {
	let memory: number | "max" = "max";
	for (const one of all) if (one.name === "memory") memory = one.bytes;
	return swap === "max" || memory === "max" ? "-1" : `${memory + swap}`;
}

function quota(processors: number | "max", version: Version, set: Set): Setting[] {
	const time = processors === "max" ? processors : Math.round(processors * period);
	if (version === 2) return [set("cpu.max", `${time} ${period}`)];
	return [set("cpu.cfs_period_us", `${period}`), set("cpu.cfs_quota_us", orMax(time, "-1"))];
}

/** The kernel's own conversion: 100 is 1,024 shares. */
const shares = (weight: number): number => Math.max(2, Math.round((weight * 1024) / 100));

const rateNames = { readBytes: "rbps", writeBytes: "wbps", readOperations: "riops", writeOperations: "wiops" } as const;

function rateWords(rates: Readonly<Partial<Record<Rate, number>>>): string {
	const words: string[] = [];
	for (const [name, word] of Object.entries(rateNames) as [Rate, string][])
		if (rates[name] !== undefined) words.push(`${word}=${rates[name]}`);
	return words.join(" ");
}

const throttleFiles = {
	readBytes: "blkio.throttle.read_bps_device",
	writeBytes: "blkio.throttle.write_bps_device",
	readOperations: "blkio.throttle.read_iops_device",
	writeOperations: "blkio.throttle.write_iops_device",
} as const;

function throttles(device: string, rates: Readonly<Partial<Record<Rate, number>>>, set: Set): Setting[] {
	const found: Setting[] = [];
	for (const [name, file] of Object.entries(throttleFiles) as [Rate, string][])
		if (rates[name] !== undefined) found.push(set(file, `${device} ${rates[name]}`));
	return found;
}

/** BFQ knows weights from 1 to 1,000, with 100 in the middle as well. */
const bfqWeight = (weight: number): number =>
	weight <= 100 ? weight : 100 + Math.round(((weight - 100) * 900) / 9900);

/** Which scheduler gives out shares is known by the file that is there. */
function ioWeight(weight: number, version: Version, set: Set): Setting {
	const bfq = `${bfqWeight(weight)}`;
	if (version === 2) return set("io.weight", `default ${weight}`, { file: "io.bfq.weight", value: bfq });
	const cfq = `${Math.max(10, bfqWeight(weight))}`;
	return set("blkio.bfq.weight", bfq, { file: "blkio.weight", value: cfq });
}
