/** What the machine looks like from outside: compared before and after every test, it must be the same. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { reap } from "./libc.ts";

/** A process, as `/proc/PID/stat` tells of it. */
export interface Process {
	readonly pid: number;
	readonly parent: number;
	readonly name: string;
	/** One letter: R, S, D, T, Z and so on. */
	readonly state: string;
	readonly session: number;
	readonly group: number;
	/** The group in the foreground of its terminal; -1 without a terminal. */
	readonly front: number;
}

/** What `/proc/PID/stat` says, or nothing when there is no such process. */
export function processInfo(pid: number): Process | undefined {
	const stat = textOf(`/proc/${pid}/stat`);
	const match = /^\d+ \((.*)\) (\S) (\d+) (\d+) (\d+) \d+ (-?\d+) /s.exec(stat);
	if (!match) return undefined;
	const [, name = "", state = ""] = match;
	const [parent = 0, group = 0, session = 0, front = -1] = match.slice(3).map(Number);
	return { pid, name, state, parent, group, session, front };
}

/** The process ids that this one has seen below it, also of those that have ended. */
export const ours: Set<number> = new Set([process.pid]);

/** All processes below `root`, without it. */
export function descendants(root: number): Process[] {
	const all = numbersIn("/proc").flatMap((pid) => processInfo(pid) ?? []);
	const found: Process[] = [];
	const add = (parent: number): void => {
		for (const process of all) {
			if (process.parent !== parent) continue;
			found.push(process);
			add(process.pid);
		}
	};
	add(root);
	if (root === process.pid) for (const { pid } of found) ours.add(pid);
	return found;
}

const numbersIn = (folder: string): number[] => readdirSync(folder).map(Number).filter(Number.isInteger);

/** The text of a file, or nothing where it may not be read or is gone. */
export function textOf(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

/** What a link says, or nothing where it may not be read or is gone. */
export function linkOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return "";
	}
}

/** Whether all of these have ended. */
export function haveEnded(pids: readonly number[]): boolean {
	reapOrphans();
	return pids.every((pid) => ["Z", "X", undefined].includes(processInfo(pid)?.state));
}

/** The namespaces of a process by name, such as `{ net: "net:[4026531840]" }`. */
export function namespacesOf(pid: number | "self"): Record<string, string> {
	const folder = `/proc/${pid}/ns`;
	return Object.fromEntries(readdirSync(folder).map((name) => [name, linkOf(`${folder}/${name}`)]));
}

/** The names of the network interfaces. */
export function interfaces(): string[] {
	return textOf("/proc/self/net/dev")
		.split("\n")
		.slice(2)
		.flatMap((line) => line.split(":")[0]?.trim() || [])
		.toSorted();
}

/** The open descriptors of this process, but for those that Bun keeps for itself and makes when it needs them. */
function descriptors(): string[] {
	return numbersIn("/proc/self/fd")
		.map((fd) => linkOf(`/proc/self/fd/${fd}`))
		.filter((target) => target !== "" && !target.startsWith("anon_inode:") && !target.startsWith("/proc/"))
		.toSorted();
}

/** The groups of ours directly below each control group that this process is in. */
function controlGroups(): string[] {
	descendants(process.pid);
	const own = textOf("/proc/self/cgroup").trim().split("\n");
	return own.flatMap((line) => {
		const [, controllers = "", path = ""] = line.split(":");
		const names = controllers === "" ? ["unified", "."] : [controllers.replace("name=", "")];
		const folder = names
			.map((name) => `/sys/fs/cgroup/${name}${path}`)
			.find((one) => existsSync(`${one}/cgroup.procs`));
		if (folder === undefined) return [];
		const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
		return inside.filter(({ name }) => isOurs(name)).map(({ name }) => `${folder}/${name}`);
	});
}

/** Whether a group bears the number of this process, or of one that was below it; other tests make some meanwhile. */
function isOurs(name: string): boolean {
	const [, pid] = /(?:^|\D)(\d+)(?:-rest)?$/.exec(name) ?? [];
	return pid !== undefined && ours.has(Number(pid));
}

/** System V objects, by key and id. */
function queues(): string[] {
	return ["msg", "sem", "shm"].flatMap((kind) =>
		textOf(`/proc/sysvipc/${kind}`)
			.split("\n")
			.map((line) => line.trim().split(/\s+/).slice(0, 2).join(" "))
			.map((text) => `${kind} ${text}`),
	);
}

/** Places where namespaces are kept for all to see: tests of other files may keep some meanwhile. */
const everybodys = / \/run\/(nskit|netns)(\/| )/;

/** The mounts here. Of those in places that are everybody's only ours: their names end in the number of this process. */
export function mounts(): string {
	const ours = new RegExp(`-${process.pid}(/| )`);
	const lines = textOf("/proc/self/mountinfo").split("\n");
	return lines.filter((line) => !everybodys.test(line) || ours.test(line)).join("\n");
}

/** Everything that a run must leave as it was. */
export interface Outside {
	readonly names: readonly string[];
	readonly mounts: string;
	readonly namespaces: Record<string, string>;
	readonly processes: readonly string[];
	readonly interfaces: readonly string[];
	readonly descriptors: readonly string[];
	readonly controlGroups: readonly string[];
	readonly queues: readonly string[];
	readonly files: readonly string[];
}

/** Looks at everything. `folder` is where temporary files of the tests go. */
export function snapshot(folder: string): Outside {
	return {
		names: ["hostname", "domainname"].map((name) => textOf(`/proc/sys/kernel/${name}`)),
		mounts: mounts(),
		namespaces: namespacesOf("self"),
		processes: living(),
		interfaces: interfaces(),
		descriptors: descriptors(),
		controlGroups: controlGroups(),
		queues: queues(),
		files: readdirSync(folder, { recursive: true }).map(String).toSorted(),
	};
}

/** The processes that this one has started itself: Bun waits for them. */
export const started: Set<number> = new Set();

/** When each zombie that was left to us was first seen. */
const seen = new Map<number, number>();
/** Milliseconds in which Bun takes away what it has started itself without our knowing, as `spawn` of the library does. */
const bunsTime = 50;

/** Takes away those that have ended and were left to us by their parents: an init waits for them, when it ends. */
export function reapOrphans(): void {
	const now = performance.now();
	for (const { pid, parent, state } of descendants(process.pid)) {
		if (state !== "Z" || parent !== process.pid || started.has(pid)) continue;
		const since = seen.get(pid);
		if (since === undefined) seen.set(pid, now);
		else if (now - since >= bunsTime) {
			reap(pid);
			seen.delete(pid);
		}
	}
}

/** Processes below this one that have not ended. */
function living(): string[] {
	reapOrphans();
	return descendants(process.pid).flatMap(({ pid, name, state }) => (state === "Z" ? [] : [`${pid} ${name}`]));
}
