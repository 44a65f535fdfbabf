import { defineCommand } from "citty";
import { currentDirectory } from "../src/host.ts";
import { createNamed } from "../src/keeper/create.ts";
import { nameProblems } from "../src/named/names.ts";
import { jsonText } from "../src/plan/text.ts";
import type { Problem } from "../src/plan/types.ts";
import { fragmentsOf } from "../src/profile/fragments.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { readProfile } from "./fragments.ts";
import { commandHelp, commands } from "./help.ts";
import { readNames, tooMany } from "./names.ts";
import { optionsOf } from "./options.ts";
import { warn, write } from "./output.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "create", description: commands.create.doc },
	args: cittyArgs("create"),
	async run({ data }) {
		const { names, given, problems, has } = readNames("create", (data as ReadArgv).words);
		if (has("help")) return void write(1, commandHelp("create"));
		const { profile, problems: ofOptions } = readProfile(given, [], currentDirectory());
		const found = [...problems.map(explained), ...namesProblems(names), ...ofOptions];
		const name = names[0];
		if (found.length > 0 || name === undefined) throw new UsageError(found);
		const { state, notices } = await createNamed(name, fragmentsOf(profile));
		warn(notices);
		if (has("json")) write(1, jsonText(state));
	},
});

function namesProblems([name, ...others]: readonly string[]): Problem[] {
	const hint = commands.create.usage;
	if (name === undefined) return [{ code: "NAME_MISSING", message: "create needs a name", hint }];
	return [...nameProblems(name), ...tooMany("create", "name", others)];
}

/** An option of run that is about a command has its place elsewhere. */
function explained(problem: Problem): Problem {
	const name = /^unknown option --?(?:no-)?([\w-]+)$/.exec(problem.message)?.[1];
	const isRuns =
		problem.code === "OPTION_UNKNOWN" && optionsOf("run").some((one) => one.name === name || one.short === name);
	return isRuns ? { ...problem, hint: `it is about a command: give it to ns enter, or to ns run --join` } : problem;
}
