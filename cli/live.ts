/** What commands about running sandboxes have in common: their targets. */
import type { LiveGroups } from "../src/live/groups.ts";
import { openLive } from "../src/live/open.ts";
import { PlanError } from "../src/plan/errors.ts";
import type { Problem } from "../src/plan/types.ts";
import { commands } from "./help.ts";
import { type NamesGiven, readNames, tooMany } from "./names.ts";
import type { CommandName } from "./options.ts";
import { UsageError } from "./usage.ts";

/** Reads targets and options, and throws one error with everything that is wrong: `least` to `most` targets are taken. */
export function readTargets(command: CommandName, words: readonly string[], least: number, most: number): NamesGiven {
	const read = readNames(command, words);
	if (read.has("help")) return read;
	const hint = commands[command].usage;
	const found: Problem[] = [...read.problems];
	if (read.names.length < least)
		found.push({ code: "TARGET_MISSING", message: `${command} needs a target: a name or a process id`, hint });
	found.push(...tooMany(command, "target", read.names.slice(most)));
	if (found.length > 0) throw new UsageError(found);
	return read;
}

/** Does something with each sandbox, also when it could not be done with another; then throws everything that was wrong. */
export async function withEach(
	words: readonly string[],
	body: (live: LiveGroups) => void | Promise<void>,
): Promise<void> {
	const problems: Problem[] = [];
	for (const word of words) {
		try {
			const live = openLive(word);
			try {
				await body(live);
			} finally {
				live.close();
			}
		} catch (error) {
			if (!(error instanceof PlanError)) throw error;
			problems.push(...error.problems);
		}
	}
	if (problems.length > 0) throw new UsageError(problems);
}
