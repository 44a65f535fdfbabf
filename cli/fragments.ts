/** Options of the command line become fragments. Pure: what is wrong is said as problems, all of it at once. */
import type { Fragment, Problem, Session } from "../src/plan/types.ts";
import { terminal } from "../src/process/terminal.ts";
import type { Given } from "./argv.ts";
import { lifetimeFragments } from "./lifetime.ts";
import { namespaceFragments } from "./namespaces.ts";
import { processFragments } from "./process.ts";
import { Reader } from "./reader.ts";
import { serverFragments } from "./server.ts";

export interface ReadFragments {
	readonly fragments: readonly Fragment[];
	readonly problems: readonly Problem[];
}

/** The fragments that these options ask for. Relative paths are taken from `cwd`. */
export function readFragments(given: readonly Given[], cwd: string): ReadFragments {
	const reader = new Reader(given, cwd);
	const fragments = [
		...namespaceFragments(reader),
		...processFragments(reader),
		terminal({ session: sessionOf(reader) }),
		...lifetimeFragments(reader),
		...serverFragments(reader),
	];
	return { fragments, problems: reader.problems };
}

function sessionOf(reader: Reader): Session | undefined {
	if (!reader.flag("pty")) return reader.flag("new-session") ? "new" : undefined;
	if (reader.flag("new-session")) {
		const hint = "--pty is a session of its own already";
		reader.problem("OPTION_TWICE", "--pty and --new-session contradict each other", hint);
	}
	return "pty";
}
