/** What the commands for kept layers have in common: one directory, with options before or after it. */
import type { ReadArgv } from "./argv.ts";
import { commandHelp, commands } from "./help.ts";
import { readNames, tooMany } from "./names.ts";
import type { CommandName } from "./options.ts";
import { write } from "./output.ts";
import { UsageError } from "./usage.ts";

/** What such a command was given. */
interface LayerWords {
	readonly dir: string;
	/** Whether a switch was given. */
	readonly has: (name: string) => boolean;
}

/** Reads the directory and the options; throws one error with everything that is wrong. */
function readLayerWords(command: CommandName, { words }: ReadArgv): LayerWords {
	const { names, problems, has } = readNames(command, words);
	const [dir, ...others] = names;
	const found = [...problems];
	const wanted = commands[command].usage;
	if (dir === undefined) found.push({ code: "DIR_MISSING", message: `${command} needs a directory`, hint: wanted });
	else if (dir === "") found.push({ code: "DIR_EMPTY", message: "the name of the directory is empty", hint: wanted });
	found.push(...tooMany(command, "directory", others));
	if (found.length > 0 || dir === undefined) throw new UsageError(found);
	return { dir, has };
}

/** Does what the command does with a layer, or shows help where that was asked for behind the directory. */
export function withLayerWords<T>(command: CommandName, data: ReadArgv, body: (words: LayerWords) => T): T | undefined {
	const words = readLayerWords(command, data);
	if (words.has("help")) return void write(1, commandHelp(command));
	return body(words);
}
