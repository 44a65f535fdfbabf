import { defineCommand } from "citty";
import { become, inheritedDescriptors } from "../src/launch/become.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { readRequest } from "./request.ts";

/** The command line that explains a failed step: this program again, for as long as it can be found by its path. */
const explain = Bun.main.startsWith("/$bunfs/")
	? [process.execPath, "explain"]
	: [process.execPath, Bun.main, "explain"];

export default defineCommand({
	meta: { name: "run", description: commands.run.doc },
	args: cittyArgs("run"),
	run({ data }) {
		const request = readRequest(data as ReadArgv);
		become(request.plan, inheritedDescriptors(request.fragments), explain);
	},
});
