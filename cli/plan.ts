import { defineCommand } from "citty";
import { planText } from "../src/plan/text.ts";
import type { Plan } from "../src/plan/types.ts";
import { compile } from "../src/stub/compile.ts";
import { disassemble } from "../src/stub/disassemble.ts";
import { imageBase } from "../src/stub/elf.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commands } from "./help.ts";
import { write } from "./output.ts";
import { readRequest, thisCaller } from "./request.ts";

export default defineCommand({
	meta: { name: "plan", description: commands.plan.doc },
	args: cittyArgs("plan"),
	run({ args, data }) {
		const { plan } = readRequest(data as ReadArgv, thisCaller());
		write(1, args.json ? `${JSON.stringify(plan, null, "\t")}\n` : args.raw ? rawText(plan) : planText(plan));
	},
});

function rawText(plan: Plan): string {
	return disassemble(compile(plan, { base: imageBase, report: { to: "stderr" } }).bytes, plan.arch);
}
