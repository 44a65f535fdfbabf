/** Words that are no options, such as names and targets, with options before, between and behind them. */
import type { Problem } from "../src/plan/types.ts";
import { type Given, type ReadArgv, readArgv } from "./argv.ts";
import { commands } from "./help.ts";
import { type CommandName, optionsOf } from "./options.ts";

/** The names and the options that were given, with what is wrong. */
export interface NamesGiven {
	readonly names: readonly string[];
	readonly given: readonly Given[];
	readonly problems: readonly Problem[];
	/** Whether a switch was given. */
	has(name: string): boolean;
}

/** Reads names and options; behind `--` there are only names. */
export function readNames(command: CommandName, words: readonly string[]): NamesGiven {
	const end = words.indexOf("--");
	const front = end < 0 ? words : words.slice(0, end);
	const names: string[] = [];
	const options: string[] = [];
	// Taken out one by one, so that an option that was given twice is seen as that.
	for (let read: ReadArgv, rest = front; rest.length > 0; rest = read.rest.slice(1)) {
		read = readArgv(rest, optionsOf(command));
		options.push(...rest.slice(0, rest.length - read.rest.length));
		if (read.rest[0] !== undefined) names.push(read.rest[0]);
	}
	if (end >= 0) names.push(...words.slice(end + 1));
	const { given, problems } = readArgv(options, optionsOf(command));
	return { names, given, problems, has: (name) => given.some((one) => one.name === name && one.value === true) };
}

/** What is wrong with words behind the one that a command takes: `thing` says what that is. */
export const tooMany = (
	command: CommandName,
	thing: string,
	words: readonly string[],
	hint = commands[command].usage,
): Problem[] =>
	words.map((word) => ({
		code: "WORD_UNEXPECTED",
		message: `${command} takes one ${thing}, and not ${JSON.stringify(word)}`,
		hint,
	}));
