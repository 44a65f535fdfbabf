/**
 * The edges of argv. Options end at `--` or at the first word that is none: from there on it is the command's own argv
 * and nobody touches it. Order and repetition are kept, and everything that is wrong is found at once.
 */
import { nearest } from "../src/nearest.ts";
import type { Problem } from "../src/plan/types.ts";
import type { Option } from "./options.ts";

export { nearest };

/** An option as it was given. */
export interface Given {
	readonly name: string;
	/** The value, or for a switch whether it is on. */
	readonly value: string | boolean;
}

export interface ReadArgv {
	/** All words, with those that `--args` stands for in its place. */
	readonly words: readonly string[];
	readonly given: readonly Given[];
	/** The words after the options. */
	readonly rest: readonly string[];
	/** The options once more, each as one word, for citty. */
	readonly clean: readonly string[];
	readonly problems: readonly Problem[];
}

/** The words behind the value of `--args`, or what is wrong with them. */
export type MoreWords = (value: string) => readonly string[] | Problem;

/** The option of this name. Every start with an option waits for this: `find` would take several times as long. */
export function optionNamed(table: readonly Option[], name: string): Option | undefined {
	for (const one of table) if (one.name === name) return one;
	return undefined;
}

/** Reads `words` by this table of options. Without `more`, `--args` is an option like any other. */
export function readArgv(words: readonly string[], table: readonly Option[], more?: MoreWords): ReadArgv {
	const given: Given[] = [];
	const problems: Problem[] = [];
	let argv = words;
	let at = 0;
	/** Up to here the words are those of an `--args`: no value reaches beyond them. */
	let inserted = 0;
	const value = (option: Option, shown: string, attached: string | undefined): void => {
		const start = at - 1;
		const text = attached ?? (at === inserted ? undefined : argv[at++]);
		if (text === undefined) {
			problems.push({ code: "VALUE_MISSING", message: `${shown} needs a value: ${option.value}` });
		} else if (option.name === "args" && more) insert(more(text), start);
		else given.push({ name: option.name, value: text });
	};

	for (; at < argv.length; ) {
		const word = argv[at] ?? "";
		if (word === "--") {
			at++;
			break;
		}
		if (word.length < 2 || !word.startsWith("-")) break;
		at++;
		if (word.startsWith("--")) readLong(word);
		else readShort(word);
	}
	if (given.length > 1) problems.push(...repeated(given, table));
	const clean = given.map(({ name, value }) =>
		value === true ? `--${name}` : value === false ? `--no-${name}` : `--${name}=${value}`,
	);
	return { words: argv, given, rest: argv.slice(at), clean, problems };

	function insert(found: readonly string[] | Problem, start: number): void {
		if (start < inserted) {
			const hint = "write what it stands for in its place";
			problems.push({ code: "ARGS_NESTED", message: "--args is among the words of an --args", hint });
		} else if ("code" in found) problems.push(found);
		else {
			argv = [...argv.slice(0, start), ...found, ...argv.slice(at)];
			at = start;
			inserted = start + found.length;
		}
	}

	function readLong(word: string): void {
		const equals = word.indexOf("=");
		const shown = equals < 0 ? word : word.slice(0, equals);
		const attached = equals < 0 ? undefined : word.slice(equals + 1);
		const name = shown.slice(2);
		const option = optionNamed(table, name);
		const negated = option ? undefined : table.find((one) => one.negatable && `no-${one.name}` === name);
		if (option?.value !== undefined && !(option.optional && attached === undefined)) value(option, shown, attached);
		else if (!option && !negated) problems.push(unknown(shown, table));
		else if (attached !== undefined) {
			problems.push({
				code: "VALUE_UNEXPECTED",
				message: `${shown} takes no value, but ${JSON.stringify(attached)} was given`,
			});
		} else given.push({ name: (option ?? negated)?.name ?? name, value: option !== undefined });
	}

	function readShort(word: string): void {
		for (let i = 1; i < word.length; i++) {
			const shown = `-${word[i]}`;
			const option = table.find(({ short }) => short === word[i]);
			if (!option) {
				problems.push(unknown(shown, table));
				return;
			}
			if (option.value !== undefined && !option.optional) {
				value(option, shown, i + 1 < word.length ? word.slice(i + 1) : undefined);
				return;
			}
			given.push({ name: option.name, value: true });
		}
	}
}

function repeated(given: readonly Given[], table: readonly Option[]): Problem[] {
	const counts = new Map<string, Given[]>();
	for (const one of given) counts.set(one.name, [...(counts.get(one.name) ?? []), one]);
	const problems: Problem[] = [];
	for (const [name, uses] of counts) {
		// Once is no contradiction.
		if (uses.length === 1) continue;
		const option = optionNamed(table, name);
		// What may be repeated with values is still on or off.
		const said = option?.repeat ? uses.filter(({ value }) => typeof value === "boolean") : uses;
		if (new Set(said.map(({ value }) => value)).size <= 1) continue;
		problems.push({ code: "OPTION_TWICE", message: `--${name} was given more than once, with different values` });
	}
	return problems;
}

function unknown(shown: string, table: readonly Option[]): Problem {
	const names = table.flatMap(({ name, negatable }) => (negatable ? [`--${name}`, `--no-${name}`] : [`--${name}`]));
	const near = shown.startsWith("--") ? nearest(shown, names) : undefined;
	return {
		code: "OPTION_UNKNOWN",
		message: `unknown option ${shown}`,
		hint: near ? `did you mean ${near}?` : "see --help; options of the command itself go after it",
	};
}
