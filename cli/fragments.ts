/** Options of the command line become fragments. Pure: what is wrong is said as problems, all of it at once. */
import type { Fragment, Problem } from "../src/plan/types.ts";
import type { Given } from "./argv.ts";
import { lifetimeFragments } from "./lifetime.ts";
import { namespaceFragments } from "./namespaces.ts";
import { Reader } from "./reader.ts";

export interface ReadFragments {
	readonly fragments: readonly Fragment[];
	readonly problems: readonly Problem[];
}

/** The fragments that these options ask for. Relative paths are taken from `cwd`. */
export function readFragments(given: readonly Given[], cwd: string): ReadFragments {
	const reader = new Reader(given, cwd);
	const fragments = [...namespaceFragments(reader), ...lifetimeFragments(reader)];
	return { fragments, problems: reader.problems };
}
