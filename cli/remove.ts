import { defineCommand } from "citty";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "remove", description: commands.remove.doc },
	args: cittyArgs("remove"),
	run() {
		throw new UsageError([{ code: "NOT_YET", message: "ns remove is not there yet" }]);
	},
});
