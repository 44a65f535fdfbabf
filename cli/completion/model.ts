/** What can stand where on the command line, for the completions of all shells: made from the option table. */
import { mapWords } from "../../src/ids/types.ts";
import { parts } from "../../src/inspect/types.ts";
import { capabilityNames } from "../../src/linux/capabilities.ts";
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { mitigationNames } from "../../src/privileges/hardening.ts";
import { resourceNames } from "../../src/process/limits.ts";
import { rowNames, selftestCases } from "../../src/selftest/run.ts";
import { namespaceColumns, processColumns } from "../../src/survey/columns.ts";
import { toolNames } from "../dropin/names.ts";
import { commands } from "../help.ts";
import { type CommandName, commandNames, type Option, optionsOf } from "../options.ts";

/** What a word can be. */
export type Candidates =
	| { readonly are: "words"; readonly words: readonly string[]; readonly separator?: "," | undefined }
	| { readonly are: "files" | "directories" | "names" | "targets" | "joins" | "command" | "nothing" };

/** What a command takes besides its options: the first words, and what all others are. */
export interface Operands {
	readonly first: readonly Candidates[];
	readonly others: Candidates;
}

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

const words = (list: readonly string[], separator?: ","): Candidates => ({ are: "words", words: list, separator });
const some = (are: Exclude<Candidates["are"], "words">): Candidates => ({ are });
const [files, directories, nothing] = [some("files"), some("directories"), some("nothing")];

const rangeWords = ["auto", "subids", "all"];
const columns = [...new Set([...namespaceColumns, ...processColumns].map(({ name }) => name))];
const signals = "HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH".split(" ").map((name) => `SIG${name}`);
const capabilities = ["ALL", ...capabilityNames.map((name) => name.slice("CAP_".length))];

/** Values that are among a few words which the table does not name as a choice. */
const known: Readonly<Record<string, Candidates>> = {
	map: words(mapWords),
	"map-users": words(rangeWords),
	"map-groups": words(rangeWords),
	net: words(["none", "host", "internet", "dummy", "veth", "bridge:", "macvlan:", "ipvlan:", "move:"]),
	stats: words(["text", "json"]),
	"resolv-conf": words(["copy"]),
	"device-allow": words(["standard", "none"]),
	"cap-drop": words(capabilities, ","),
	"cap-add": words(capabilities, ","),
	join: some("joins"),
	only: words(parts, ","),
	output: words(columns, ","),
	sort: words(columns),
	rlimit: words(resourceNames.map((name) => `${name}=`)),
	ioprio: words(["idle", "best-effort:", "realtime:"]),
	scheduler: words(["other", "batch", "idle", "fifo:", "rr:"]),
	mitigate: words(mitigationNames, ","),
	securebits: words(["noroot", "no-setuid-fixup", "keep-caps", "no-cap-ambient-raise"], ","),
	"landlock-scope": words(["signal", "abstract-unix-socket"], ","),
	"landlock-bind": words(["none"]),
	"landlock-connect": words(["none"]),
	proc: words(["hidepid=off", "hidepid=noaccess", "hidepid=invisible", "hidepid=ptraceable", "subset=pid"], ","),
	type: words(namespaceKinds, ","),
};

/** What the value of an option can be. */
export function valuesOf({ name, value = "" }: Option): Candidates {
	const found = Object.hasOwn(known, name) ? known[name] : undefined;
	if (found) return found;
	if (/^[a-z]+(\|[a-z]+)+$/.test(value)) return words(value.split("|"));
	if (/SIGNAL/.test(value)) return words(signals);
	if (/^(TYPE|KIND)(,\.\.\.)?$/.test(value)) return words(namespaceKinds, ",");
	if (/^DIR\b/.test(value)) return directories;
	if (/^(FILE|PATH|SRC|PROFILE|DEST)\b/.test(value)) return files;
	if (/^(TARGET|PID)\b/.test(value)) return some("targets");
	return nothing;
}

const operands: Partial<Record<CommandName, Operands>> = {
	run: { first: [], others: some("command") },
	plan: { first: [], others: some("command") },
	enter: { first: [some("targets")], others: some("command") },
	list: { first: [some("targets")], others: nothing },
	tree: { first: [some("targets")], others: nothing },
	inspect: { first: [some("targets")], others: nothing },
	remove: { first: [], others: some("names") },
	stats: { first: [some("targets")], others: nothing },
	set: { first: [some("targets")], others: nothing },
	top: { first: [], others: some("targets") },
	pause: { first: [], others: some("targets") },
	resume: { first: [], others: some("targets") },
	diff: { first: [directories], others: nothing },
	commit: { first: [directories], others: nothing },
	discard: { first: [directories], others: nothing },
	import: { first: [words(["bwrap", "nsjail", "oci", "srt"])], others: files },
	selftest: { first: [], others: words(selftestCases.flatMap(rowNames)) },
	completion: { first: [words(shells)], others: nothing },
};

/** What stands behind the options of a command. */
export const operandsOf = (command: CommandName): Operands => operands[command] ?? { first: [], others: nothing };

/** The words that can stand behind `ns`, with what each does. */
export const topWords: readonly (readonly [string, string])[] = [
	...commandNames.map((name) => [name, commands[name].doc] as const),
	["help", "Show help of a command, or print its manual page"],
	...toolNames.map((name) => [name, `Do what ${name} of util-linux does, with its options`] as const),
];

/** An option as it is typed: `--net` or `-n`. */
export interface Flag {
	readonly flag: string;
	readonly option: Option;
}

/** All ways to type the options of a command. */
export function flagsOf(command: CommandName): readonly Flag[] {
	return optionsOf(command).flatMap((option) => {
		const flags = [`--${option.name}`];
		if (option.negatable) flags.push(`--no-${option.name}`);
		if (option.short) flags.push(`-${option.short}`);
		return flags.map((flag) => ({ flag, option }));
	});
}

/** Whether the word behind it is its value. */
export const takesWord = ({ flag, option }: Flag): boolean =>
	option.value !== undefined && !option.optional && !flag.startsWith("--no-");
