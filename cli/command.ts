/** The options that say what is executed, with which words and variables, and where. */
import type { Profile } from "../src/profile/types.ts";
import { environmentPart } from "./environment.ts";
import { wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

/** The command that the words after the options name, and its environment. */
export function commandParts(reader: Reader, rest: readonly string[]): Pick<Profile, "command" | "environment"> {
	const environment = environmentPart(reader);
	const argv0 = reader.text("argv0");
	const descriptor = readDescriptor(reader);
	const directory = reader.text("wd");
	if (directory === "")
		reader.problem("DIRECTORY_EMPTY", "the directory of --wd is empty", "name one that is there inside");
	const cwd = directory === undefined ? undefined : reader.resolve(directory);
	const command = { argv: rest.length > 0 ? rest : undefined, argv0, descriptor, cwd };
	return { environment, command };
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
