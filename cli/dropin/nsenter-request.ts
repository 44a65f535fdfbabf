/** What a command line of nsenter(1) asks for. Pure. */
import type { NamespaceKind } from "../../src/plan/namespaces.ts";
import { kindOfLetter } from "../letters.ts";
import { answer, type Called, failure, misuse, ToolEnd, versionText } from "./end.ts";
import { getopt } from "./getopt.ts";
import { nsenterHelp, nsenterOptions } from "./nsenter-options.ts";
import { idNumber, natural, numberFailure } from "./numbers.ts";

/** An id, or that of the target. */
export type Id = number | "follow";

/** The request, option by option; what is `undefined` was not asked for. */
export interface NsenterRequest {
	all: boolean;
	target?: number;
	/** The inode of the target's pidfd, where it was said. */
	targetInode?: bigint;
	/** What is entered: by a file, or `undefined` for the target's. */
	readonly enters: Map<NamespaceKind, string | undefined>;
	socket?: number;
	userParent: boolean;
	uid?: Id;
	gid?: Id;
	preserve: boolean;
	keepCapabilities: boolean;
	/** Directories: by a path, or the target's. */
	root?: string | true;
	directory?: string | true;
	inside?: string;
	environment: boolean;
	fork: boolean;
	cgroup: boolean;
	context: boolean;
	rest: readonly string[];
}

const mostPid = 0x7fffffffn;

/** Reads a command line. Throws a `ToolEnd` for help, version, and everything that is wrong, in the tool's words. */
export function readNsenter(words: readonly string[], called: Called): NsenterRequest {
	const { found, rest } = getopt(words, nsenterOptions);
	const request: NsenterRequest = {
		all: false,
		enters: new Map(),
		userParent: false,
		preserve: false,
		keepCapabilities: false,
		environment: false,
		fork: true,
		cgroup: false,
		context: false,
		rest,
	};
	const directories = new Set<string>();
	for (const one of found) {
		if ("wrong" in one) throw misuse(called, one.wrong);
		const { key, value } = one;
		if (key === "w" || key === "W") directories.add(key);
		if (directories.size > 1) throw exclusive(called, ["wdns", "wd"]);
		const kind = kindOfLetter(key);
		if (kind) request.enters.set(kind, fileOf(value, request.enters.get(kind), called));
		else readOption(request, key, value, called);
	}
	return request;
}

/** What the tools say of options that exclude each other. */
export const exclusive = ({ name }: Called, names: readonly string[]): ToolEnd =>
	new ToolEnd(`${name}: mutually exclusive arguments:${names.map((one) => ` --${one}`).join("")}\n`, 1, 2);

/** A letter's value may have a `=` before it. */
const withoutEquals = (value: string | undefined): string | undefined =>
	value?.startsWith("=") ? value.slice(1) : value;

function fileOf(value: string | undefined, before: string | undefined, called: Called): string | undefined {
	const file = withoutEquals(value);
	if (file?.startsWith(":")) {
		throw failure(called, `namespaces cannot be entered by their id (${file.slice(1)}) here: name a file or a process`);
	}
	return file ?? before;
}

function readOption(request: NsenterRequest, key: string, value: string | undefined, called: Called): void {
	switch (key) {
		case "h":
			throw answer(nsenterHelp(called.name));
		case "V":
			throw answer(versionText(called));
		case "a":
			request.all = true;
			break;
		case "t":
			Object.assign(request, targetOf(value ?? "", called));
			break;
		case "N": {
			const number = natural(value ?? "");
			if (typeof number !== "bigint" || number > mostPid) {
				throw numberFailure(called, value ?? "", "failed to parse file descriptor", number !== undefined);
			}
			request.socket = Number(number);
			break;
		}
		case "S":
			request.uid = value === "follow" ? value : idNumber(called, value ?? "", "failed to parse uid");
			break;
		case "G":
			request.gid = value === "follow" ? value : idNumber(called, value ?? "", "failed to parse gid");
			break;
		case "r":
			request.root = value ?? request.root ?? true;
			break;
		case "w":
			request.directory = withoutEquals(value) ?? request.directory ?? true;
			break;
		case "W": {
			const inside = withoutEquals(value);
			if (inside !== undefined) request.inside = inside;
			break;
		}
		case "e":
			request.environment = true;
			break;
		case "F":
			request.fork = false;
			break;
		case "c":
			request.cgroup = true;
			break;
		case "preserve-credentials":
			request.preserve = true;
			break;
		case "keep-caps":
			request.keepCapabilities = true;
			break;
		case "user-parent":
			request.userParent = true;
			break;
		case "Z":
			request.context = true;
			break;
	}
}

/** `PID` or `PID:INODE`. */
function targetOf(text: string, called: Called): Pick<NsenterRequest, "target" | "targetInode"> {
	const [, pid = "", inode] = /^\s*\+?(\d+)(?::(\d+))?$/.exec(text) ?? [];
	const number = pid === "" ? 0n : BigInt(pid);
	if (number <= 0n || number > mostPid || (inode !== undefined && BigInt(inode) === 0n)) {
		throw failure(called, "invalid PID argument");
	}
	return { target: Number(number), ...(inode !== undefined && { targetInode: BigInt(inode) }) };
}
