/** Every option, once. Parsing, help and the reference come from this table. Names are those of unshare(1) where it has them. */
import { type NamespaceKind, namespaces } from "../src/plan/namespaces.ts";

export type Category =
	| "namespaces"
	| "ids"
	| "files"
	| "processes"
	| "names and clocks"
	| "network"
	| "output"
	| "general";

export interface Option {
	readonly name: string;
	readonly short?: string;
	/** What the value is called in help; an option without one is a switch. */
	readonly value?: string;
	/** May be given more than once; the order is kept. */
	readonly repeat?: true;
	/** `--no-NAME` exists too. */
	readonly negatable?: true;
	readonly category: Category;
	/** One sentence, with no full stop. */
	readonly doc: string;
	/** The commands that take it. */
	readonly commands: readonly CommandName[];
}

/** The commands, in the order help shows them. */
export const commandNames = ["run", "plan", "bench", "diff", "commit", "discard"] as const;

export type CommandName = (typeof commandNames)[number];

const sandboxed: readonly CommandName[] = ["run", "plan"];

/** The short letters unshare(1) has for namespaces. */
const letters: Readonly<Record<NamespaceKind, string>> = {
	user: "U",
	mount: "m",
	pid: "p",
	net: "n",
	ipc: "i",
	uts: "u",
	cgroup: "C",
	time: "T",
};

const rows: readonly Omit<Option, "commands">[] = [
	{ name: "all", category: "namespaces", doc: "All eight namespaces; what is done when none is named" },
	...namespaces.map(
		({ kind, isolates }): Omit<Option, "commands"> => ({
			name: kind,
			short: letters[kind],
			negatable: true,
			category: "namespaces",
			doc: `New ${kind} namespace: ${isolates}`,
		}),
	),
	{
		name: "join",
		value: "TYPE:TARGET",
		repeat: true,
		category: "namespaces",
		doc: "Enter the namespace of this type that a process id, a path, or fd:N names, instead of making one",
	},
	{
		name: "map",
		value: "WHO",
		category: "ids",
		doc: "Who the caller is inside: root, self, none (then 65534), UID, or UID:GID; root when nothing is said",
	},
	{ name: "map-root-user", short: "r", category: "ids", doc: "The same as --user --map root" },
	{ name: "map-current-user", short: "c", category: "ids", doc: "The same as --user --map self" },
	{
		name: "map-users",
		value: "INSIDE:OUTSIDE:SIZE",
		repeat: true,
		category: "ids",
		doc: "Map a range of user ids; more than the own id takes privilege",
	},
	{
		name: "map-groups",
		value: "INSIDE:OUTSIDE:SIZE",
		repeat: true,
		category: "ids",
		doc: "Map a range of group ids; more than the own id takes privilege",
	},
	{ name: "setgroups", value: "allow|deny", category: "ids", doc: "Whether setgroups(2) may be used inside" },
	{ name: "root", short: "R", value: "DIR", category: "files", doc: "Make DIR the root, by pivot_root(2)" },
	{
		name: "bind",
		value: "SRC[:DEST]",
		repeat: true,
		category: "files",
		doc: "Show SRC at DEST, which must exist; the same path when DEST is left out",
	},
	{
		name: "ro-bind",
		value: "SRC[:DEST]",
		repeat: true,
		category: "files",
		doc: "As --bind, read-only all the way down",
	},
	{
		name: "tmpfs",
		value: "DEST",
		repeat: true,
		category: "files",
		doc: "An empty file system in memory at DEST, which must exist",
	},
	{
		name: "proc",
		negatable: true,
		category: "files",
		doc: "A fresh /proc; done without saying when a PID and a mount namespace are made",
	},
	{ name: "mount-proc", category: "files", doc: "The same as --mount --proc" },
	{
		name: "propagation",
		value: "private|slave|shared|unchanged",
		category: "files",
		doc: "Whether later mounts pass between outside and inside; private when nothing is said",
	},
	{
		name: "init",
		negatable: true,
		category: "processes",
		doc: "Run an init as PID 1; with --no-init the command is PID 1 itself",
	},
	{
		name: "fork",
		short: "f",
		category: "processes",
		doc: "Nothing more: who enters a PID namespace is always a child",
	},
	{ name: "kill-child", category: "processes", doc: "Nothing more: what is inside always ends with ns" },
	{ name: "hostname", value: "NAME", category: "names and clocks", doc: "The host name inside" },
	{ name: "domainname", value: "NAME", category: "names and clocks", doc: "The NIS domain name inside" },
	{
		name: "monotonic",
		value: "OFFSET",
		category: "names and clocks",
		doc: "Shift the monotonic clock: seconds, or such as 1d, -2h30m, 1.5s",
	},
	{
		name: "boottime",
		value: "OFFSET",
		category: "names and clocks",
		doc: "Shift the boot-time clock, and so /proc/uptime",
	},
	{
		name: "loopback",
		negatable: true,
		category: "network",
		doc: "Bring the loopback interface up; done without saying in a new network namespace",
	},
];

/** All options, in the order help shows them. */
export const options: readonly Option[] = [
	...rows.map((row) => ({ ...row, commands: sandboxed })),
	{ name: "json", category: "output", doc: "Machine-readable output", commands: ["plan", "bench", "diff", "commit"] },
	{ name: "raw", category: "output", doc: "The program as the stub reads it", commands: ["plan"] },
	{
		name: "runs",
		value: "N",
		category: "output",
		doc: "Measured runs of each case, 1 to 100000; 100 when nothing is said",
		commands: ["bench"],
	},
	{ name: "exit-code", category: "output", doc: "Exit with 1 when there are changes", commands: ["diff"] },
	{ name: "keep", category: "files", doc: "Leave the layer as it is afterwards", commands: ["commit"] },
	{
		name: "allow-special",
		category: "files",
		doc: "Apply setuid and setgid files, devices and file capabilities too",
		commands: ["commit"],
	},
	{ name: "help", short: "h", category: "general", doc: "Show this help", commands: commandNames },
	{ name: "version", short: "V", category: "general", doc: "Show the version", commands: commandNames },
];

/** The options a command takes. */
export function optionsOf(command: CommandName): readonly Option[] {
	return options.filter(({ commands }) => commands.includes(command));
}
