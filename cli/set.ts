import { defineCommand } from "citty";
import { numberedDevices } from "../src/cgroup-files/devices.ts";
import { setLimits } from "../src/live/set.ts";
import type { Problem } from "../src/plan/types.ts";
import type { ResourceOptions } from "../src/process/resources.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { resourceParts } from "./control-groups.ts";
import { commandHelp, commands } from "./help.ts";
import { readTargets, withEach } from "./live.ts";
import type { NamesGiven } from "./names.ts";
import { warn, write } from "./output.ts";
import { Reader } from "./reader.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "set", description: commands.set.doc },
	args: cittyArgs("set"),
	async run({ data }) {
		const read = readTargets("set", (data as ReadArgv).words, 1, 1);
		if (read.has("help")) return void write(1, commandHelp("set"));
		const limits = limitsOf(read);
		await withEach(read.names, (live) => warn(setLimits(live, limits)));
	},
});

/** The limits that the options say. Throws one error with everything that is wrong with them. */
function limitsOf({ given }: Pick<NamesGiven, "given">): ResourceOptions {
	const reader = new Reader(given, process.cwd());
	const { resources = {} } = resourceParts(reader);
	const problems: Problem[] = [...reader.problems];
	const limits = numberedDevices(resources || {}, problems);
	if (problems.length === 0 && Object.values(limits).every((value) => value === undefined)) {
		const message = "set needs a limit to set, such as --memory 1G or --pids 100";
		problems.push({ code: "LIMIT_MISSING", message, hint: commands.set.usage });
	}
	if (problems.length > 0) throw new UsageError(problems);
	return limits;
}
