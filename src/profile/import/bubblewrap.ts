/** A command line of bwrap(1) becomes a profile. */
import type { Problem } from "../../plan/types.ts";
import { BubblewrapFiles } from "./bubblewrap-files.ts";
import { type BubblewrapOption, type BubblewrapWords, bubblewrapOptions } from "./bubblewrap-options.ts";
import { BubblewrapRights } from "./bubblewrap-rights.ts";
import { Import, type Imported, inside, type Surroundings } from "./types.ts";

/** As many words as bwrap takes. */
const mostWords = 9000;

/** The words that the descriptor of `--args` holds, or what is wrong with it. */
export type ArgsReader = (value: string) => readonly string[] | Problem;

/**
 * The profile of a bwrap command line, with or without the word `bwrap` before it. As bwrap does it for who imports it:
 * for an ordinary user it always makes a user namespace and leaves no capabilities. What it shares when nothing is said
 * is shared; injection of input into a shared terminal stays forbidden, and descriptors that are not named are closed.
 */
export function importBubblewrap(argv: readonly string[], around: Surroundings, args?: ArgsReader): Imported {
	const made = new Import(around);
	const { options, command } = readWords(argv, made, args);
	const given = new Set(options.map(({ option }) => option));
	const hasPid = given.has("--unshare-pid") || given.has("--unshare-all") || given.has("--pidns");
	const files = new BubblewrapFiles(made, hasPid);
	const rights = new BubblewrapRights(made);
	for (const one of options) if (!files.take(one) && !rights.take(one)) takeRest(made, one);
	rights.finish(given);
	made.profile.mount = files.mount;
	if (command.length > 0) made.profile.command = { ...made.profile.command, argv: command };
	return made.done();
}

interface ReadWords {
	readonly options: readonly BubblewrapWords[];
	readonly command: readonly string[];
}

function readWords(argv: readonly string[], made: Import, args: ArgsReader | undefined): ReadWords {
	const options: BubblewrapWords[] = [];
	let words = /(?:^|\/)bwrap$/.test(argv[0] ?? "") ? argv.slice(1) : [...argv];
	/** Up to here the words are those of an `--args`. */
	let inserted = 0;
	let at = 0;
	while (at < words.length && words.length <= mostWords) {
		const word = words[at] ?? "";
		if (word === "--") {
			at++;
			break;
		}
		if (!word.startsWith("-")) break;
		if (!Object.hasOwn(bubblewrapOptions, word)) {
			made.problem(`bwrap has no option ${JSON.stringify(word)}`, "options up to those of bwrap 0.11.1 are known");
			at++;
			continue;
		}
		const option = word as BubblewrapOption;
		const count = bubblewrapOptions[option];
		const values = words.slice(at + 1, at + 1 + count);
		if (values.length < count) made.problem(`${option} takes ${count} ${count === 1 ? "word" : "words"}`);
		const start = at;
		at += 1 + count;
		const [first = "", second = "", third = ""] = values;
		if (option !== "--args") options.push({ option, words: [first, second, third] });
		else if (start < inserted) made.problem("--args is among the words of an --args");
		else {
			const more = moreWords(first, made, args);
			words = [...words.slice(0, start), ...more, ...words.slice(at)];
			at = start;
			inserted = start + more.length;
		}
	}
	if (words.length > mostWords) made.problem(`there are more than ${mostWords} words, which is the most bwrap takes`);
	return { options, command: words.slice(at) };
}

function moreWords(value: string, made: Import, args: ArgsReader | undefined): readonly string[] {
	const found = args?.(value);
	if (found === undefined) {
		made.lacks(
			`--args ${value}`,
			"the words in the descriptor are not part of the command line: none of them is imported",
		);
		return [];
	}
	if (!("code" in found)) return found;
	made.problem(found.message, found.hint);
	return [];
}

function takeRest(made: Import, { option, words: [first] }: BubblewrapWords): void {
	const { profile } = made;
	const fd = (): number | undefined => {
		if (/^(0|[1-9]\d{0,9})$/.test(first) && Number(first) <= 0x7fffffff) return Number(first);
		return made.problem(`${option} ${first} is no number of a descriptor`);
	};
	switch (option) {
		case "--help":
		case "--version":
			made.problem(`${option} makes bwrap run nothing`, "leave it out");
			break;
		case "--argv0":
			profile.command = { ...profile.command, argv0: first };
			break;
		case "--chdir":
			profile.command = { ...profile.command, cwd: inside(first) };
			break;
		case "--level-prefix":
			made.lacks(option, "messages of ns have no prefix; what is run is the same");
			break;
		case "--new-session":
			profile.terminal = { session: "new" };
			break;
		case "--die-with-parent":
			profile.lifetime = { ...profile.lifetime, dieWithParent: true };
			break;
		case "--block-fd":
			profile.lifetime = { ...profile.lifetime, blockFd: fd() };
			break;
		case "--info-fd":
			profile.lifetime = { ...profile.lifetime, infoFd: fd() };
			break;
		case "--json-status-fd":
			profile.lifetime = { ...profile.lifetime, statusFd: fd() };
			break;
		case "--userns-block-fd":
			made.lacks(
				`${option} ${first}`,
				"ns waits for maps that somebody else writes with --map extern --map-block-fd, and tells the process as map-pid",
			);
			break;
		case "--sync-fd":
			made.lacks(
				`${option} ${first}`,
				"a descriptor is held by the command alone: with --pass-fd it is open as long as the command lives",
			);
			break;
		case "--lock-file":
			made.lacks(
				`${option} ${first}`,
				"locks are taken on the caller's files, and this path is one inside: use --lock-file with the path outside",
			);
			break;
		case "--exec-label":
		case "--file-label":
			made.lacks(`${option} ${first}`, "there is no SELinux label: what is run has the label it would have anyway");
			break;
		default:
			made.problem(`${option} is an option that no part of the import has read`);
	}
}
