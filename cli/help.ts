/** Help, made from the option table. */
import { nearest } from "./argv.ts";
import { toolNames } from "./dropin/names.ts";
import { type CommandName, commandNames, type Option, optionsOf } from "./options.ts";
import { UsageError } from "./usage.ts";

/** The commands, as help lists them. */
export const commands: Readonly<Record<CommandName, { readonly usage: string; readonly doc: string }>> = {
	run: {
		usage: "ns run [OPTIONS] [--] [COMMAND [ARG...]]",
		doc: "Run a command in new namespaces: all eight, or those named",
	},
	plan: {
		usage: "ns plan [OPTIONS] [--] [COMMAND [ARG...]]",
		doc: "Show what run would do, step by step, and change nothing",
	},
	create: {
		usage: "ns create [OPTIONS] NAME",
		doc: "Make namespaces that stay under a name, all eight or those named",
	},
	enter: {
		usage: "ns enter [OPTIONS] TARGET [OPTIONS] [--] [COMMAND [ARG...]]",
		doc: "Run a command in the namespaces of a name, a process, a file or a container: in all of them, or those named",
	},
	list: { usage: "ns list [OPTIONS] [TARGET]", doc: "List the namespaces of this machine" },
	tree: { usage: "ns tree [OPTIONS] [TARGET]", doc: "Show which namespace belongs to which" },
	inspect: { usage: "ns inspect [OPTIONS] TARGET", doc: "Tell all about a name, a process or a namespace" },
	remove: { usage: "ns remove [OPTIONS] NAME...", doc: "End what is inside of names, and take them away" },
	stats: { usage: "ns stats [OPTIONS] TARGET", doc: "Tell what a running sandbox has used until now" },
	top: { usage: "ns top [OPTIONS] [TARGET...]", doc: "Show what running sandboxes use, again and again" },
	set: { usage: "ns set [OPTIONS] TARGET", doc: "Change the limits of a running sandbox" },
	pause: { usage: "ns pause TARGET...", doc: "Stop everything in a running sandbox, without its noticing" },
	resume: { usage: "ns resume TARGET...", doc: "Let a paused sandbox go on" },
	doctor: {
		usage: "ns doctor [OPTIONS]",
		doc: "Try what this machine can do, and tell what is missing, what is lost by that, and how to get it",
	},
	bench: { usage: "ns bench [OPTIONS]", doc: "Measure what each namespace costs to create on this machine" },
	diff: { usage: "ns diff [OPTIONS] DIR", doc: "Show what the layer in DIR changes: added, changed, removed" },
	commit: {
		usage: "ns commit [OPTIONS] DIR",
		doc: "Apply the layer in DIR to the directory below it, each file at once, and take the layer away",
	},
	discard: { usage: "ns discard [OPTIONS] DIR", doc: "Drop the layer in DIR; the directory below it is not touched" },
	import: {
		usage: "ns import [OPTIONS] bwrap [--] WORD... | nsjail FILE | oci FILE | srt FILE",
		doc: "Make a profile of what another tool is configured with, and list what has no counterpart",
	},
	selftest: {
		usage: "ns selftest [OPTIONS] [NAME...]",
		doc: "Attack a sandbox on this machine in the ways others were broken by, and tell what holds; 1 when one does not",
	},
	completion: { usage: "ns completion bash|zsh|fish", doc: "Print the completions of a shell" },
};

/** The text of `ns --help`. */
export function mainHelp(): string {
	const rows = Object.entries(commands).map(([name, { doc }]) => `  ${name.padEnd(12)}${doc}\n`);
	return `Linux namespaces from Bun

Usage: ns COMMAND [OPTIONS]

Commands:
${rows.join("")}
Options:
  -h, --help       Show help; also after a command
  -V, --version    Show the version; with --json, also what can be done here

Called as unshare, nsenter or lsns, or with one of these as the command, it takes that tool's options.

Exit codes: the command's own; 128+N when signal N ended it; 125 when ns failed, 126 when the command
cannot be executed, 127 when it was not found
`;
}

/** The text of `ns COMMAND --help`. */
export function commandHelp(command: CommandName): string {
	const groups = Map.groupBy(optionsOf(command), ({ category }) => category);
	const parts = [...groups].map(([category, options]) => `\n${title(category)}:\n${options.map(optionRow).join("")}`);
	const { usage, doc } = commands[command];
	return `${doc}\n\nUsage: ${usage}\n${parts.join("")}`;
}

const title = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const column = 26;

function optionRow({ name, short, value, optional, negatable, doc }: Option): string {
	const shown = value === undefined ? "" : optional ? `[=${value}]` : ` ${value}`;
	const flag = `${short ? `-${short}, ` : "    "}--${negatable ? "[no-]" : ""}${name}${shown}`;
	const gap = flag.length < column - 1 ? flag.padEnd(column) : `${flag}\n${" ".repeat(column + 2)}`;
	return `  ${gap}${doc}\n`;
}

/** What stands in a command's place besides commands. */
const options = ["help", "--help", "--version"] as const;

/** What to say of a command that does not exist. */
export function unknownCommand(name: string): UsageError {
	const near = nearest(name, [...commandNames, ...toolNames, ...options]);
	const hint = near ? `did you mean ns ${near}?` : "see ns --help";
	if (name.startsWith("-"))
		return new UsageError([{ code: "OPTION_UNKNOWN", message: `unknown option ${name}`, hint }]);
	return new UsageError([{ code: "COMMAND_UNKNOWN", message: `there is no command ${JSON.stringify(name)}`, hint }]);
}
