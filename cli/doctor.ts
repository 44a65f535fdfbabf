import { defineCommand } from "citty";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "doctor", description: commands.doctor.doc },
	args: cittyArgs("doctor"),
	run() {
		throw new UsageError([{ code: "NOT_YET", message: "ns doctor is not there yet" }]);
	},
});
