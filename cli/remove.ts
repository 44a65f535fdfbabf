import { defineCommand } from "citty";
import { removeNamed } from "../src/keeper/remove.ts";
import { jsonText } from "../src/plan/text.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { readNames } from "./names.ts";
import { warn, write } from "./output.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "remove", description: commands.remove.doc },
	args: cittyArgs("remove"),
	async run({ data }) {
		const { names, given, problems, has } = readNames("remove", (data as ReadArgv).words);
		if (has("help")) return void write(1, commandHelp("remove"));
		const found = [...problems];
		if (names.length === 0 && !has("all"))
			found.push({
				code: "NAME_MISSING",
				message: "remove needs a name",
				hint: `${commands.remove.usage}, or ns remove --all`,
			});
		if (found.length > 0) throw new UsageError(found);
		const grace = given.findLast(({ name }) => name === "grace")?.value;
		const options = { all: has("all"), force: has("force"), grace: typeof grace === "string" ? grace : undefined };
		const removed = await removeNamed(names, options);
		warn(removed.notices);
		if (has("json")) write(1, jsonText({ version: 1, ...removed }));
	},
});
