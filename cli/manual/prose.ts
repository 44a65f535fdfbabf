/** What manual pages say besides what the option table says. */
import type { CommandName } from "../options.ts";

/** An example: what it shows, and the line. */
export type Example = readonly [shows: string, line: string];

export interface Prose {
	/** Paragraphs about the command. */
	readonly text: readonly string[];
	readonly examples: readonly Example[];
	/** Manual pages of others, as `unshare(1)`. */
	readonly seeAlso: readonly string[];
}

const target =
	"TARGET is a name that ns create gave, a process id, a file such as /run/netns/NAME or /proc/PID/ns/net, or a container.";
const layer = "DIR is the layer that a run with --overlay SRC:keep=DIR has left.";

/** By command. */
export const prose: Readonly<Record<CommandName, Prose>> = {
	run: {
		text: [
			"Runs COMMAND, or a shell where none is named, in new namespaces. Without an option that names a namespace it gets all eight; naming some selects exactly those.",
			"An ordinary user needs no privilege: where one is missing, a user namespace is added that owns the others. COMMAND has the standard streams of the caller, and everything inside ends with ns.",
			"Options end at -- or at the first word that is none.",
		],
		examples: [
			["A command that sees only its own processes:", "ns run --pid --mount ps ax"],
			["Another host name:", "ns run --uts --hostname box hostname"],
			["Code that somebody else wrote:", "ns run --strict -- true"],
		],
		seeAlso: ["unshare(1)", "namespaces(7)", "user_namespaces(7)", "capabilities(7)"],
	},
	plan: {
		text: [
			"Takes the options of ns run, and prints each step with its reason and its system calls. Nothing is changed.",
		],
		examples: [
			["Why a user namespace is made:", "ns plan --uts --hostname box hostname"],
			["The same for programs:", "ns plan --json -- true"],
		],
		seeAlso: ["ns-run(1)", "strace(1)"],
	},
	create: {
		text: [
			"Makes namespaces that stay when the command line has returned, under NAME: letters, digits, dots, dashes and underscores, 64 at most. A name is never taken over; a failed create leaves nothing.",
			"As root they are pinned by mounts below /run/nskit; as an ordinary user a small process holds them.",
			"--json prints the state that is kept of the name: version (1), name, boot, created, owner, seen, holder, netns, and for each namespace its inode and its file.",
		],
		examples: [["A network and a host name of their own:", "ns create web --net --uts"]],
		seeAlso: ["ip-netns(8)", "namespaces(7)"],
	},
	enter: {
		text: ["Runs COMMAND, or a shell where none is named, in namespaces that are there.", target],
		examples: [["The addresses of a network:", "ns enter web -- ip addr"]],
		seeAlso: ["nsenter(1)", "setns(2)", "namespaces(7)"],
	},
	list: {
		text: [
			"Lists every namespace that can be seen, those that only a mount, a descriptor or a socket keeps among them. What may not be read is counted and said.",
			"--json prints version (1), namespaces or processes with a key for each column, null where it is not known, unreadable and missed.",
			target,
		],
		examples: [["All:", "ns list"]],
		seeAlso: ["lsns(8)", "namespaces(7)"],
	},
	tree: {
		text: [
			"Shows which namespace belongs to which: by the user namespace that owns it, by what it is nested in, or by the process that came into it. Where many look alike, a few are shown and the others are counted, but for --all and --json.",
			"TARGET limits the tree to a process id, an inode such as 4026531840 or net:[4026531840], or a name, with everything above it.",
			"--json prints version (1), by, unreadable, missed and rows: each line is an object, and above is the place of the line above it in the list.",
		],
		examples: [
			["Who owns what:", "ns tree"],
			["Which processes have a network of their own:", "ns tree --by process --type net"],
			["A picture:", "ns tree --svg -"],
		],
		seeAlso: ["lsns(8)", "pstree(1)", "namespaces(7)"],
	},
	inspect: {
		text: [
			"Tells everything about a name, a process or a namespace, and how it differs from the caller.",
			"--json prints version (1), target, differences, unknown, and a key for each part that was read.",
			target,
		],
		examples: [["This shell:", "ns inspect $$"]],
		seeAlso: ["lsns(8)", "proc(5)"],
	},
	remove: {
		text: [
			"Ends the processes inside of names, and takes the names away. A name that is not there is an error, but for --force.",
			"--json prints version (1), names and notices: what goes on to be kept by others.",
		],
		examples: [["Two names:", "ns remove web db"]],
		seeAlso: ["ip-netns(8)"],
	},
	doctor: {
		text: [
			"Tries each thing that a sandbox can need in a child that is thrown away, and says what is missing, what is lost by that, and how to get it.",
			"--json prints version (1), ok, kernel, caller, program and findings.",
		],
		examples: [["Everything:", "ns doctor"]],
		seeAlso: ["namespaces(7)", "user_namespaces(7)", "subuid(5)"],
	},
	bench: {
		text: ["Measures what each namespace costs on this machine, each case so many times, in turns."],
		examples: [["Few runs:", "ns bench --runs 5"]],
		seeAlso: ["clone(2)"],
	},
	diff: {
		text: ["Prints a line for each file that the layer changes.", layer],
		examples: [["What a run has changed:", "ns diff layer"]],
		seeAlso: ["ns-commit(1)", "ns-discard(1)"],
	},
	commit: {
		text: [`Each file is replaced at once. ${layer}`],
		examples: [["Keep what was written:", "ns commit layer"]],
		seeAlso: ["ns-diff(1)", "ns-discard(1)"],
	},
	discard: {
		text: [layer],
		examples: [["Forget what was written:", "ns discard layer"]],
		seeAlso: ["ns-diff(1)", "ns-commit(1)"],
	},
	import: {
		text: [
			"Reads the configuration of another tool and prints a profile for ns run --profile. What has no counterpart is named on standard error.",
		],
		examples: [["A command line of bubblewrap:", "ns import bwrap -- --ro-bind / / --unshare-net true"]],
		seeAlso: ["bwrap(1)"],
	},
	selftest: {
		text: [
			"Each case is an attack that another tool was once broken by, tried on a sandbox of this machine with the strict preset.",
		],
		examples: [["What there is to try:", "ns selftest --list"]],
		seeAlso: ["ns-run(1)"],
	},
	completion: {
		text: [
			"Prints a script that completes commands, options, their values, names, process ids, and behind -- the words of the command itself.",
			"In bash: source <(ns completion bash). In zsh, behind compinit: source <(ns completion zsh). In fish: ns completion fish | source.",
		],
		examples: [["For every new shell:", "ns completion bash"]],
		seeAlso: ["bash(1)", "zshcompsys(1)", "fish(1)"],
	},
};

/** What other programs can set, by name. */
export const variables: readonly (readonly [string, string])[] = [
	["NO_COLOR", "When it is set and not empty, nothing is coloured."],
	["SHELL", "What is run where no command is named."],
	["XDG_RUNTIME_DIR", "Names of an ordinary user are kept in nskit below it."],
	["LC_ALL, LC_CTYPE, LANG", "Where they do not say UTF-8, trees are drawn with ASCII."],
];

export const files: readonly (readonly [string, string])[] = [
	["/run/nskit/NAME", "A name of root, with its namespaces mounted."],
	["$XDG_RUNTIME_DIR/nskit/NAME", "A name of an ordinary user."],
	["/run/netns/NAME", "A network namespace as ip-netns(8) has it."],
];

export const exitCodes: readonly (readonly [string, string])[] = [
	["125", "ns failed; nothing was run."],
	["126", "The command was found and cannot be executed."],
	["127", "The command was not found."],
	["128+N", "Signal N ended the command."],
	["other", "The command's own, or 0."],
];
