/** Reading the command line of `ns enter`: its target, and what is taken of it. Pure but for looking at nothing. */
import { type NamespaceKind, namespaceKinds } from "../src/plan/namespaces.ts";
import type { Profile } from "../src/profile/types.ts";
import type { Entering } from "../src/targets/enter.ts";
import { type MoreWords, type ReadArgv, readArgv } from "./argv.ts";
import { processProfile } from "./fragments.ts";
import { wholeNumber } from "./numbers.ts";
import type { Option } from "./options.ts";
import { Reader } from "./reader.ts";

/** Options stand before the target and behind it; the first word behind it that is none begins the command. */
export function readEnter(words: readonly string[], table: readonly Option[], more?: MoreWords): ReadArgv & Targeted {
	const before = readArgv(words, table, more);
	const [target, ...rest] = before.rest;
	const behind = readArgv(rest, table, more);
	// Twice the same in both parts is told as in one.
	const all = readArgv([...before.clean, ...behind.clean], table);
	const problems = [
		...before.problems,
		...behind.problems,
		...all.problems.filter(({ code }) => code === "OPTION_TWICE"),
	];
	return { ...all, words: before.words, rest: behind.rest, problems: unique(problems), target };
}

interface Targeted {
	readonly target: string | undefined;
}

const unique = <T extends { readonly message: string }>(problems: readonly T[]): T[] =>
	problems.filter((one, i) => problems.findIndex(({ message }) => message === one.message) === i);

/** What a command line says. */
export interface ReadEntry {
	readonly profile: Profile;
	readonly entering: Entering;
	readonly reader: Reader;
}

/** What to take of the target, and the rest as for `ns run`. */
export function readEntry({ given, rest }: ReadArgv, cwd: string): ReadEntry {
	const reader = new Reader(given, cwd);
	const all = reader.flag("all") === true;
	const follows = (name: string): true | undefined =>
		reader.text(name) === "follow" || (all && reader.text(name) === undefined) || undefined;
	const asked = (name: string): true | undefined =>
		(reader.flag(name) ?? (all && reader.text(name) === undefined)) || undefined;
	const root = reader.text("root");
	if (root === "")
		reader.problem("DIRECTORY_EMPTY", "the directory of --root is empty", "name one that is there inside");
	const kept = reader.flag("preserve-credentials");
	const entering: Entering = {
		...kindsOf(reader),
		root: root === undefined ? asked("root") : { path: reader.resolve(root) },
		directory: asked("wd"),
		controlGroups: asked("join-cgroup"),
		environment: asked("env"),
		uid: kept ? undefined : follows("setuid"),
		gid: kept ? undefined : follows("setgid"),
		keepCredentials: kept,
		userParent: reader.flag("user-parent"),
		networkOfSocket: socketOf(reader),
	};
	const own = new Reader(
		given.filter(({ name, value }) => !((name === "setuid" || name === "setgid") && value === "follow")),
		cwd,
	);
	const profile = processProfile(own, rest);
	reader.problems.push(...own.problems);
	return { profile: { ...profile, ...nothingMade }, entering, reader };
}

const nothingMade: Profile = Object.freeze({
	...{ user: false, mount: false, pid: false, net: false, ipc: false, uts: false, cgroup: false, time: false },
});

/** Those that are named, or all, less those with `--no-`. */
function kindsOf(reader: Reader): Pick<Entering, "kinds" | "without"> {
	const named: NamespaceKind[] = [];
	const without: NamespaceKind[] = [];
	for (const kind of namespaceKinds) {
		const flag = reader.flag(kind);
		if (flag === true) named.push(kind);
		if (flag === false) without.push(kind);
	}
	const only = reader.flag("user-parent") || reader.text("net-socket") !== undefined;
	return {
		kinds: named.length > 0 ? named : only && reader.text("net-socket") !== undefined ? [] : undefined,
		without,
	};
}

function socketOf(reader: Reader): number | undefined {
	const text = reader.text("net-socket");
	const fd = text === undefined ? undefined : wholeNumber(text);
	if (text !== undefined && fd === undefined)
		reader.problem(
			"VALUE_INVALID",
			`--net-socket ${JSON.stringify(text)} is no number`,
			"a descriptor of the target's",
		);
	return fd;
}
