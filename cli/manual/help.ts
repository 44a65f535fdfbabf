/** `ns help`: of everything or of one command, to be read here or as the page of man(1). */
import type { Problem } from "../../src/plan/types.ts";
import { commandHelp, mainHelp, unknownCommand } from "../help.ts";
import { commandNames } from "../options.ts";
import { UsageError } from "../usage.ts";

/** The text that `ns help WORDS` prints. Throws one error with everything that is wrong. */
export function helpText(words: readonly string[], version: string): string {
	const isManual = words.includes("--man");
	const [name, ...more] = words.filter((word) => !["--man", "--help", "-h", "--"].includes(word));
	const problems: Problem[] = more.map((word) => {
		const message = `help takes one command, and not ${JSON.stringify(word)}`;
		return { code: "WORD_UNEXPECTED", message, hint: "ns help [--man] [COMMAND]" };
	});
	const isMain = name === undefined || name === "help" || name === "ns";
	const command = commandNames.find((one) => one === name);
	if (!isMain && !command) problems.unshift(...unknownCommand(name).problems);
	if (problems.length > 0) throw new UsageError(problems);
	if (!isManual) return command ? commandHelp(command) : mainHelp();
	const { commandPage, mainPage } = require("./page.ts") as typeof import("./page.ts");
	return command ? commandPage(command, version) : mainPage(version);
}
