/** What a command line of unshare(1) asks for. Pure. */

import { signalNumber } from "../../src/linux/signals.ts";
import type { NamespaceKind } from "../../src/plan/namespaces.ts";
import { kindOfLetter } from "../letters.ts";
import { idOf } from "./accounts.ts";
import { answer, type Called, failure, misuse, versionText } from "./end.ts";
import { type ToolFacts, textOf, textOrNone } from "./facts.ts";
import { getopt } from "./getopt.ts";
import { kernelRanges, type OpenRange, rangeOf } from "./maps.ts";
import { idNumber, integer, natural } from "./numbers.ts";
import { subordinateRange } from "./subordinate.ts";
import { unshareHelp, unshareOptions } from "./unshare-options.ts";

/** The request, option by option; what is `undefined` was not asked for. */
export interface UnshareRequest {
	readonly creates: Set<NamespaceKind>;
	/** Files to keep namespaces by. */
	readonly pins: Map<NamespaceKind, string>;
	fork: boolean;
	/** The signal that ends the child when the parent ends. */
	killChild?: number;
	forwardSignals: boolean;
	proc?: string;
	binfmt?: string;
	interpreter?: string;
	propagation: "MS_REC|MS_SLAVE" | "MS_REC|MS_PRIVATE" | "MS_REC|MS_SHARED" | undefined;
	/** What the caller's own ids are inside. */
	mapUser?: number;
	mapGroup?: number;
	/** Ranges, the last that was given first. */
	readonly users: OpenRange[];
	readonly groups: OpenRange[];
	owner?: { readonly uid: number; readonly gid: number };
	setgroups?: "allow" | "deny";
	keepCapabilities: boolean;
	uid?: number;
	gid?: number;
	root?: string;
	directory?: string;
	monotonic?: bigint;
	boottime?: bigint;
	/** The program and its arguments; none for a shell. */
	rest: readonly string[];
}

const propagations = {
	slave: "MS_REC|MS_SLAVE",
	private: "MS_REC|MS_PRIVATE",
	shared: "MS_REC|MS_SHARED",
	unchanged: undefined,
} as const;

/** Where binfmt_misc is mounted. */
export const binfmtPath = "/proc/sys/fs/binfmt_misc";

/** 4294967295 is -1: no id, and none that was given. */
const noId = 0xffffffff;

/** Reads a command line. Throws a `ToolEnd` for help, version, and everything that is wrong, in the tool's words. */
export function readUnshare(words: readonly string[], called: Called, facts: ToolFacts): UnshareRequest {
	const { found, rest } = getopt(words, unshareOptions);
	const request: UnshareRequest = {
		creates: new Set(),
		pins: new Map(),
		fork: false,
		forwardSignals: false,
		propagation: propagations.private,
		users: [],
		groups: [],
		keepCapabilities: false,
		rest,
	};
	for (const one of found) {
		if ("wrong" in one) throw misuse(called, one.wrong);
		const kind = kindOfLetter(one.key);
		if (kind) {
			request.creates.add(kind);
			if (one.value !== undefined) request.pins.set(kind, one.value);
		} else if (one.value === undefined) readSwitch(request, one.key, called, facts);
		else readValue(request, one.key, one.value, called, facts);
	}
	if ((request.monotonic ?? request.boottime) !== undefined && !request.creates.has("time")) {
		const need = "require unsharing of a time namespace (-T)";
		throw failure(called, `options --monotonic and --boottime ${need}`);
	}
	return request;
}

function readSwitch(request: UnshareRequest, key: string, called: Called, facts: ToolFacts): void {
	const { creates, users, groups } = request;
	const { uid, gid } = facts.host;
	switch (key) {
		case "h":
			throw answer(unshareHelp(called.name));
		case "V":
			throw answer(versionText(called));
		case "f":
			request.fork = true;
			break;
		case "kill-child":
			readValue(request, key, "KILL", called, facts);
			break;
		case "forward-signals":
			request.fork = true;
			request.forwardSignals = true;
			break;
		case "mount-proc":
			readValue(request, key, "/proc", called, facts);
			break;
		case "mount-binfmt":
			creates.add("mount").add("user");
			request.proc ??= "/proc";
			request.binfmt = binfmtPath;
			break;
		case "r":
		case "c":
			creates.add("user");
			request.mapUser = key === "r" ? 0 : uid;
			request.mapGroup = key === "r" ? 0 : gid;
			break;
		case "map-auto":
		case "map-subids":
			creates.add("user");
			users.unshift(subordinateRange("/etc/subuid", key === "map-subids", called, facts));
			groups.unshift(subordinateRange("/etc/subgid", key === "map-subids", called, facts));
			break;
		case "keep-caps":
			request.keepCapabilities = true;
			break;
	}
}

function readValue(request: UnshareRequest, key: string, value: string, called: Called, facts: ToolFacts): void {
	const { creates } = request;
	switch (key) {
		case "kill-child": {
			request.fork = true;
			const signal = /^\d/.test(value) ? undefined : signalNumber(value);
			if (signal === undefined) throw failure(called, `unknown signal: ${value}`);
			request.killChild = signal;
			break;
		}
		case "mount-proc":
			creates.add("mount");
			request.proc = value;
			break;
		case "mount-binfmt":
			creates.add("mount").add("user");
			request.binfmt = value;
			break;
		case "l":
			creates.add("mount").add("user");
			if (request.binfmt === undefined) {
				request.proc ??= "/proc";
				request.binfmt = binfmtPath;
			}
			request.interpreter = value;
			break;
		case "map-user":
			creates.add("user");
			request.mapUser = account("uid", "/etc/passwd", value, called, facts);
			break;
		case "map-group":
			creates.add("user");
			request.mapGroup = account("gid", "/etc/group", value, called, facts);
			break;
		case "map-users":
			creates.add("user");
			request.users.unshift(...ranges("uid", value, called, facts));
			break;
		case "map-groups":
			creates.add("user");
			request.groups.unshift(...ranges("gid", value, called, facts));
			break;
		case "owner": {
			creates.add("user");
			const ids = /^\s*(\d+):\s*(\d+)$/.exec(value);
			if (!ids) throw failure(called, "failed to parse owner");
			request.owner = { uid: Number(ids[1]) >>> 0, gid: Number(ids[2]) >>> 0 };
			break;
		}
		case "setgroups":
			if (value !== "allow" && value !== "deny") {
				throw failure(called, `unsupported --setgroups argument '${value}'`);
			}
			request.setgroups = value;
			break;
		case "propagation":
			if (!Object.hasOwn(propagations, value)) throw failure(called, `unsupported propagation mode: ${value}`);
			request.propagation = propagations[value as keyof typeof propagations];
			break;
		case "S":
			request.uid = idNumber(called, value, "failed to parse uid");
			break;
		case "G":
			request.gid = idNumber(called, value, "failed to parse gid");
			break;
		case "R":
			request.root = value;
			break;
		case "w":
			request.directory = value;
			break;
		case "monotonic":
			request.monotonic = integer(called, value, "failed to parse monotonic offset");
			break;
		case "boottime":
			request.boottime = integer(called, value, "failed to parse boottime offset");
			break;
	}
}

/** A number, or a name in the file. What is neither is an error. */
function account(what: "uid" | "gid", file: string, value: string, called: Called, facts: ToolFacts): number {
	const number = natural(value);
	const id = typeof number === "bigint" ? Number(number) : undefined;
	const found = number === undefined ? idOf(textOrNone(facts, file), value) : id;
	if (found === undefined || found >= noId) throw failure(called, `failed to parse ${what} '${value}'`);
	return found;
}

function ranges(what: "uid" | "gid", value: string, called: Called, facts: ToolFacts): OpenRange[] {
	const file = what === "uid" ? "/etc/subuid" : "/etc/subgid";
	if (value === "auto" || value === "subids") return [subordinateRange(file, value === "subids", called, facts)];
	const map = `/proc/self/${what}_map`;
	if (value === "all") return kernelRanges(textOf(facts, called, map, `could not open '${map}'`));
	const range = rangeOf(value);
	if (!range) throw failure(called, `invalid mapping '${value}'`);
	return [range];
}
