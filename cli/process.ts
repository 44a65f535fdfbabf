/** The options that set up the command's process: its user, its descriptors and what else it is given. */
import type { PassedDescriptor } from "../src/plan/types.ts";
import { personalities } from "../src/process/attributes.ts";
import type { SysctlOptions } from "../src/process/sysctl.ts";
import type { Profile } from "../src/profile/types.ts";
import { readIoPriority, readLimits, readNice, readProcessors, readScheduler, readScore } from "./limits.ts";
import { wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

/** The options of each module, and how they become it. */
const modules: readonly { readonly options: readonly string[]; readonly read: (reader: Reader) => Profile }[] = [
	{ options: ["sysctl"], read: (reader) => ({ sysctl: readParameters(reader) }) },
	{ options: ["rlimit"], read: (reader) => ({ limits: readLimits(reader) }) },
	{
		options: ["nice", "scheduler", "ioprio", "affinity", "oom-score-adj"],
		read: (reader) => ({
			priority: {
				nice: readNice(reader),
				scheduler: readScheduler(reader),
				io: readIoPriority(reader),
				affinity: readProcessors(reader),
				oomScoreAdjust: readScore(reader),
			},
		}),
	},
	{
		options: ["umask", "personality", "new-keyring"],
		read: (reader) => ({
			attributes: {
				umask: readUmask(reader),
				personality: readPersonality(reader),
				newKeyring: reader.flag("new-keyring"),
			},
		}),
	},
	{
		options: ["setuid", "setgid", "groups"],
		read: (reader) => ({
			identity: { uid: readId(reader, "setuid"), gid: readId(reader, "setgid"), groups: readGroups(reader) },
		}),
	},
	{
		options: ["stdin", "stdout", "stderr", "append", "stderr-to-stdout"],
		read: (reader) => ({
			redirect: {
				stdin: readPath(reader, "stdin"),
				stdout: readPath(reader, "stdout"),
				stderr: readPath(reader, "stderr"),
				append: reader.flag("append"),
				stderrToStdout: reader.flag("stderr-to-stdout"),
			},
		}),
	},
	{ options: ["pass-fd"], read: (reader) => ({ passDescriptors: readPasses(reader) }) },
];

/** The modules that these options ask for; those without an option are left out. */
export function processParts(reader: Reader): Profile {
	let parts: Profile = {};
	for (const { options, read } of modules) {
		if (reader.given.some(({ name }) => options.includes(name))) parts = { ...parts, ...read(reader) };
	}
	return parts;
}

function readUmask(reader: Reader): number | undefined {
	const text = reader.text("umask");
	if (text === undefined) return undefined;
	if (/^[0-7]{1,4}$/.test(text) && Number.parseInt(text, 8) <= 0o777) return Number.parseInt(text, 8);
	return reader.problem("VALUE_INVALID", `--umask ${JSON.stringify(text)} is no umask`, "write it in octal, 0 to 777");
}

function readPersonality(reader: Reader): (typeof personalities)[number][] | undefined {
	const text = reader.text("personality");
	if (text === undefined) return undefined;
	const found: (typeof personalities)[number][] = [];
	for (const word of text.split(",")) {
		const known = personalities.find((name) => name === word);
		if (known === undefined) {
			const hint = `known are ${personalities.join(", ")}`;
			reader.problem("VALUE_INVALID", `--personality: there is no ${JSON.stringify(word)}`, hint);
		} else found.push(known);
	}
	return found;
}

/** 4294967295 is -1 to the kernel: no id. */
const lastId = 4294967294;

function idOf(reader: Reader, name: string, text: string): number | undefined {
	const id = wholeNumber(text);
	if (id !== undefined && id <= lastId) return id;
	const hint = `ids are whole numbers from 0 to ${lastId}, in decimal digits, or names that the caller's system has`;
	return reader.problem("VALUE_INVALID", `--${name} ${JSON.stringify(text)} is no id`, hint);
}

function readId(reader: Reader, name: "setuid" | "setgid"): number | undefined {
	const text = reader.text(name);
	return text === undefined ? undefined : idOf(reader, name, text);
}

function readGroups(reader: Reader): number[] | undefined {
	const text = reader.text("groups");
	if (text === undefined) return undefined;
	const ids: number[] = [];
	for (const word of text.split(",")) {
		const id = idOf(reader, "groups", word);
		if (id !== undefined) ids.push(id);
	}
	return ids;
}

/** An empty path stays empty, and is a problem of the module's. */
function readPath(reader: Reader, name: "stdin" | "stdout" | "stderr"): string | undefined {
	const path = reader.text(name);
	return path === undefined ? undefined : reader.resolve(path);
}

function readPasses(reader: Reader): PassedDescriptor[] {
	const passes: PassedDescriptor[] = [];
	for (const text of reader.each("pass-fd")) {
		const words = text.split(":");
		const from = wholeNumber(words[0] ?? "");
		const to = words.length === 1 ? from : wholeNumber(words[1] ?? "");
		if (from !== undefined && to !== undefined && words.length <= 2) passes.push({ from, to });
		else reader.problem("VALUE_INVALID", `--pass-fd ${JSON.stringify(text)} names no descriptor`, "write N, or N:M");
	}
	return passes;
}

/** `--sysctl NAME=VALUE`; of a name that is given twice the last value counts, as with sysctl(8). */
function readParameters(reader: Reader): SysctlOptions {
	const values: Record<string, string> = {};
	for (const text of reader.each("sysctl")) {
		const equals = text.indexOf("=");
		if (equals > 0) values[text.slice(0, equals)] = text.slice(equals + 1);
		else reader.problem("SYSCTL_INVALID", `--sysctl ${text} is not NAME=VALUE`, "such as net.ipv4.ip_forward=1");
	}
	return values;
}
