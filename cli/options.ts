/** Every option, once. Parsing, help and the reference come from this table. Names are those of unshare(1) where it has them. */
import { type NamespaceKind, namespaces } from "../src/plan/namespaces.ts";

export type Category =
	| "namespaces"
	| "ids"
	| "files"
	| "processes"
	| "lifetime"
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
export const commandNames = ["run", "plan", "bench"] as const;

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
	{
		name: "timeout",
		value: "TIME",
		category: "lifetime",
		doc: "End the command after so long: seconds, or such as 10m, 1.5s",
	},
	{
		name: "kill-signal",
		value: "SIGNAL",
		category: "lifetime",
		doc: "What the command gets when time is up; SIGTERM when nothing is said",
	},
	{
		name: "kill-after",
		value: "TIME",
		category: "lifetime",
		doc: "How long it has from then on until SIGKILL; 5s when nothing is said",
	},
	{ name: "die-with-parent", category: "lifetime", doc: "End everything when the process that started ns ends" },
	{
		name: "wait-all",
		category: "lifetime",
		doc: "Wait for all processes inside, instead of ending them with the command",
	},
	{
		name: "info-fd",
		value: "N",
		category: "lifetime",
		doc: "Write process ids and namespaces to descriptor N, as a line of JSON",
	},
	{
		name: "status-fd",
		value: "N",
		category: "lifetime",
		doc: "As --info-fd, and a line with the exit code at the end",
	},
	{
		name: "block-fd",
		value: "N",
		category: "lifetime",
		doc: "Execute the command when a byte or the end can be read from descriptor N",
	},
	{
		name: "lock-file",
		value: "FILE",
		repeat: true,
		category: "lifetime",
		doc: "Hold a shared lock on this existing file while anything inside lives",
	},
	{
		name: "daemon",
		category: "lifetime",
		doc: "End when the command has been executed, and let the sandbox go on in the background",
	},
	{
		name: "pid-file",
		value: "FILE",
		category: "lifetime",
		doc: "With --daemon: a file that holds the process id to send signals to",
	},
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
	{ name: "json", category: "output", doc: "Machine-readable output", commands: ["plan", "bench"] },
	{ name: "raw", category: "output", doc: "The program as the stub reads it", commands: ["plan"] },
	{
		name: "runs",
		value: "N",
		category: "output",
		doc: "Measured runs of each case, 1 to 100000; 100 when nothing is said",
		commands: ["bench"],
	},
	{ name: "help", short: "h", category: "general", doc: "Show this help", commands: ["run", "plan", "bench"] },
	{ name: "version", short: "V", category: "general", doc: "Show the version", commands: ["run", "plan", "bench"] },
];

/** The options a command takes. */
export function optionsOf(command: CommandName): readonly Option[] {
	return options.filter(({ commands }) => commands.includes(command));
}
