#!/usr/bin/env bun
/** The command `ns`: finds the subcommand, reads its options, and is the only file that ends the process. */
import { wordsOf } from "./args.ts";
import { type ReadArgv, readArgv } from "./argv.ts";
import { type CommandName, commandNames } from "./command-names.ts";
import { type ToolName, toolNames } from "./dropin/names.ts";
import type { Option } from "./options.ts";
import { callersArguments } from "./request.ts";
import { refuseGivenRights } from "./rights.ts";
import { run } from "./run.ts";

/** Does what `argv` says; `run` does not return when it succeeds. Everything but `run` is loaded when it is needed. */
async function main([name = "--help", ...words]: readonly string[]): Promise<void> {
	const command = commandNames.find((one) => one === name);
	if (!command) return other(name, words);
	if (command === "enter") return enter(words);
	const read = readArgv(words, tableOf(command, words.slice(0, 1)), wordsOf);
	if (isGiven(read, "help")) return help(command);
	if (isGiven(read, "version")) return version();
	if (command === "run" && !isGiven(read, "learn")) return run(read);
	if (command === "run") {
		process.exitCode = await (await import("./learn.ts")).learn(read);
		return;
	}
	const { dispatch } = await import("./commands.ts");
	process.exitCode = await dispatch(command, read);
}

/** Has its target in the midst of its options. */
async function enter(words: readonly string[]): Promise<void> {
	const { enter, readEnter } = await import("./enter.ts");
	// A `--`, the target, and the word that would be an option of it.
	const read = readEnter(words, tableOf("enter", words.slice(0, 3)), wordsOf);
	if (isGiven(read, "help")) return help("enter");
	if (isGiven(read, "version")) return version();
	return enter(read);
}

/** The options of a command. Where none of the words that could be the first of them is one, the table is not loaded. */
function tableOf(command: CommandName, words: readonly string[]): readonly Option[] {
	for (const word of words)
		if (word.startsWith("-") && word !== "--" && word !== "-")
			return (require("./options.ts") as typeof import("./options.ts")).optionsOf(command);
	return [];
}

const isGiven = ({ given }: ReadArgv, name: string): boolean => given.some((one) => one.name === name);

/** Words in a command's place that are none. */
async function other(name: string, words: readonly string[]): Promise<void> {
	if (name === "--version" || name === "-V") return version(words);
	if (name === "--help" || name === "-h") return help();
	if (name === "help") return helpFor(words);
	if (name === "explain") throw (await import("./explain.ts")).explain(words);
	if (name === "report-stats") return (await import("./report-stats.ts")).reportStats(words);
	const asked = toolNames.find((one) => one === name);
	if (asked) return tool(asked, asked, words);
	const { unknownCommand } = await import("./help.ts");
	throw unknownCommand(name);
}

async function help(command?: CommandName): Promise<void> {
	const { commandHelp, mainHelp } = await import("./help.ts");
	const { write } = await import("./output.ts");
	write(1, command ? commandHelp(command) : mainHelp());
}

async function helpFor(words: readonly string[]): Promise<void> {
	const { default: packageJson } = await import("../package.json");
	const { helpText } = await import("./manual/help.ts");
	const { write } = await import("./output.ts");
	write(1, helpText(words, packageJson.version));
}

async function version(words: readonly string[] = []): Promise<void> {
	const { default: packageJson } = await import("../package.json");
	const { versionText } = await import("./version.ts");
	const { write } = await import("./output.ts");
	write(1, versionText(words, packageJson.version));
}

/** Does what a tool does whose place we take. */
async function tool(name: ToolName, argv0: string, words: readonly string[]): Promise<void> {
	process.exitCode = await (await import("./dropin/main.ts")).dropin(name, argv0, words);
}

/** By the name it is called by, this program is another tool, or `ns`. */
async function begin(words: readonly string[]): Promise<void> {
	refuseGivenRights();
	const { argv0 } = process;
	const called = toolNames.find((name) => argv0 === name || argv0.endsWith(`/${name}`));
	return called ? tool(called, argv0, words) : main(words);
}

begin(callersArguments()).catch(async (error: unknown) => {
	const { report } = await import("./output.ts");
	process.exitCode = report(error);
});
