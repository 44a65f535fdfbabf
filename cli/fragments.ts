/** Options of the command line become fragments. Pure: what is wrong is said as problems, all of it at once. */
import type { Fragment, Problem, Session } from "../src/plan/types.ts";
import { terminal } from "../src/process/terminal.ts";
import type { Given } from "./argv.ts";
import { namespaceFragments } from "./namespaces.ts";
import { type Category, options } from "./options.ts";
import { Reader } from "./reader.ts";

export interface ReadFragments {
	readonly fragments: readonly Fragment[];
	readonly problems: readonly Problem[];
}

/** The fragments that these options ask for. Relative paths are taken from `cwd`; for `again` see `Reader`. */
export function readFragments(given: readonly Given[], cwd: string, again = false): ReadFragments {
	const reader = new Reader(given, cwd, again);
	const fragments = [
		...namespaceFragments(reader),
		...elsewhere(reader),
		terminal({ session: sessionOf(reader), injection: reader.flag("allow-typing") }),
	];
	return { fragments, problems: reader.problems };
}

/** What is loaded only where an option of these categories is given: most runs have none. */
const rooms: readonly (readonly [categories: readonly Category[], read: (reader: Reader) => Fragment[]])[] = [
	[
		["processes", "input and output", "limits and priorities", "network"],
		(reader) => (require("./process.ts") as typeof import("./process.ts")).processFragments(reader),
	],
	[
		["privileges"],
		(reader) => (require("./privileges.ts") as typeof import("./privileges.ts")).privilegeFragments(reader),
	],
	[["lifetime"], (reader) => (require("./lifetime.ts") as typeof import("./lifetime.ts")).lifetimeFragments(reader)],
	[["lifetime"], (reader) => (require("./server.ts") as typeof import("./server.ts")).serverFragments(reader)],
];

function elsewhere(reader: Reader): Fragment[] {
	const given = new Set<Category | undefined>();
	for (const { name } of reader.given) given.add(options.find((one) => one.name === name)?.category);
	const fragments: Fragment[] = [];
	for (const [categories, read] of rooms) if (categories.some((one) => given.has(one))) fragments.push(...read(reader));
	return fragments;
}

function sessionOf(reader: Reader): Session | undefined {
	if (!reader.flag("pty")) return reader.flag("new-session") ? "new" : undefined;
	if (reader.flag("new-session")) {
		const hint = "--pty is a session of its own already";
		reader.problem("OPTION_TWICE", "--pty and --new-session contradict each other", hint);
	}
	return "pty";
}
