/** `--stats`: what was used is told at the end. */
import { monotonicTime } from "../src/live/clock.ts";
import type { Fragment, Problem } from "../src/plan/types.ts";
import { countedFragments } from "../src/process/resources.ts";
import type { Given } from "./argv.ts";
import { forms, type StatsForm } from "./report-stats.ts";

/** The modules with the one that counts and tells in place of the one that limits. */
export function withStats(
	fragments: readonly Fragment[],
	given: readonly Given[],
	self: readonly string[],
	problems: Problem[],
): Fragment[] {
	const form = formOf(given, problems);
	const program = [...self, "report-stats", form, `${monotonicTime()}`];
	return countedFragments(fragments, { program });
}

function formOf(given: readonly Given[], problems: Problem[]): StatsForm {
	const value = given.findLast(({ name }) => name === "stats")?.value;
	const form = value === true ? "text" : forms.find((one) => one === value);
	if (form) return form;
	const message = `--stats=${String(value)} is no form for numbers`;
	problems.push({ code: "VALUE_INVALID", message, hint: `the forms are ${forms.join(" and ")}` });
	return "text";
}
