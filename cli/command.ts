/** The options that say what is executed, with which words and variables, and where. */
import type { Command, Problem } from "../src/plan/types.ts";
import type { Given } from "./argv.ts";
import { commandEnvironment } from "./environment.ts";
import { wholeNumber } from "./numbers.ts";
import { Reader } from "./reader.ts";

/** Whose words these are: the variables and the directory of the process that read them. */
interface Surroundings {
	readonly env: readonly string[];
	readonly cwd: string;
}

/** The command that the words after the options name; without any, the shell of its environment. */
export function readCommand(
	given: readonly Given[],
	rest: readonly string[],
	{ env: callers, cwd: here }: Surroundings,
): { readonly command: Command; readonly problems: readonly Problem[] } {
	const reader = new Reader(given, here);
	const env = commandEnvironment(reader, callers);
	const argv = rest.length > 0 ? rest : [shell(env)];
	const argv0 = reader.text("argv0");
	const descriptor = readDescriptor(reader);
	const words = {
		argv,
		...(argv0 !== undefined && { argv0 }),
		...(descriptor !== undefined && { descriptor }),
	};
	const directory = reader.text("wd");
	if (directory === undefined) return { command: { ...words, env, cwd: here }, problems: reader.problems };
	if (directory === "")
		reader.problem("DIRECTORY_EMPTY", "the directory of --wd is empty", "name one that is there inside");
	return {
		command: { ...words, env, cwd: reader.resolve(directory), mustStartThere: true },
		problems: reader.problems,
	};
}

/** The descriptor of the file to execute. */
function readDescriptor(reader: Reader): number | undefined {
	const text = reader.text("execute-fd");
	if (text === undefined) return undefined;
	const number = wholeNumber(text);
	if (number === undefined)
		reader.problem("VALUE_INVALID", `--execute-fd ${JSON.stringify(text)} is no number`, "such as 5, with 5</bin/ls");
	return number;
}

/** What runs when no command is named. */
function shell(env: readonly string[]): string {
	const variable = env.find((one) => one.startsWith("SHELL="))?.slice("SHELL=".length);
	return variable ? variable : "sh";
}
