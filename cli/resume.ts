import { defineCommand } from "citty";
import { setFrozen } from "../src/live/freeze.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { readTargets, withEach } from "./live.ts";
import { write } from "./output.ts";

export default defineCommand({
	meta: { name: "resume", description: commands.resume.doc },
	args: cittyArgs("resume"),
	async run({ data }) {
		const { names, has } = readTargets("resume", (data as ReadArgv).words, 1, Number.POSITIVE_INFINITY);
		if (has("help")) return void write(1, commandHelp("resume"));
		await withEach(names, (live) => setFrozen(live, false));
	},
});
