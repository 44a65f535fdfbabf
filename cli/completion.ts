import { defineCommand } from "citty";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "completion", description: commands.completion.doc },
	args: cittyArgs("completion"),
	run() {
		throw new UsageError([{ code: "NOT_YET", message: "ns completion is not there yet" }]);
	},
});
