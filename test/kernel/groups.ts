/** Control groups in tests: what this machine has, a part of them that is given to a user, and what is left of ours. */

import { expect } from "bun:test";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { lookAtControlGroups } from "../../src/cgroup-files/look.ts";
import type { ControlGroups, UnifiedGroup, Version } from "../../src/cgroups/types.ts";
import type { Ended, Ns, Running, RunOptions } from "./harness.ts";
import { textOf } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

/** What the tests themselves could limit. */
export const machine: ControlGroups = lookAtControlGroups();

/** The version that has this controller here; `undefined` where none has. */
export function versionOf(controller: string): Version | undefined {
	if (machine.legacy.some(({ controllers }) => controllers.includes(controller))) return 1;
	return machine.unified.some(({ controllers }) => controllers.includes(controller)) ? 2 : undefined;
}

let count = 0;

/** Groups that belong to a user, one in each hierarchy. */
export interface Delegated {
	/** Put in front of a command line, it moves into them. */
	readonly before: string[];
	/** The directories below which the user's groups are made. */
	readonly directories: readonly string[];
	/** Removes them all. */
	close(): void;
}

const rights = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads", "tasks"];

/**
 * Makes groups and gives them to a user. In v2 the user's processes are in one below, beside which others can be made; with
 * `alone` they are in the very group, which has to be emptied first.
 */
export function delegated(uid: number, { alone = false } = {}): Delegated {
	const name = `nskit-test${count++}-${process.pid}`;
	const made: string[] = [];
	const procs: string[] = [];
	const directories: string[] = [];
	const make = (path: string): string => {
		mkdirSync(path);
		made.push(path);
		chownSync(path, uid, uid);
		for (const file of rights) if (existsSync(`${path}/${file}`)) chownSync(`${path}/${file}`, uid, uid);
		return path;
	};
	for (const { directory, controllers, processors = "", nodes = "" } of machine.legacy) {
		if (directory === undefined) continue;
		const group = make(`${directory}/${name}`);
		if (controllers.includes("cpuset")) {
			writeFileSync(`${group}/cpuset.cpus`, processors);
			writeFileSync(`${group}/cpuset.mems`, nodes);
		}
		procs.push(`${group}/cgroup.procs`);
		directories.push(group);
	}
	const above = machine.unified[0];
	if (above) {
		const names = handOn(above);
		const group = make(`${above.directory}/${name}`);
		if (alone) procs.push(`${group}/cgroup.procs`);
		else {
			if (names !== "") writeFileSync(`${group}/cgroup.subtree_control`, names);
			procs.push(`${make(`${group}/own`)}/cgroup.procs`);
		}
		directories.push(group);
	}
	const moves = procs.map((file) => `echo $$ >'${file}' || exit 99; `).join("");
	return {
		before: ["sh", "-c", `${moves}exec "$@"`, "sh"],
		directories,
		close() {
			for (const directory of directories)
				for (const one of left(directory)) if (one.endsWith("-rest")) rmdirSync(`${directory}/${one}`);
			// Some may be gone, from an attempt before.
			for (const path of made.toReversed()) if (existsSync(path)) rmdirSync(path);
		},
	};
}

/** Sees to it that a group of v2 hands on what it has; what is handed on by now. */
function handOn({ directory, isRoot, controllers }: UnifiedGroup): string {
	const wanted = controllers.filter((one) => ["memory", "cpu", "pids", "cpuset", "io"].includes(one));
	const words = wanted.map((one) => `+${one}`).join(" ");
	if (words !== "" && isRoot) writeFileSync(`${directory}/cgroup.subtree_control`, words);
	const enabled = readFileSync(`${directory}/cgroup.subtree_control`, "utf8").trim();
	return enabled === ""
		? ""
		: enabled
				.split(" ")
				.map((one) => `+${one}`)
				.join(" ");
}

/** Groups of ours in a directory. */
export const left = (directory: string): string[] =>
	existsSync(directory) ? readdirSync(directory).filter((one) => one.startsWith("nskit-")) : [];

/** Directories in which groups are made for the tests' own user. */
export const own: readonly string[] = [
	...machine.legacy.flatMap(({ directory }) => directory ?? []),
	...machine.unified.map(({ directory }) => directory),
];

/** The groups that the sandbox of this process has, wherever. */
export function groupsOf(pid: number, directories: readonly string[] = own): string[] {
	return directories.map((one) => `${one}/nskit-${pid}`).filter((one) => existsSync(one));
}

/** A run of `ns` in groups that its user may use, and nothing of them left behind it. */
export async function limited(ns: Ns, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
	const room = ns.who === "ordinary" ? delegated(ns.account.uid) : undefined;
	try {
		const child = ns.startNs(["run", ...args], {
			...options,
			before: [...(room?.before ?? []), ...(options.before ?? [])],
		});
		await child.stdin.end();
		const all = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
		const [stdout, stderr] = await inTime(`the end of ${args.join(" ")}`, all, options.within);
		expect(groupsOf(child.pid, room?.directories)).toEqual([]);
		return { code: child.signalCode ? null : child.exitCode, signal: child.signalCode, stdout, stderr };
	} finally {
		// Whoever was in it may be just ending.
		if (room) await closed(room);
	}
}

/** Removes what a user was given, when nobody is in it any more. */
export async function closed(room: Delegated): Promise<void> {
	await until("the groups can be removed", () => {
		try {
			room.close();
			return true;
		} catch (error) {
			if (error instanceof Error && "code" in error && error.code === "EBUSY") return false;
			throw error;
		}
	});
}

/** A running `ns` with limits, and what its groups say. */
export interface Started {
	readonly child: Running;
	/** A file of whichever of its groups has it; empty where none has. */
	text(file: string): string;
	/** The number behind these words in it, at the beginning of a line; 0 where there is none. */
	number(file: string, words: string): number;
	/** Processor time of the command, in clock ticks. */
	ticks(): number;
	/** Waits until the groups are removed. */
	gone(): Promise<void>;
	/** Ends everything, and waits for that. */
	kill(): Promise<void>;
}

/** Starts `ns run` in groups that its user may use, and waits until its command is in a group of its own. */
export async function started(ns: Ns, args: readonly string[], options: RunOptions = {}): Promise<Started> {
	const room = ns.who === "ordinary" ? delegated(ns.account.uid) : undefined;
	const child = ns.startNs(["run", ...args], {
		...options,
		before: [...(room?.before ?? []), ...(options.before ?? [])],
	});
	const groups = () => groupsOf(child.pid, room?.directories);
	const text = (file: string): string => {
		for (const one of groups()) if (existsSync(`${one}/${file}`)) return textOf(`${one}/${file}`).trim();
		return "";
	};
	await until("the command is in its group", () => text("cgroup.procs") !== "");
	const gone = async (): Promise<void> => {
		await until("the groups are removed", () => groups().length === 0);
		if (room) await closed(room);
	};
	return {
		child,
		text,
		number: (file, words) => Number(new RegExp(`^${words}(\\d+)$`, "m").exec(text(file))?.[1] ?? 0),
		ticks() {
			const [pid = ""] = text("cgroup.procs").split("\n");
			const fields = textOf(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
			return Number(fields[11]) + Number(fields[12]);
		},
		gone,
		async kill() {
			child.kill("SIGKILL");
			await child.exited;
			await gone();
		},
	};
}
