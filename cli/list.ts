import { defineCommand } from "citty";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "list", description: commands.list.doc },
	args: cittyArgs("list"),
	run() {
		throw new UsageError([{ code: "NOT_YET", message: "ns list is not there yet" }]);
	},
});
