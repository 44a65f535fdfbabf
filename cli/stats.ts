import { defineCommand } from "citty";
import { liveStats } from "../src/live/stats.ts";
import { jsonText, printable } from "../src/plan/text.ts";
import { statsText } from "../src/stats/text.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { readTargets, withEach } from "./live.ts";
import { write } from "./output.ts";

export default defineCommand({
	meta: { name: "stats", description: commands.stats.doc },
	args: cittyArgs("stats"),
	async run({ data }) {
		const { names, has } = readTargets("stats", (data as ReadArgv).words, 1, 1);
		if (has("help")) return void write(1, commandHelp("stats"));
		await withEach(names, (live) => {
			const found = liveStats(live);
			const head = `${printable(found.target)}: ${printable(found.command)}${found.paused ? ", paused" : ""}\n`;
			write(1, has("json") ? jsonText({ version: 1, ...found }) : `${head}${statsText(found.stats)}`);
		});
	},
});
