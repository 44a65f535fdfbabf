import { defineCommand } from "citty";
import { inspectionText } from "../src/inspect/text.ts";
import { type Part, parts } from "../src/inspect/types.ts";
import { inspect } from "../src/inspector/inspect.ts";
import { jsonText } from "../src/plan/text.ts";
import type { Problem } from "../src/plan/types.ts";
import { nearest, type ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { readNames, tooMany } from "./names.ts";
import { write } from "./output.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "inspect", description: commands.inspect.doc },
	args: cittyArgs("inspect"),
	async run({ data }) {
		const { target, only, has } = readInspectWords(data as ReadArgv);
		if (has("help")) return void write(1, commandHelp("inspect"));
		const found = await inspect(target, { only });
		write(1, has("json") ? jsonText(found) : inspectionText(found));
	},
});

interface InspectWords {
	readonly target: string;
	readonly only: readonly Part[] | undefined;
	readonly has: (name: string) => boolean;
}

/** The target, with options before and behind it. Throws one error with everything that is wrong. */
export function readInspectWords({ words }: ReadArgv): InspectWords {
	const { names, given, problems, has } = readNames("inspect", words);
	const [target, ...others] = names;
	const found: Problem[] = [...problems];
	const hint = commands.inspect.usage;
	if (target === "") found.push({ code: "TARGET_EMPTY", message: "the target is empty", hint });
	if (target === undefined && !has("help"))
		found.push({
			code: "TARGET_MISSING",
			message: "inspect needs a target: a process id, a name, a file or an inode",
			hint: "ns inspect self tells of the calling process",
		});
	found.push(...tooMany("inspect", "target", others));
	const only = given.flatMap(({ name, value }) => (name === "only" ? partsOf(String(value), found) : []));
	if (found.length > 0) throw new UsageError(found);
	return { target: target ?? "self", only: only.length > 0 ? only : undefined, has };
}

function partsOf(text: string, problems: Problem[]): Part[] {
	const chosen: Part[] = [];
	for (const name of text.split(",")) {
		const part = parts.find((one) => one === name);
		if (part) chosen.push(part);
		else problems.push(unknownPart(name));
	}
	return chosen;
}

function unknownPart(name: string): Problem {
	const near = nearest(name, parts);
	const hint = near ? `did you mean ${near}?` : `the parts are ${parts.join(", ")}`;
	return { code: "PART_UNKNOWN", message: `there is no part ${JSON.stringify(name)}`, hint };
}
