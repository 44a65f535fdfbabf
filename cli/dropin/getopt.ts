/**
 * The edges of argv as getopt_long(3) finds them: bundled letters, values behind a letter or a `=`, beginnings of long
 * names, and its words for what is wrong. Pure.
 */

/** Whether an option has a value: as a word of its own or attached, or attached alone. */
export type Takes = "nothing" | "value" | "attached";

/** A long option. Those that mean the same have the same key; the key of one with a letter is that letter. */
export interface LongOption {
	readonly name: string;
	readonly takes: Takes;
	readonly key: string;
}

/** The options of a tool. */
export interface OptionTable {
	/** In the order of the tool's own table, in which getopt lists what a beginning could mean. */
	readonly long: readonly LongOption[];
	/** Letters as in getopt(3): `:` behind one that has a value, `::` behind one whose value is attached. */
	readonly letters: string;
	/** Options may stand behind other words. @default the first word that is no option ends them */
	readonly permutes?: true;
}

/** What was found, in order. */
export type Found = { readonly key: string; readonly value?: string | undefined } | { readonly wrong: string };

/** A command line, taken apart. What is wrong ends `found`, because tools end there. */
export interface ReadWords {
	readonly found: readonly Found[];
	/** The words that are no options. */
	readonly rest: readonly string[];
}

/** Reads `words` by this table. */
export function getopt(words: readonly string[], table: OptionTable): ReadWords {
	const found: Found[] = [];
	const rest: string[] = [];
	let at = 0;
	while (at < words.length) {
		const word = words[at] ?? "";
		if (word === "--") return { found, rest: [...rest, ...words.slice(at + 1)] };
		if (word.length < 2 || !word.startsWith("-")) {
			if (!table.permutes) break;
			rest.push(word);
			at++;
			continue;
		}
		const next = words[at + 1];
		const read = word.startsWith("--") ? readLong(word, next, table) : readLetters(word, next, table);
		found.push(...read.found);
		at += read.takesNext ? 2 : 1;
		if (read.found.some((one) => "wrong" in one)) break;
	}
	return { found, rest: [...rest, ...words.slice(at)] };
}

interface Read {
	readonly found: readonly Found[];
	readonly takesNext?: boolean;
}

const wrong = (text: string): Read => ({ found: [{ wrong: text }] });

function readLong(word: string, next: string | undefined, { long }: OptionTable): Read {
	const equals = word.indexOf("=");
	const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
	const attached = equals < 0 ? undefined : word.slice(equals + 1);
	const exact = long.find((one) => one.name === name);
	const candidates = exact ? [exact] : long.filter((one) => one.name.startsWith(name));
	const [option] = candidates;
	if (!option) return wrong(`unrecognized option '${word}'`);
	if (candidates.some(({ key, takes }) => key !== option.key || takes !== option.takes)) {
		const possible = candidates.map((one) => `'--${one.name}'`).join(" ");
		return wrong(`option '${word}' is ambiguous; possibilities: ${possible}`);
	}
	const { key, takes } = option;
	if (takes === "nothing" && attached !== undefined)
		return wrong(`option '--${option.name}' doesn't allow an argument`);
	if (takes !== "value" || attached !== undefined) return { found: [{ key, value: attached }] };
	if (next === undefined) return wrong(`option '--${option.name}' requires an argument`);
	return { found: [{ key, value: next }], takesNext: true };
}

function readLetters(word: string, next: string | undefined, { letters }: OptionTable): Read {
	const found: Found[] = [];
	for (let i = 1; i < word.length; i++) {
		const key = word.charAt(i);
		const at = key === ":" || key === ";" ? -1 : letters.indexOf(key);
		if (at < 0) return { found: [...found, { wrong: `invalid option -- '${key}'` }] };
		if (letters[at + 1] !== ":") {
			found.push({ key });
			continue;
		}
		const attached = i + 1 < word.length ? word.slice(i + 1) : undefined;
		if (attached !== undefined || letters[at + 2] === ":") return { found: [...found, { key, value: attached }] };
		if (next === undefined) return { found: [...found, { wrong: `option requires an argument -- '${key}'` }] };
		return { found: [...found, { key, value: next }], takesNext: true };
	}
	return { found };
}

/** Long options from lines: `name`, `name=` with a value, `name[=]` with an attached one, and ` key` where it has another key. */
export function longOptions(lines: string): LongOption[] {
	const rows: LongOption[] = [];
	for (const line of lines.trim().split(/\s*\n\s*/)) {
		const [spec = "", key] = line.split(" ");
		const takes = spec.endsWith("[=]") ? "attached" : spec.endsWith("=") ? "value" : "nothing";
		const name = spec.replace(/(\[=\]|=)$/, "");
		rows.push({ name, takes, key: key ?? name });
	}
	return rows;
}
