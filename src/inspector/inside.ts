/** The parts of an inspection that can be seen from inside only, or where no process is in the namespace. */
import { fromBytes } from "../bytes.ts";
import { hostFacts } from "../host.ts";
import { parseMountInfo } from "../inspect/mountinfo.ts";
import { interfacesOf, routesOf } from "../inspect/netlink.ts";
import { outsideOf, parseCgroups, parseIdMap, parseOffsets, withRoots } from "../inspect/proc.ts";
import { ipcFiles, ipcOf, listeningOf, socketFiles } from "../inspect/sockets.ts";
import type { InspectedIds, InspectedNamespace, Inspection, Part } from "../inspect/types.ts";
import { namesOf, type Task, type TaskResult } from "../inspect/visit.ts";
import type { NamespaceKind } from "../plan/namespaces.ts";
import type { Unknown } from "./collect.ts";
import type { OpenProcess } from "./process.ts";
import { textOf } from "./process-parts.ts";
import { visit } from "./visitor.ts";

/** What is looked at. */
export interface Place {
	/** A process in all of these namespaces. */
	readonly process?: OpenProcess | undefined;
	/** The kinds that are asked about. */
	readonly kinds: ReadonlySet<NamespaceKind>;
	/** What is known of their namespaces, with a descriptor where the caller may have one. */
	readonly namespaces: ReadonlyMap<NamespaceKind, OpenNamespace>;
	readonly wants: (part: Part) => boolean;
	readonly unknown: Unknown;
}

/** A namespace with a descriptor of this process. */
export interface OpenNamespace extends InspectedNamespace {
	readonly fd?: number | undefined;
}

type Inside = Pick<Inspection, "ids" | "mounts" | "network" | "names" | "ipc" | "clocks" | "cgroups">;

/** The part that each namespace makes; a PID namespace has nothing but processes. */
export const partOf: Readonly<Partial<Record<NamespaceKind, Part>>> = {
	user: "ids",
	mount: "mounts",
	net: "network",
	uts: "names",
	ipc: "ipc",
	time: "clocks",
	cgroup: "cgroups",
};

const isWanted = ({ kinds, wants }: Place, kind: NamespaceKind): boolean => {
	const part = partOf[kind];
	return part !== undefined && kinds.has(kind) && wants(part);
};

/** All of these parts that are wanted. */
export async function inspectInside(place: Place): Promise<Inside> {
	return {
		...readOutside(place),
		...(await visited(place, place.process ? ["net", "uts", "ipc", "cgroup"] : ["mount", "net", "uts", "ipc", "time"])),
		// By itself: with it come other rights over the rest.
		...(place.process ? {} : await visited(place, ["user"])),
	};
}

/** What /proc/PID tells anybody. */
function readOutside(place: Place): Inside {
	const { process, unknown } = place;
	if (!process) return {};
	const found: { -readonly [name in keyof Inside]: Inside[name] } = {};
	const read = <T>(kind: NamespaceKind, what: string, body: () => T): T | undefined =>
		isWanted(place, kind) ? unknown.try(partOf[kind] ?? "process", what, body) : undefined;
	found.ids = read("user", "its maps", () => idsOf("caller", (name) => textOf(process, name)));
	found.mounts = read("mount", "its mounts", () => parseMountInfo(textOf(process, "mountinfo")));
	found.cgroups = read("cgroup", "its cgroups", () => parseCgroups(textOf(process, "cgroup")));
	found.clocks = read("time", "its offsets", () => parseOffsets(textOf(process, "timens_offsets")));
	return found;
}

function idsOf(outside: InspectedIds["outside"], read: (name: string) => string): InspectedIds {
	const setgroups = read("setgroups").trim();
	return {
		outside,
		uids: parseIdMap(read("uid_map")),
		gids: parseIdMap(read("gid_map")),
		...((setgroups === "allow" || setgroups === "deny") && { setgroups }),
	};
}

/** Tasks with what becomes of their results. */
interface Errand {
	readonly kind: NamespaceKind;
	readonly tasks: readonly Task[];
	tell(results: readonly TaskResult[]): Inside;
}

/** Looks from inside of namespaces of these kinds. */
async function visited(place: Place, kinds: readonly NamespaceKind[]): Promise<Inside> {
	const errands = kinds.flatMap((kind) => (isWanted(place, kind) ? (errandOf(place, kind) ?? []) : []));
	const entering = errands.filter(({ kind }) => !place.namespaces.get(kind)?.shared);
	const entries = entering.map(({ kind }): Task => ({ task: "enter", kind, fd: place.namespaces.get(kind)?.fd ?? -1 }));
	const tasks = [...entries, ...errands.flatMap((one) => one.tasks)];
	if (tasks.length === 0) return {};
	const results = await visit(tasks).catch((error: unknown) => {
		if (!(error instanceof RangeError)) throw error;
		for (const { kind } of errands) place.unknown.add(partOf[kind] ?? "process", error.message);
	});
	if (!results) return {};
	let found: Inside = {};
	let at = entries.length;
	for (const { kind, tasks, tell } of errands) {
		const refused = results[entering.findIndex((one) => one.kind === kind)]?.errno;
		const its = results.slice(at, at + tasks.length);
		at += tasks.length;
		const part = partOf[kind] ?? "process";
		if (refused !== undefined) place.unknown.failed(part, `entering the ${kind} namespace`, refused);
		else found = { ...found, ...place.unknown.try(part, "what was seen inside", () => tell(its)) };
	}
	return found;
}

/** `undefined` where the namespace cannot be opened, which is said. */
function errandOf(place: Place, kind: NamespaceKind): Errand | undefined {
	const { namespaces, unknown } = place;
	const { fd, shared } = namespaces.get(kind) ?? { shared: false };
	if (kind === "cgroup" && fd === undefined) return undefined;
	if (fd === undefined && !shared) {
		unknown.add(partOf[kind] ?? "process", `the ${kind} namespace cannot be opened`);
		return undefined;
	}
	return errands[kind]?.(place);
}

const file = (path: string, below: number | "self" | "root"): Task => ({ task: "file", path, below });

const errands: Readonly<Partial<Record<NamespaceKind, (place: Place) => Errand>>> = {
	user: ({ unknown }) => {
		const names = ["uid_map", "gid_map", "setgroups"];
		const tell = (results: readonly TaskResult[]): Inside => {
			const texts = textsOf(results, "ids", unknown);
			return { ids: idsOf("parent", (name) => texts[names.indexOf(name)] ?? "") };
		};
		return { kind: "user", tasks: names.map((name) => file(name, "self")), tell };
	},
	mount: ({ unknown }) => ({
		kind: "mount",
		tasks: [file("mountinfo", "self")],
		tell: (results) => ({ mounts: parseMountInfo(textsOf(results, "mounts", unknown).join("")) }),
	}),
	time: ({ unknown }) => ({
		kind: "time",
		tasks: [file("timens_offsets", "self")],
		tell: (results) => ({ clocks: parseOffsets(textsOf(results, "clocks", unknown).join("")) }),
	}),
	uts: () => ({
		kind: "uts",
		tasks: [{ task: "names" }],
		tell: ([names]) => ({ names: names && namesOf(names.bytes, fromBytes) }),
	}),
	net: networkErrand,
	ipc: (place) => ({
		kind: "ipc",
		tasks: ipcFiles.map((name) => file(`sysvipc/${name}`, "root")),
		tell: (results) => {
			const [shm = "", sem = "", msg = ""] = textsOf(results, "ipc", place.unknown);
			return { ipc: ipcOf({ shm, sem, msg }, (uid) => seenUid(place, uid)) };
		},
	}),
	cgroup: ({ process, unknown }) => ({
		kind: "cgroup",
		tasks: process ? [file("cgroup", process.directory)] : [],
		tell: (results) => {
			const [inside = ""] = textsOf(results, "cgroups", unknown);
			return { cgroups: process && withRoots(parseCgroups(textOf(process, "cgroup")), parseCgroups(inside)) };
		},
	}),
};

/** Without rights of its own, the visitor has entered the owner of the namespace, and the users there have other numbers. */
function seenUid({ process, namespaces }: Place, uid: number): number | undefined {
	const ipc = namespaces.get("ipc");
	if (hostFacts().privileged || ipc?.shared) return uid;
	if (!process || ipc?.owner === undefined || ipc.owner !== namespaces.get("user")?.inode) return undefined;
	return outsideOf(parseIdMap(textOf(process, "uid_map")), uid);
}

function textsOf(results: readonly TaskResult[], part: Part, unknown: Unknown): string[] {
	return results.map(({ bytes, errno }) => {
		if (errno !== undefined) unknown.failed(part, "a file inside", errno);
		return fromBytes(bytes);
	});
}

/** Unless the process's own files tell, the visitor's do: the sockets are the same. */
function networkErrand({ process, unknown }: Place): Errand {
	const files = process ? [] : socketFiles;
	return {
		kind: "net",
		tasks: [
			{ task: "dump", dump: "links" },
			{ task: "dump", dump: "addresses" },
			{ task: "dump", dump: "routes" },
			...files.map((name) => file(`net/${name}`, "self")),
		],
		tell([links, addresses, routes, ...read]) {
			const none = new Uint8Array();
			const interfaces = interfacesOf(links?.bytes ?? none, addresses?.bytes ?? none);
			const texts = process
				? socketFiles.map((name) => textOf(process, `net/${name}`))
				: textsOf(read, "network", unknown);
			const listening = socketFiles.flatMap((name, i) => listeningOf(name, texts[i] ?? ""));
			return { network: { interfaces, routes: routesOf(routes?.bytes ?? none, interfaces), listening } };
		},
	};
}
