import { defineCommand } from "citty";
import { chosenRows, rowNames, runSelftest, selftestCases } from "../src/selftest/run.ts";
import { selftestList, selftestText } from "../src/selftest/text.ts";
import type { SelftestResult } from "../src/selftest/types.ts";
import { nearest, type ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { readNames } from "./names.ts";
import { write } from "./output.ts";
import { hasColours } from "./terminal.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "selftest", description: commands.selftest.doc },
	args: cittyArgs("selftest"),
	/** The exit code: 0 when no case was found that does not hold, else 1. */
	async run({ data }) {
		const { names, has } = readWords(data as ReadArgv);
		if (has("help")) return void write(1, commandHelp("selftest"));
		if (has("list")) return void write(1, listed(names, has("json")));
		const found = await result(names);
		write(1, has("json") ? `${JSON.stringify(found, null, "\t")}\n` : selftestText(found, hasColours()));
		return found.held ? 0 : 1;
	},
});

/** Somebody has had enough. */
class Interrupted extends Error {
	constructor(readonly signal: NodeJS.Signals) {
		super(`ended by ${signal}`);
	}
}

/** Rejects at the first of the signals that end a process. */
function interruption(): Promise<never> {
	const { promise, reject } = Promise.withResolvers<never>();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		process.once(signal, () => reject(new Interrupted(signal)));
	return promise;
}

/** The result. Ends this process by the signal it has got, when everything is cleared away. */
async function result(names: readonly string[]): Promise<SelftestResult> {
	try {
		return await runSelftest({ only: names }, interruption());
	} catch (error) {
		if (error instanceof Interrupted) process.kill(process.pid, error.signal);
		throw error;
	}
}

interface SelftestWords {
	readonly names: readonly string[];
	readonly has: (name: string) => boolean;
}

/** The names, with options before, between and behind them. Throws one error with everything that is wrong. */
function readWords(read: ReadArgv): SelftestWords {
	const { names, problems: found, has } = readNames("selftest", read.words);
	const problems = [...found];
	const known = chosenRows().flatMap(rowNames);
	for (const name of names) {
		if (known.some((one) => one.toLowerCase() === name.toLowerCase())) continue;
		const near = nearest(name, known);
		const hint = near ? `did you mean ${near}?` : "ns selftest --list names them all";
		problems.push({ code: "CASE_UNKNOWN", message: `there is no case ${JSON.stringify(name)}`, hint });
	}
	if (problems.length > 0) throw new UsageError(problems);
	return { names, has };
}

function listed(names: readonly string[], isJson: boolean): string {
	const rows = chosenRows(names);
	if (!isJson) return selftestList(rows);
	const described = rows.map(({ id, also = [], subject, title }) => {
		const tries = selftestCases.find((one) => one.id === id)?.tries;
		return { id, also, subject, title, ...(tries !== undefined && { tries }) };
	});
	return `${JSON.stringify(described, null, "\t")}\n`;
}
