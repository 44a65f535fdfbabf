import { defineCommand } from "citty";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "create", description: commands.create.doc },
	args: cittyArgs("create"),
	run() {
		throw new UsageError([{ code: "NOT_YET", message: "ns create is not there yet" }]);
	},
});
