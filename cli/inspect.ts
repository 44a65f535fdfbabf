import { defineCommand } from "citty";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "inspect", description: commands.inspect.doc },
	args: cittyArgs("inspect"),
	run() {
		throw new UsageError([{ code: "NOT_YET", message: "ns inspect is not there yet" }]);
	},
});
