import { defineCommand } from "citty";
import { setFrozen } from "../src/live/freeze.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { readTargets, withEach } from "./live.ts";
import { write } from "./output.ts";

export default defineCommand({
	meta: { name: "pause", description: commands.pause.doc },
	args: cittyArgs("pause"),
	async run({ data }) {
		const { names, has } = readTargets("pause", (data as ReadArgv).words, 1, Number.POSITIVE_INFINITY);
		if (has("help")) return void write(1, commandHelp("pause"));
		await withEach(names, (live) => setFrozen(live, true));
	},
});
