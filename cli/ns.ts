#!/usr/bin/env bun
/** The command `ns`: finds the subcommand, reads its options, and is the only file that ends the process. */
import { type CommandDef, runCommand } from "citty";
import packageJson from "../package.json" with { type: "json" };
import { nearest, readArgv } from "./argv.ts";
import { commandHelp, commands, mainHelp } from "./help.ts";
import { type CommandName, optionsOf } from "./options.ts";
import { report, UsageError } from "./output.ts";
import { callersArguments } from "./request.ts";

const subCommands: Readonly<Record<CommandName, () => Promise<{ default: CommandDef }>>> = {
	run: () => import("./run.ts"),
	plan: () => import("./plan.ts"),
	bench: () => import("./bench.ts"),
};

/** Does what `argv` says. Returns the exit code; `run` does not return when it succeeds. */
async function main(argv: readonly string[]): Promise<number> {
	const [name = "--help", ...words] = argv;
	if (name === "--help" || name === "-h" || name === "help") return print(words[0] ? helpFor(words[0]) : mainHelp());
	if (name === "--version" || name === "-V") return print(`ns ${packageJson.version}\n`);
	if (name === "explain") return explain(words);
	const command = commandNamed(name);
	const read = readArgv(words, optionsOf(command));
	if (read.given.some((one) => one.name === "help")) return print(commandHelp(command));
	if (read.given.some((one) => one.name === "version")) return print(`ns ${packageJson.version}\n`);
	const { default: definition } = await subCommands[command]();
	await runCommand(definition, { rawArgs: [...read.clean], data: read });
	return 0;
}

function print(text: string): number {
	process.stdout.write(text);
	return 0;
}

const helpFor = (name: string): string => commandHelp(commandNamed(name));

function commandNamed(name: string): CommandName {
	const names = Object.keys(commands) as CommandName[];
	const found = names.find((one) => one === name);
	if (found) return found;
	const near = nearest(name, names);
	const hint = near ? `did you mean ns ${near}?` : "see ns --help";
	throw new UsageError([{ code: "COMMAND_UNKNOWN", message: `there is no command ${JSON.stringify(name)}`, hint }]);
}

/** Called by the stub when a step of `ns run` has failed: says why, after looking at the machine. */
async function explain([context = "{}", code = ""]: readonly string[]): Promise<number> {
	const { explainedError } = await import("../src/errors.ts");
	return report(explainedError(context, code));
}

main(callersArguments()).then(
	(code) => {
		process.exitCode = code;
	},
	(error) => {
		process.exitCode = report(error);
	},
);
