/** Options of the command line become a profile. Pure: what is wrong is said as problems, all of it at once. */
import type { Problem, Session } from "../src/plan/types.ts";
import { profileAbove } from "../src/profile/above.ts";
import type { Profile } from "../src/profile/types.ts";
import type { Given } from "./argv.ts";
import { categoriesOf } from "./categories.ts";
import { commandParts } from "./command.ts";
import { namespaceParts } from "./namespaces.ts";
import type { Category } from "./options.ts";
import { Reader } from "./reader.ts";

export interface ReadProfile {
	readonly profile: Profile;
	/** What the options themselves say. */
	readonly said: Profile;
	readonly problems: readonly Problem[];
}

/**
 * The profile that these options describe, on top of `base`. Relative paths are taken from `cwd`; `rest` are the words of
 * the command.
 */
export function readProfile(
	given: readonly Given[],
	rest: readonly string[],
	cwd: string,
	base?: Profile,
): ReadProfile {
	const network = networkOf(given, cwd);
	const reader = new Reader(network?.given ?? given, cwd);
	const parts = namespaceParts(reader, base);
	const said = { ...parts, ...processProfile(reader, rest), ...network?.above(parts) };
	if (network) reader.problems.push(...network.problems);
	return { profile: base ? profileAbove(base, said) : said, said, problems: reader.problems };
}

/** What a network namespace is connected to; loaded only where that is said. */
function networkOf(given: readonly Given[], cwd: string) {
	const isAsked = given.some(({ name, value }) => name === "net" && typeof value === "string");
	if (!isAsked) {
		const categories = categoriesOf(given);
		if (!categories.has("interfaces") && !categories.has("network")) return undefined;
	}
	return (require("./network.ts") as typeof import("./network.ts")).networkParts(new Reader(given, cwd));
}

/** What the options say besides namespaces and files. */
export function processProfile(reader: Reader, rest: readonly string[]): Profile {
	return {
		...elsewhere(reader),
		terminal: { session: sessionOf(reader), injection: reader.flag("allow-typing") },
		...commandParts(reader, rest),
	};
}

/** What is loaded only where an option of these categories is given: most runs have none. */
const rooms: readonly (readonly [categories: readonly Category[], read: (reader: Reader) => Profile])[] = [
	[
		["processes", "input and output", "limits and priorities", "network"],
		(reader) => (require("./process.ts") as typeof import("./process.ts")).processParts(reader),
	],
	[
		["resources"],
		(reader) => (require("./control-groups.ts") as typeof import("./control-groups.ts")).resourceParts(reader),
	],
	[["privileges"], (reader) => (require("./privileges.ts") as typeof import("./privileges.ts")).privilegeParts(reader)],
	[["lifetime"], (reader) => (require("./lifetime.ts") as typeof import("./lifetime.ts")).lifetimeParts(reader)],
	[["lifetime"], (reader) => (require("./server.ts") as typeof import("./server.ts")).serverParts(reader)],
];

function elsewhere(reader: Reader): Profile {
	const given = categoriesOf(reader.given);
	let parts: Profile = {};
	for (const [categories, read] of rooms) {
		if (categories.some((one) => given.has(one))) parts = { ...parts, ...read(reader) };
	}
	return parts;
}

function sessionOf(reader: Reader): Session | undefined {
	if (!reader.flag("pty")) return reader.flag("new-session") ? "new" : undefined;
	if (reader.flag("new-session")) {
		const hint = "--pty is a session of its own already";
		reader.problem("OPTION_TWICE", "--pty and --new-session contradict each other", hint);
	}
	return "pty";
}
