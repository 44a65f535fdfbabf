/** The texts below /proc/PID as data. proc(5). Each throws a `RangeError` at what the kernel does not write. */
import { capabilityName } from "../linux/capabilities.ts";
import { hasBit } from "../linux/mask.ts";
import type { Resource } from "../process/limits.ts";
import type {
	CapabilitySets,
	ClockOffset,
	InspectedCgroup,
	InspectedLimit,
	InspectedProcess,
	InspectedRights,
	MappedRange,
} from "./types.ts";

/** A number that is written in digits, with a sign before it. */
export function integer(text: string | undefined): number {
	if (text === undefined || !/^-?\d+$/.test(text)) throw new RangeError(`no number: ${JSON.stringify(text)}`);
	return Number(text);
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** The fields of `/proc/PID/status` by name. */
export function parseStatus(text: string): ReadonlyMap<string, string> {
	const fields = new Map<string, string>();
	for (const line of text.split("\n")) {
		const colon = line.indexOf(":");
		// Names are escaped there, so no line begins within one.
		if (colon > 0 && !fields.has(line.slice(0, colon))) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
	}
	return fields;
}

type Four = InspectedProcess["uids"];

function four(text: string | undefined): Four {
	const [real, effective, saved, files] = words(text ?? "");
	return [integer(real), integer(effective), integer(saved), integer(files)];
}

/** What of a process stands in its status. */
export function statusFacts(
	fields: ReadonlyMap<string, string>,
): Pick<InspectedProcess, "pids" | "uids" | "gids" | "groups" | "threads" | "umask"> {
	const umask = fields.get("Umask");
	return {
		pids: words(fields.get("NSpid") ?? fields.get("Pid") ?? "").map(integer),
		uids: four(fields.get("Uid")),
		gids: four(fields.get("Gid")),
		groups: words(fields.get("Groups") ?? "").map(integer),
		threads: integer(fields.get("Threads")),
		...(umask !== undefined && /^[0-7]+$/.test(umask) && { umask: Number.parseInt(umask, 8) }),
	};
}

const seccompModes = ["none", "strict", "filter"] as const;

/** What a process may do, as its status tells. */
export function rightsOf(fields: ReadonlyMap<string, string>): InspectedRights {
	const sets = {
		effective: capabilitiesOf(fields.get("CapEff")),
		permitted: capabilitiesOf(fields.get("CapPrm")),
		inheritable: capabilitiesOf(fields.get("CapInh")),
		bounding: capabilitiesOf(fields.get("CapBnd")),
		ambient: capabilitiesOf(fields.get("CapAmb")),
	} satisfies CapabilitySets;
	const mode = seccompModes[integer(fields.get("Seccomp") ?? "0")];
	if (mode === undefined) throw new RangeError(`seccomp has no mode ${fields.get("Seccomp")}`);
	const filters = fields.get("Seccomp_filters");
	return {
		capabilities: sets,
		noNewPrivileges: integer(fields.get("NoNewPrivs") ?? "0") === 1,
		seccomp: mode,
		...(filters !== undefined && { seccompFilters: integer(filters) }),
	};
}

function capabilitiesOf(mask: string | undefined): string[] {
	if (mask === undefined || !/^[\da-f]{16}$/.test(mask)) throw new RangeError(`no mask: ${JSON.stringify(mask)}`);
	const names: string[] = [];
	for (let number = 0; number < 64; number++) if (hasBit(mask, number)) names.push(capabilityName(number));
	return names;
}

/** What of a process stands in `/proc/PID/stat`. */
export interface StatFacts extends Pick<InspectedProcess, "state" | "processGroup" | "session" | "terminal" | "nice"> {
	readonly parent: number;
	/** Clock ticks since boot. */
	readonly startTime: number;
}

/** `/proc/PID/stat`: the name in it may hold anything, also parentheses and spaces. */
export function parseStat(text: string): StatFacts {
	// From the third field on.
	const fields = words(text.slice(text.lastIndexOf(")") + 1));
	const [state = "", parent, group, session, terminal] = fields;
	if (!/^[A-Za-z]$/.test(state)) throw new RangeError(`no state: ${JSON.stringify(state)}`);
	const device = integer(terminal);
	return {
		state,
		parent: integer(parent),
		processGroup: integer(group),
		session: integer(session),
		nice: integer(fields[16]),
		startTime: integer(fields[19]),
		...(device !== 0 && {
			terminal: { major: (device >> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) },
		}),
	};
}

/** The kernel's words for the resources, with our names. */
const resourceTitles: Readonly<Record<string, Resource>> = {
	"Max cpu time": "cpu",
	"Max file size": "fsize",
	"Max data size": "data",
	"Max stack size": "stack",
	"Max core file size": "core",
	"Max resident set": "rss",
	"Max processes": "nproc",
	"Max open files": "nofile",
	"Max locked memory": "memlock",
	"Max address space": "as",
	"Max file locks": "locks",
	"Max pending signals": "sigpending",
	"Max msgqueue size": "msgqueue",
	"Max nice priority": "nice",
	"Max realtime priority": "rtprio",
	"Max realtime timeout": "rttime",
};

/** `/proc/PID/limits`, in the order of our names. A resource that a newer kernel has is left out. */
export function parseLimits(text: string): InspectedLimit[] {
	const found: InspectedLimit[] = [];
	for (const line of text.split("\n").slice(1)) {
		const name = resourceTitles[line.slice(0, 26).trim()];
		const [soft, hard] = words(line.slice(26));
		if (name !== undefined) found.push({ name, soft: limitOf(soft), hard: limitOf(hard) });
	}
	return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const limitOf = (text: string | undefined): number | "unlimited" => (text === "unlimited" ? text : integer(text));

/** `/proc/PID/uid_map` and `gid_map`. user_namespaces(7). */
export function parseIdMap(text: string): MappedRange[] {
	return rowsOf(text).map((row) => {
		const [inside, outside, count] = row.map(integer);
		if (inside === undefined || outside === undefined || count === undefined || row.length !== 3)
			throw new RangeError(`no map of ids: ${JSON.stringify(row.join(" "))}`);
		return { inside, outside, count };
	});
}

const rowsOf = (text: string): string[][] =>
	text
		.split("\n")
		.map(words)
		.filter((row) => row.length > 0);

/** The id outside that an id inside is; `undefined` where it is none. */
export function outsideOf(ranges: readonly MappedRange[], id: number): number | undefined {
	const range = ranges.find(({ inside, count }) => id >= inside && id < inside + count);
	return range && range.outside + id - range.inside;
}

/** `/proc/PID/timens_offsets`. time_namespaces(7). */
export function parseOffsets(text: string): ClockOffset[] {
	return rowsOf(text).map(([clock, seconds, nanoseconds]) => {
		if (clock !== "monotonic" && clock !== "boottime") throw new RangeError(`no clock: ${JSON.stringify(clock)}`);
		return { clock, seconds: integer(seconds), nanoseconds: integer(nanoseconds) };
	});
}

/** `/proc/PID/cgroup`. cgroups(7). */
export function parseCgroups(text: string): InspectedCgroup[] {
	const found: InspectedCgroup[] = [];
	for (const line of text.split("\n")) {
		if (line === "") continue;
		const [, hierarchy, controllers = "", path = ""] = /^(\d+):([^:]*):(.*)$/s.exec(line) ?? [];
		const names = controllers === "" ? [] : controllers.split(",");
		found.push({ hierarchy: integer(hierarchy), controllers: names, path });
	}
	return found;
}

/** The cgroups with the roots of a namespace, told by what the same membership is called inside it. */
export function withRoots(seen: readonly InspectedCgroup[], inside: readonly InspectedCgroup[]): InspectedCgroup[] {
	return seen.map((one) => {
		const path = inside.find(({ hierarchy }) => hierarchy === one.hierarchy)?.path;
		if (path === undefined || path.startsWith("/..") || one.path.startsWith("/..")) return one;
		const below = path === "/" ? "" : path;
		return one.path.endsWith(below) ? { ...one, root: one.path.slice(0, one.path.length - below.length) || "/" } : one;
	});
}
