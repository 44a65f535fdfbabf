/** The options that say what the command may use of the machine, and how readily it gets it. */
import { bytesOf } from "../src/cgroups/values.ts";
import { type Limit, type LimitOptions, type LimitValue, type Resource, resourceNames } from "../src/process/limits.ts";
import type { IoPriority, Scheduler } from "../src/process/priority.ts";
import { nearest } from "./argv.ts";
import { signedNumber, wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

/** Resources that are counted in bytes, and may be written with a unit. */
const inBytes: readonly Resource[] = ["as", "core", "data", "fsize", "memlock", "msgqueue", "rss", "stack"];

/** `--rlimit NAME=SOFT[:HARD]`, each resource once. */
export function readLimits(reader: Reader): LimitOptions {
	const limits: { [name in Resource]?: LimitValue } = {};
	for (const text of reader.each("rlimit")) {
		const equals = text.indexOf("=");
		const word = equals < 0 ? text : text.slice(0, equals);
		const name = resourceNames.find((one) => one === word);
		const value = name && equals >= 0 ? limitValue(name, text.slice(equals + 1)) : undefined;
		if (!name) {
			const near = nearest(word, resourceNames);
			const hint = near ? `did you mean ${near}?` : `resources are ${resourceNames.join(", ")}`;
			reader.problem("VALUE_INVALID", `--rlimit: there is no resource ${JSON.stringify(word)}`, hint);
		} else if (value === undefined) {
			const units = inBytes.includes(name) ? ", units K, M, G, T" : "";
			const hint = `write ${name}=SOFT:HARD, or one value for both: whole numbers or unlimited${units}`;
			reader.problem("VALUE_INVALID", `--rlimit ${JSON.stringify(text)} is no limit`, hint);
		} else if (limits[name] !== undefined && JSON.stringify(limits[name]) !== JSON.stringify(value)) {
			reader.problem("OPTION_TWICE", `--rlimit limits ${name} more than once`, "choose one");
		} else limits[name] = value;
	}
	return limits;
}

function limitValue(name: Resource, text: string): LimitValue | undefined {
	const limit = (word: string): Limit | undefined =>
		word === "unlimited" ? word : inBytes.includes(name) ? wholeSize(word) : wholeNumber(word);
	const [first = "", second, ...others] = text.split(":");
	const soft = limit(first);
	if (second === undefined || soft === undefined || others.length > 0) return second === undefined ? soft : undefined;
	const hard = limit(second);
	return hard === undefined ? undefined : { soft, hard };
}

/** A limit is a whole number, so its size has no fraction. */
const wholeSize = (word: string): number | undefined => (word.includes(".") ? undefined : bytesOf(word));

/** `--nice N`. */
export function readNice(reader: Reader): number | undefined {
	return readSigned(reader, "nice", -20, 19);
}

/** `--oom-score-adj N`. */
export function readScore(reader: Reader): number | undefined {
	return readSigned(reader, "oom-score-adj", -1000, 1000);
}

function readSigned(reader: Reader, name: string, least: number, most: number): number | undefined {
	const text = reader.text(name);
	if (text === undefined) return undefined;
	const number = signedNumber(text);
	if (number !== undefined && number >= least && number <= most) return number;
	return invalid(reader, name, text, `it is a whole number from ${least} to ${most}`);
}

/** `--scheduler other|batch|idle|fifo:N|rr:N`. */
export function readScheduler(reader: Reader): Scheduler | undefined {
	const text = reader.text("scheduler");
	if (text === undefined || text === "other" || text === "batch" || text === "idle") return text;
	const [policy, word = "", ...others] = text.split(":");
	const level = wholeNumber(word);
	const known = policy === "fifo" || policy === "rr";
	if (known && level !== undefined && level >= 1 && level <= 99 && others.length === 0)
		return { policy, priority: level };
	return invalid(reader, "scheduler", text, "it is other, batch, idle, fifo:N or rr:N, and N is from 1 to 99");
}

/** The level of a class when none is said: that of a nice value of 0. */
const usualLevel = "4";

/** `--ioprio idle|best-effort[:N]|realtime[:N]`. */
export function readIoPriority(reader: Reader): IoPriority | undefined {
	const text = reader.text("ioprio");
	if (text === undefined || text === "idle") return text;
	const [name, word = usualLevel, ...others] = text.split(":");
	const level = wholeNumber(word);
	const known = name === "best-effort" || name === "realtime";
	if (known && level !== undefined && level <= 7 && others.length === 0) return { class: name, level };
	return invalid(
		reader,
		"ioprio",
		text,
		"it is idle, best-effort:N or realtime:N, and N is from 0 to 7; 4 if left out",
	);
}

/** CONFIG_NR_CPUS is 8192 at most. */
const lastProcessor = 8191;

/** `--affinity 0-1,3`. */
export function readProcessors(reader: Reader): number[] | undefined {
	const text = reader.text("affinity");
	if (text === undefined) return undefined;
	const numbers = new Set<number>();
	for (const part of text.split(",")) {
		const [word = "", end = word, ...others] = part.split("-");
		const [first, last] = [wholeNumber(word), wholeNumber(end)];
		if (first === undefined || last === undefined || others.length > 0 || first > last || last > lastProcessor) {
			const hint = `write numbers from 0 to ${lastProcessor} and ranges, such as 0-1,3`;
			return invalid(reader, "affinity", text, hint);
		}
		for (let number = first; number <= last; number++) numbers.add(number);
	}
	return [...numbers].sort((a, b) => a - b);
}

function invalid(reader: Reader, name: string, text: string, hint: string): undefined {
	return reader.problem("VALUE_INVALID", `--${name} ${JSON.stringify(text)} cannot be`, hint);
}
