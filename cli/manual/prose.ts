/** What manual pages say besides what the option table says. */
import type { CommandName } from "../options.ts";
import { liveProse } from "./prose-live.ts";

/** An example: what it shows, and the line. */
export type Example = readonly [shows: string, line: string];

export interface Prose {
	/** Paragraphs about the command. */
	readonly text: readonly string[];
	/** What --json prints. */
	readonly json?: readonly string[];
	/** Its own exit codes; `exitCodes` or `plainExitCodes` where it has none. */
	readonly exit?: readonly (readonly [string, string])[];
	readonly examples: readonly Example[];
	/** Manual pages of others, as `unshare(1)`. */
	readonly seeAlso: readonly string[];
}

const target =
	"TARGET is a name that ns create or ip netns add gave, a process id, PID:INODE with the inode of its pidfd, a file such as /run/netns/NAME or /proc/PID/ns/net, fd:N for a descriptor of the caller's, or a container as MAKER:ID, where MAKER is runc, crun, docker, containerd, podman, lxc or machine.";
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
			"Makes namespaces that stay under NAME when the command line has returned, all eight or those named, with the options that ns run has for namespaces, files, host names, clocks and networks.",
			"NAME begins with a letter or a digit and has letters, digits, dots, dashes and underscores, 64 at most; it is no number and no type of namespace. A name is never taken over, and a create that fails or is interrupted leaves nothing. No name outlives the machine's next start.",
			"As root, namespaces are pinned by mounts below /run/nskit, and no process is needed but for a PID namespace, which lives as long as its init. A network namespace has its name in /run/netns too, so that ip netns exec works on it. As an ordinary user, a process of a few kilobytes called ns: NAME holds them all.",
		],
		json: [
			"version, name, boot, created (milliseconds since 1970), owner (uid, gid), seen (the inodes of the PID and the mount namespace that it was made in), namespaces (by type: inode, file where it is pinned, joined where it was there before), and where there are such: holder (pid, startTime, pidfd) and netns (the file below /run/netns).",
		],
		exit: [
			["0", "The name is there, with all that was asked for."],
			["125", "It could not be made, and nothing is left."],
		],
		examples: [
			["A network and a host name of their own:", "ns create web --net --uts --hostname web"],
			["All eight, with an init:", "ns create box"],
			["What is kept, and by what:", "ns create api --net --json"],
		],
		seeAlso: ["ns-enter(1)", "ns-list(1)", "ns-remove(1)", "ip-netns(8)", "namespaces(7)"],
	},
	enter: {
		text: [
			"Runs COMMAND, or a shell where none is named, in namespaces that are there: in all of TARGET that are not the caller's already, or in those named.",
			target,
			"The user namespace is entered first where that gives the right to enter the others, and last else. With a PID namespace COMMAND is a child there, and ns waits for it.",
			"Root, working directory, environment, control groups and ids stay the caller's unless they are asked for; --all asks for everything.",
		],
		examples: [
			["The addresses of a network:", "ns enter web -- ip addr"],
			["All but its network:", "ns enter --no-net web hostname"],
			["In another directory inside:", "ns enter web --wd=/usr -- pwd"],
			["Some namespaces joined, others new:", "ns run --join web --pid --mount -- ps ax"],
		],
		seeAlso: ["ns-create(1)", "ns-list(1)", "nsenter(1)", "setns(2)", "namespaces(7)"],
	},
	list: {
		text: [
			"Lists every namespace that can be seen, those that only a mount, a descriptor or a socket keeps among them. Processes that may not be read are counted and said.",
			"TARGET limits the list: the namespaces of a process id or a name; or the processes of one namespace, where it is an inode such as 4026531840, net:[4026531840], or a path such as /run/netns/web.",
			"Columns have the names that lsns(8) has for them. --list-columns says what each is.",
		],
		json: [
			"version (1), namespaces (or processes, where TARGET is one namespace): a list of objects with a field for each column, in small letters; null where there is nothing to say. unreadable: how many processes may not be read. missed: what else could not be seen, a sentence each.",
		],
		examples: [
			["All:", "ns list"],
			["What has a name:", "ns list --named"],
			["The networks, those with most processes first:", "ns list --type net --sort -NPROCS"],
			["Without processes, for programs:", "ns list --persistent --json"],
			["Who is in the network of this shell:", "ns list /proc/$$/ns/net"],
			["Only those that are true of this:", `ns list --filter 'TYPE == "net" && NPROCS > 1'`],
		],
		seeAlso: ["ns-tree(1)", "ns-inspect(1)", "lsns(8)", "namespaces(7)"],
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
			"Tells everything about a name, a process or a namespace: ids and their maps, rights, limits, mounts, interfaces and addresses, host names, message queues, clocks and control groups; and first how it differs from the caller.",
			"TARGET is a name, a process id, self, the inode of a namespace such as 4026531840, or a file such as /run/netns/NAME or /proc/PID/ns/net.",
			"What may not be read is said. Nothing is changed.",
		],
		json: [
			"version (1), target, differences (part, text), unknown (part, reason), and a field for each part that was looked at: process, namespaces (kind, inode, shared, owner, pids, names, holders), ids, rights, limits, mounts, network, names, ipc, clocks, cgroups.",
		],
		examples: [
			["This shell:", "ns inspect $$"],
			["The interfaces and the host name of a name:", "ns inspect web --only network,names"],
			["For programs:", "ns inspect self --json"],
		],
		seeAlso: ["ns-list(1)", "lsns(8)", "proc(5)"],
	},
	remove: {
		text: [
			"Takes names away, and ends the processes of their PID namespaces: SIGTERM, the grace, then SIGKILL. Nothing is left of a name.",
			"Processes that have only joined keep a name from being removed, and are named; --force ends them too. A name that is not there is gone already: that is told, and is no error. What else holds a namespace, such as a descriptor, is named.",
		],
		json: [
			"version (1). names: those that were taken away. notices: what else holds their namespaces, a sentence each.",
		],
		exit: [
			["0", "All names are gone."],
			["125", "Some could not be removed; the others are gone."],
		],
		examples: [
			["Two names:", "ns remove web db"],
			["Whoever is inside:", "ns remove --force web"],
			["All names of yours, at once:", "ns remove --all --grace 0"],
		],
		seeAlso: ["ns-create(1)", "ns-list(1)", "ip-netns(8)"],
	},
	...liveProse,
	doctor: {
		text: [
			"Tries each thing that a sandbox can need in a child that is thrown away, and says what is missing, what is lost by that, and how to get it. What helps against several things is told with the first.",
			"It tells of the caller in this place: as another user, or inside a container, other things are missing.",
		],
		json: [
			"version, ok (everything that ns run needs is there), kernel, caller (uid, gid, privileged), program, and findings: a list of id, group, title, essential, tries, state (ok, limited, missing or unknown), found, and where something is wrong: lost and remedy.",
		],
		exit: [
			["0", "Everything that ns run needs is there."],
			["1", "Something that ns run needs is missing."],
			["125", "ns failed."],
		],
		examples: [
			["What is missing or limited:", "ns doctor"],
			["Everything, with what was tried:", "ns doctor --all"],
			["For programs:", "ns doctor --json"],
		],
		seeAlso: ["namespaces(7)", "user_namespaces(7)", "subuid(5)", "seccomp(2)", "landlock(7)"],
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
		exit: [
			["0", "No case was found that does not hold."],
			["1", "A case does not hold."],
			["125", "ns failed."],
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
	["NO_COLOR, TERM", "When NO_COLOR is set and not empty, or TERM is dumb, nothing is coloured."],
	["SHELL", "What is run where no command is named."],
	[
		"XDG_RUNTIME_DIR",
		"Names of an ordinary user are kept in nskit below it; where it is not set, below /run/user/UID, or else in /tmp/nskit-UID.",
	],
	["LC_ALL, LC_CTYPE, LANG", "Where they do not say UTF-8, trees are drawn with ASCII."],
];

export const files: readonly (readonly [string, string])[] = [
	["/run/nskit/NAME", "A name of root, with its namespaces mounted."],
	["$XDG_RUNTIME_DIR/nskit/NAME", "A name of an ordinary user."],
	["/run/netns/NAME", "A network namespace as ip-netns(8) has it."],
];

/** Of the commands that run a command. */
export const exitCodes: readonly (readonly [string, string])[] = [
	["125", "ns failed; nothing was run."],
	["126", "The command was found and cannot be executed."],
	["127", "The command was not found."],
	["128+N", "Signal N ended the command."],
	["other", "The command's own, or 0."],
];

/** Of the others. */
export const plainExitCodes: readonly (readonly [string, string])[] = [
	["0", "Done."],
	["125", "ns failed."],
];
