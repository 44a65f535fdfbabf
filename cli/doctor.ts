import { defineCommand } from "citty";
import { diagnosisText } from "../src/doctor/text.ts";
import { examine } from "../src/examiner/examine.ts";
import { jsonText } from "../src/plan/text.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { write } from "./output.ts";
import { hasColours, hasUnicode } from "./terminal.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "doctor", description: commands.doctor.doc },
	args: cittyArgs("doctor"),
	/** The exit code: 0 when everything is there that `ns run` needs, else 1. */
	run({ data }) {
		const { given, rest, problems } = data as ReadArgv;
		const has = (name: string) => given.some((one) => one.name === name && one.value === true);
		if (has("help")) return void write(1, commandHelp("doctor"));
		const words = rest.map((word) => ({
			...{ code: "WORD_UNKNOWN", message: `doctor takes no word such as ${JSON.stringify(word)}` },
			hint: "see ns doctor --help",
		}));
		if (problems.length + words.length > 0) throw new UsageError([...problems, ...words]);
		const diagnosis = examine();
		const shown = { all: has("all"), colours: hasColours(), unicode: hasUnicode() };
		write(1, has("json") ? jsonText(diagnosis) : diagnosisText(diagnosis, shown));
		return diagnosis.ok ? 0 : 1;
	},
});
