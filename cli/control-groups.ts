/** The options that limit resources by a control group. What values mean is the module's to say. */
import type { IoLimit, ResourceOptions } from "../src/process/resources.ts";
import type { Profile } from "../src/profile/types.ts";
import { wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

/** The limits of a control group. */
export function resourceParts(reader: Reader): Profile {
	const io = readIo(reader);
	const devices = reader.each("device-allow");
	const raw = readRaw(reader);
	const resources: ResourceOptions = {
		memory: reader.text("memory"),
		memoryHigh: reader.text("memory-high"),
		memoryLow: reader.text("memory-low"),
		swap: reader.text("swap"),
		cpus: reader.text("cpus"),
		cpuWeight: count(reader, "cpu-weight"),
		cpuset: reader.text("cpuset"),
		memoryNodes: reader.text("memory-nodes"),
		pids: reader.text("pids") === "max" ? "max" : count(reader, "pids"),
		io: io.length === 0 ? undefined : io,
		ioWeight: count(reader, "io-weight"),
		devices: devices.length === 0 ? undefined : allowed(reader, devices),
		raw: Object.keys(raw).length === 0 ? undefined : raw,
		parent: reader.text("cgroup-parent"),
		account: reader.given.some(({ name }) => name === "stats") ? true : undefined,
		bestEffort: reader.flag("limits-best-effort"),
	};
	return { resources };
}

/** What is no number is none for the module either. */
function count(reader: Reader, name: string): number | undefined {
	const text = reader.text(name);
	if (text === undefined) return undefined;
	const number = wholeNumber(text);
	const hint = "write a whole number, in decimal digits";
	return number ?? reader.problem("VALUE_INVALID", `--${name} ${JSON.stringify(text)} is no number`, hint);
}

/** `none` alone is an empty list. */
function allowed(reader: Reader, devices: readonly string[]): string[] {
	const named = devices.filter((one) => one !== "none");
	if (named.length === 0 || named.length === devices.length) return named;
	reader.problem("OPTION_TWICE", "--device-allow none and other devices contradict each other", "leave none out");
	return named;
}

/** `--io-read DEV:RATE` and `--io-write DEV:RATE`, put together by device. */
function readIo(reader: Reader): IoLimit[] {
	const limits = new Map<string, { -readonly [name in keyof IoLimit]: IoLimit[name] }>();
	for (const what of ["read", "write"] as const) {
		for (const text of reader.each(`io-${what}`)) {
			const colon = text.lastIndexOf(":");
			const [device, rate] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
			const operations = rate.endsWith("iops") ? wholeNumber(rate.slice(0, -4)) : undefined;
			// Of `8:0` the rate is missing.
			if (/^\d*$/.test(device) || rate === "" || (rate.endsWith("iops") && operations === undefined)) {
				const hint = "write DEV:RATE, such as /dev/sda:10M or 8:0:500iops";
				reader.problem("VALUE_INVALID", `--io-${what} ${JSON.stringify(text)} is no rate of a device`, hint);
				continue;
			}
			const limit = limits.get(device) ?? { device };
			const name = `${what}${operations === undefined ? "Bytes" : "Operations"}` as const;
			if (limit[name] !== undefined)
				reader.problem("OPTION_TWICE", `--io-${what} limits ${device} more than once`, "choose one");
			Object.assign(limit, { [name]: operations ?? rate });
			limits.set(device, limit);
		}
	}
	return [...limits.values()];
}

/** `--cgroup-set KEY=VALUE`; of a file that is given twice the last value counts. */
function readRaw(reader: Reader): Record<string, string> {
	const values: Record<string, string> = {};
	for (const text of reader.each("cgroup-set")) {
		const equals = text.indexOf("=");
		if (equals > 0) values[text.slice(0, equals)] = text.slice(equals + 1);
		else
			reader.problem(
				"VALUE_INVALID",
				`--cgroup-set ${JSON.stringify(text)} is not KEY=VALUE`,
				"such as memory.oom.group=1",
			);
	}
	return values;
}
