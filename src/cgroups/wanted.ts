/** What was asked for, read: limits, and what makes no sense of it. */
import type { Problem } from "../plan/types.ts";
import type { IoLimit, Rate, ResourceOptions, Wanted } from "./types.ts";
import { bytesOf, decimalOf, numbersOf, sizeText } from "./values.ts";

/** The limits of these options in the order in which they are set, and every problem of theirs. */
export interface Read {
	readonly wanted: readonly Wanted[];
	readonly problems: readonly Problem[];
}

/** Less than this, and no program can be executed. */
const leastMemory = 512 * 1024;
/** The kernel wants 1 ms of each period of 100 ms. */
const leastProcessors = 0.01;
/** PID_MAX_LIMIT of the kernel. */
const mostProcesses = 4_194_304;

const sizeHint = "write bytes, or a number with K, M, G or T, such as 256M or 1.5G; max is no limit";

/** Reads the options. What depends on the machine is looked at by `machineProblems`. */
export function readResources(options: ResourceOptions): Read {
	const problems: Problem[] = [];
	const wanted: Wanted[] = [];
	const wrong = (name: string, value: unknown, hint: string, code = "RESOURCE_INVALID"): undefined => {
		problems.push({ code, message: `${name} cannot be limited to ${shown(value)}`, hint });
	};
	readList(options.cpuset, "cpuset");
	readList(options.memoryNodes, "memoryNodes");
	readSize("memory", leastMemory);
	readSize("swap", 0);
	readSize("memoryHigh", leastMemory);
	readSize("memoryLow", 0);
	readProcessors(options.cpus);
	readWeight("cpuWeight");
	readCount(options.pids);
	readWeight("ioWeight");
	for (const one of options.io ?? []) readIo(one);
	if (options.devices) readDevices(options.devices);
	for (const [file, value] of Object.entries(options.raw ?? {})) readRaw(file, value);
	if (options.parent !== undefined) problems.push(...parentProblems(options.parent));
	problems.push(...together(wanted));
	return { wanted, problems };

	function readSize(name: "memory" | "memoryHigh" | "memoryLow" | "swap", least: number): void {
		const value = options[name];
		if (value === undefined) return;
		const bytes = value === "max" ? value : bytesOf(value);
		if (bytes === undefined) wrong(name, value, sizeHint);
		else if (bytes !== "max" && bytes < least)
			wrong(name, value, `no program can be executed with less than ${sizeText(least)}`, "RESOURCE_TOO_SMALL");
		else wanted.push({ name, bytes });
	}

	function readProcessors(value: ResourceOptions["cpus"]): void {
		if (value === undefined) return;
		const processors = value === "max" ? value : typeof value === "string" ? decimalOf(value) : value;
		if (processors === undefined || (processors !== "max" && !(processors >= 0 && processors <= 8192)))
			wrong("cpus", value, "write a number of processors, such as 0.5 or 2; max is no limit");
		else if (processors !== "max" && processors < leastProcessors)
			wrong("cpus", value, `the kernel gives no less than ${leastProcessors} processors`, "RESOURCE_TOO_SMALL");
		else wanted.push({ name: "cpus", processors });
	}

	function readWeight(name: "cpuWeight" | "ioWeight"): void {
		const weight = options[name];
		if (weight === undefined) return;
		if (isCount(weight, 1, 10_000)) wanted.push({ name, weight });
		else
			problems.push({
				code: "RESOURCE_INVALID",
				message: `${name} cannot be ${shown(weight)}`,
				hint: "it is a whole number from 1 to 10000; others have 100",
			});
	}

	function readCount(count: ResourceOptions["pids"]): void {
		if (count === undefined) return;
		if (count === 0) wrong("pids", count, "the command itself is one process", "RESOURCE_TOO_SMALL");
		else if (count === "max" || isCount(count, 1, mostProcesses)) wanted.push({ name: "pids", count });
		else wrong("pids", count, `it is a whole number from 1 to ${mostProcesses}, or max`);
	}

	function readList(list: string | undefined, name: "cpuset" | "memoryNodes"): void {
		if (list === undefined) return;
		const numbers = numbersOf(list);
		if (numbers) wanted.push({ name, numbers, list });
		else wrong(name, list, "write numbers and ranges, such as 0-1,3");
	}

	function readIo({ device, ...asked }: IoLimit): void {
		if (!isDevice(device)) {
			const hint = "write the numbers of a block device, such as 8:0, or on the command line its path";
			problems.push({ code: "RESOURCE_INVALID", message: `${shown(device)} is no device for io`, hint });
			return;
		}
		const rates: Partial<Record<Rate, number>> = {};
		for (const name of ["readBytes", "writeBytes", "readOperations", "writeOperations"] as const) {
			const value = asked[name];
			if (value === undefined) continue;
			const rate = name.endsWith("Bytes") ? bytesOf(value) : typeof value === "number" ? value : Number.NaN;
			if (rate !== undefined && isCount(rate, 1, Number.MAX_SAFE_INTEGER)) rates[name] = rate;
			else wrong(`io of ${device}`, value, "write bytes a second such as 10M, or a whole number of requests a second");
		}
		if (Object.keys(asked).length > 0) wanted.push({ name: "io", device, rates });
	}

	function readDevices(list: readonly string[]): void {
		const rules: string[] = [];
		for (const one of list) {
			if (one === "standard") rules.push(...standardDevices);
			else if (/^[abc] (?:\d{1,4}|\*):(?:\d{1,7}|\*) (?=[rwm]{1,3}$)r?w?m?$/.test(one)) rules.push(one);
			else wrong("devices", one, 'write standard, or a rule such as "c 10:229 rwm"');
		}
		wanted.push({ name: "devices", rules });
	}

	function readRaw(file: string, value: string): void {
		const problem = rawProblem(file, value);
		if (problem) problems.push(problem);
		else wanted.push({ name: "raw", file, value });
	}
}

/** What every program expects: null, zero, full, random, urandom, tty, console's sibling ptmx, and pseudo-terminals. */
const standardDevices = [
	...["c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm"],
];

const isCount = (value: unknown, least: number, most: number): value is number =>
	Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

/** Whether these are the two numbers of a device. */
export const isDevice = (text: string): boolean => /^(?:0|[1-9]\d{0,3}):(?:0|[1-9]\d{0,6})$/.test(text);

const shown = (value: unknown): string => (typeof value === "number" ? `${value}` : JSON.stringify(value));

/** Files that are no limits: what is in a group, and whether it goes on, is not for a limit to say. */
const notRaw = [
	...["cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "cgroup.type", "cgroup.kill", "cgroup.freeze"],
	...["freezer.state", "cgroup.event_control", "cgroup.clone_children"],
];

function rawProblem(file: string, value: string): Problem | undefined {
	const code = "RESOURCE_INVALID";
	if (!/^[a-z_]{1,32}(?:\.[A-Za-z0-9_]{1,64}){1,4}$/.test(file)) {
		const hint = "write a file as the kernel calls it, such as memory.oom.group=1";
		return { code, message: `a control group has no file ${shown(file)}`, hint };
	}
	if (notRaw.includes(file)) {
		return { code, message: `${file} is no limit`, hint: "ns itself says which processes are in the group" };
	}
	if (/^[ -~]{1,4000}$/.test(value)) return undefined;
	const hint = "one line of printable characters can be written";
	return { code, message: `${file} cannot be ${shown(value)}`, hint };
}

function parentProblems(parent: string): Problem[] {
	const words = parent.split("/");
	const fine = parent.startsWith("/") && !words.includes("..") && !words.includes(".") && !parent.includes("\0");
	const hint = "write it as /proc/PID/cgroup does: from / on, without . and ..";
	return fine ? [] : [{ code: "RESOURCE_INVALID", message: `${shown(parent)} is no path of a control group`, hint }];
}

/** What does not go together. */
function together(wanted: readonly Wanted[]): Problem[] {
	const sizes = new Map<string, number | "max">();
	for (const one of wanted) if ("bytes" in one) sizes.set(one.name, one.bytes);
	const memory = sizes.get("memory");
	const high = sizes.get("memoryHigh");
	const problems: Problem[] = [];
	if (typeof memory === "number" && typeof high === "number" && high > memory) {
		const message = `memoryHigh of ${sizeText(high)} is above memory of ${sizeText(memory)}, and so never reached`;
		problems.push({ code: "RESOURCE_INVALID", message, hint: "give the lower size to memoryHigh" });
	}
	return problems;
}
