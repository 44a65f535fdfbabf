import { defineCommand } from "citty";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "tree", description: commands.tree.doc },
	args: cittyArgs("tree"),
	run() {
		throw new UsageError([{ code: "NOT_YET", message: "ns tree is not there yet" }]);
	},
});
