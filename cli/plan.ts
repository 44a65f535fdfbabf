import { defineCommand } from "citty";
import { fromBytes } from "../src/bytes.ts";
import { planText } from "../src/plan/text.ts";
import type { Plan } from "../src/plan/types.ts";
import { profileSchema } from "../src/profile/json-schema.ts";
import type { Profile } from "../src/profile/types.ts";
import { saveProfile, textOf } from "../src/profile-files/save.ts";
import { compile } from "../src/stub/compile.ts";
import { disassemble } from "../src/stub/disassemble.ts";
import { imageBase } from "../src/stub/elf.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { write } from "./output.ts";
import { readRequest, thisCaller } from "./request.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "plan", description: commands.plan.doc },
	args: cittyArgs("plan"),
	run({ args, data }) {
		if (args.schema) return write(1, `${JSON.stringify(profileSchema(), null, "\t")}\n`);
		const caller = thisCaller();
		const { plan, profile } = readRequest(data as ReadArgv, caller);
		if (typeof args.save === "string") save(profile, args.save, caller.cwd);
		else write(1, args.json ? `${JSON.stringify(plan, null, "\t")}\n` : args.raw ? rawText(plan) : planText(plan));
	},
});

/** Writes the profile to a file, or as TOML to standard output. */
function save(profile: Profile, file: string, cwd: string): void {
	const made = file === "-" ? textOf(profile, "toml", "standard output") : saveProfile(profile, file, cwd);
	const problems = "problems" in made ? made.problems : "text" in made ? [] : made;
	if (problems.length > 0) throw new UsageError(problems);
	if ("text" in made) write(1, fromBytes(made.text));
}

function rawText(plan: Plan): string {
	return disassemble(compile(plan, { base: imageBase, report: { to: "stderr" } }).bytes, plan.arch);
}
