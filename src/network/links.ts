/** The interfaces of a new network namespace, as the net module has them. */
import type { Outside } from "../plan/fragment.ts";
import type { Context, Problem, Step } from "../plan/types.ts";
import { isOutside, linkProblems } from "./problems.ts";
import { type Link, resolveLinks } from "./resolve.ts";
import { keptFor, linkSteps } from "./steps.ts";
import type { LinkOptions } from "./types.ts";

/** What they add to the module. */
export interface Links {
	readonly links: readonly Link[];
	/** Where some of them are made outside. */
	readonly outside: Outside | undefined;
	problems(context: Context): readonly Problem[];
	steps(): readonly Step[];
}

/** Reads the options once. */
export function links(options: readonly LinkOptions[]): Links {
	const problems: Problem[] = [];
	const resolved = resolveLinks(options, problems);
	return {
		links: resolved,
		outside: resolved.some(isOutside) ? { keeps: () => keptFor(resolved) } : undefined,
		problems: (context) => [...problems, ...(problems.length === 0 ? linkProblems(resolved, context) : [])],
		steps: () => linkSteps(resolved),
	};
}
