/** Every option, once. Parsing, help and the reference come from this table. Names are those of unshare(1) where it has them. */
import { namespaces } from "../src/plan/namespaces.ts";
import { type CommandName, commandNames } from "./command-names.ts";
import { namespaceLetters } from "./letters.ts";
import { resourceRows } from "./options/resources.ts";

export { type CommandName, commandNames };

export type Category =
	| "namespaces"
	| "ids"
	| "files"
	| "terminal"
	| "processes"
	| "privileges"
	| "environment"
	| "input and output"
	| "limits and priorities"
	| "resources"
	| "lifetime"
	| "names and clocks"
	| "network"
	| "interfaces"
	| "output"
	| "general";

export interface Option {
	readonly name: string;
	readonly short?: string;
	/** What the value is called in help; an option without one is a switch. */
	readonly value?: string;
	/** The value may be left out; it is then given as `--NAME=VALUE` only. */
	readonly optional?: true;
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

const sandboxed: readonly CommandName[] = ["run", "plan"];

const bindValue = "SRC[:DEST][:FLAGS]";

/** The rules for the file tree, in the order they are usually thought of. `Row`s whose value is a word of its own. */
const mountRows: readonly Omit<Option, "commands">[] = (
	[
		["bind", bindValue, "Show SRC at DEST, or at its own path; FLAGS of ro, nosuid, nodev, noexec, nosymfollow, idmap"],
		["ro-bind", bindValue, "As --bind, read-only all the way down"],
		["bind-try", bindValue, "As --bind, but left out where SRC or DEST does not exist"],
		["ro-bind-try", bindValue, "As --ro-bind, but left out where SRC or DEST does not exist"],
		["bind-fd", "N:DEST[:FLAGS]", "Show what descriptor N is open on"],
		["ro-bind-fd", "N:DEST[:FLAGS]", "As --bind-fd, read-only all the way down"],
		["idmap-bind", bindValue, "As --bind, with ids on disk taken as those inside"],
		["tmpfs", "DEST[:size=,mode=,FLAGS]", "An empty file system in memory"],
		[
			"overlay",
			"SRC[:DEST][:keep=DIR|ro,lower=DIR]",
			"Show SRC; what is written goes into memory, or into the layer DIR, and SRC stays as it is",
		],
		["symlink", "TO:PATH", "A symbolic link at PATH"],
		["dir", "PATH[:mode=,uid=,gid=]", "A directory"],
		["file", "SRC:PATH[:mode=,uid=,gid=,ro]", "A copy of what SRC holds now"],
		["mask", "PATH", "Hide a file or a directory"],
		["mask-try", "PATH", "As --mask, but left out where PATH does not exist"],
		["readonly-path", "PATH", "Nothing at and below PATH can be written to"],
		["readonly-path-try", "PATH", "As --readonly-path, but left out where PATH does not exist"],
		["remount-ro", "PATH", "The mount at PATH cannot be written to; mounts below it can"],
	] as const
)
	.map(([name, value, doc]): Omit<Option, "commands"> => ({ name, value, doc, repeat: true, category: "files" }))
	.concat(
		(
			[
				["dev", "A minimal /dev: null, zero, full, random, urandom, tty, pts, shm"],
				["mqueue", "The message queues of the IPC namespace, at /dev/mqueue"],
				["sys", "A new /sys, as the network namespace has it"],
			] as const
		).map(([name, doc]) => ({ name, value: "DEST", optional: true, repeat: true, category: "files", doc })),
	)
	.concat({
		name: "accounts",
		value: "NAME[:home=,shell=]",
		optional: true,
		category: "files",
		doc: "An /etc/passwd and /etc/group in which the user inside has a name, as files of the sandbox's own",
	});
/** What the command's process is given. */
const processRows: readonly Omit<Option, "commands">[] = [
	{
		name: "wd",
		short: "w",
		value: "DIR",
		category: "processes",
		doc: "Start the command in DIR, as it is called inside; it has to be there",
	},
	{
		name: "execute-fd",
		value: "N",
		category: "processes",
		doc: "Execute the file that the caller's descriptor N is open on; no script",
	},
	{ name: "argv0", value: "NAME", category: "processes", doc: "What the command finds in place of its own name" },
	{
		name: "setuid",
		short: "S",
		value: "UID",
		category: "processes",
		doc: "The user inside that the command runs as: an id, or a name that the caller's system has",
	},
	{
		name: "setgid",
		short: "G",
		value: "GID",
		category: "processes",
		doc: "The group inside that the command runs as, likewise, without the caller's other groups",
	},
	{
		name: "groups",
		value: "GID,...",
		category: "processes",
		doc: "The supplementary groups inside; none when --setuid or --setgid is given",
	},
	{ name: "umask", value: "MODE", category: "processes", doc: "Permissions that new files do not get, in octal" },
	{
		name: "personality",
		value: "NAME,...",
		category: "processes",
		doc: "The execution domain: linux32, ADDR_NO_RANDOMIZE and the like; see personality(2)",
	},
	{ name: "new-keyring", category: "processes", doc: "An empty session keyring in place of the caller's" },
	{
		name: "setenv",
		value: "NAME=VALUE",
		repeat: true,
		category: "environment",
		doc: "Set a variable; with --unsetenv, in the order given",
	},
	{ name: "unsetenv", value: "NAME", repeat: true, category: "environment", doc: "Take a variable away" },
	{
		name: "clear-env",
		category: "environment",
		doc: "Inherit no variable of the caller's but those of --keep-env",
	},
	{
		name: "keep-env",
		value: "NAME,...",
		repeat: true,
		category: "environment",
		doc: "Inherit only these variables of the caller's",
	},
	{ name: "stdin", value: "FILE", category: "input and output", doc: "Read standard input from FILE" },
	{
		name: "stdout",
		value: "FILE",
		category: "input and output",
		doc: "Write standard output to FILE, which is made or emptied with the caller's rights",
	},
	{ name: "stderr", value: "FILE", category: "input and output", doc: "Write standard error to FILE in the same way" },
	{ name: "append", category: "input and output", doc: "Write behind what FILE holds, instead of emptying it" },
	{ name: "stderr-to-stdout", category: "input and output", doc: "Send standard error where standard output goes" },
	{
		name: "pass-fd",
		value: "N[:M]",
		repeat: true,
		category: "input and output",
		doc: "Give the command the caller's descriptor N, as M if that is said",
	},
	{
		name: "rlimit",
		value: "NAME=SOFT[:HARD]",
		repeat: true,
		category: "limits and priorities",
		doc: "Limit a resource, named as by prlimit(1): a number, a size such as 64M, or unlimited",
	},
	{ name: "nice", value: "N", category: "limits and priorities", doc: "The nice value, -20 to 19" },
	{
		name: "oom-score-adj",
		value: "N",
		category: "limits and priorities",
		doc: "How readily it is ended when memory is short, -1000 to 1000",
	},
	{
		name: "affinity",
		value: "LIST",
		category: "limits and priorities",
		doc: "The processors to run on, such as 0-1,3",
	},
	{
		name: "ioprio",
		value: "CLASS[:N]",
		category: "limits and priorities",
		doc: "The I/O priority: idle, best-effort:N or realtime:N, N from 0 to 7",
	},
	{
		name: "scheduler",
		value: "POLICY[:N]",
		category: "limits and priorities",
		doc: "The scheduling policy: other, batch, idle, fifo:N or rr:N, N from 1 to 99",
	},
];

/** Capabilities, system calls, Landlock. */
const privilegeRows: readonly Omit<Option, "commands">[] = [
	{
		name: "strict",
		category: "privileges",
		doc: "The preset for code you did not write: it sees the working directory, read-only, and may do little",
	},
	{
		name: "cap-drop",
		value: "NAME,...",
		repeat: true,
		category: "privileges",
		doc: "Drop capabilities, such as NET_RAW, or ALL, from every set; implies --no-new-privs",
	},
	{
		name: "cap-add",
		value: "NAME,...",
		repeat: true,
		category: "privileges",
		doc: "Keep these capabilities, or ALL, although --cap-drop drops them",
	},
	{
		name: "keep-caps",
		category: "privileges",
		doc: "Let a command that is not user 0 inside keep capabilities, through the ambient set",
	},
	{
		name: "new-privs",
		negatable: true,
		category: "privileges",
		doc: "Whether programs may gain privileges by set-user-ID bits and file capabilities; no with --cap-drop, else yes",
	},
	{
		name: "securebits",
		value: "NAME,...",
		category: "privileges",
		doc: "Set and lock noroot, no-setuid-fixup, keep-caps, no-cap-ambient-raise",
	},
	{
		name: "disable-userns",
		category: "privileges",
		doc: "Let nobody inside make user namespaces, by a limit of 0 that cannot be raised without CAP_SYS_RESOURCE",
	},
	{
		name: "landlock-read",
		value: "PATH",
		repeat: true,
		category: "privileges",
		doc: "With Landlock, let only such paths be read, and what lies below them",
	},
	{
		name: "landlock-write",
		value: "PATH",
		repeat: true,
		category: "privileges",
		doc: "With Landlock, let only such paths be changed; they can be read, too",
	},
	{
		name: "landlock-execute",
		value: "PATH",
		repeat: true,
		category: "privileges",
		doc: "With Landlock, let only programs below such paths be executed; they can be read, too",
	},
	{
		name: "landlock-bind",
		value: "PORT,...|none",
		repeat: true,
		category: "privileges",
		doc: "With Landlock, let only these TCP ports be bound to",
	},
	{
		name: "landlock-connect",
		value: "PORT,...|none",
		repeat: true,
		category: "privileges",
		doc: "With Landlock, let only these TCP ports be connected to, on whatever host",
	},
	{
		name: "landlock-scope",
		value: "NAME,...",
		repeat: true,
		category: "privileges",
		doc: "Let nothing outside be reached by these: signal, abstract-unix-socket",
	},
	{
		name: "landlock-best-effort",
		category: "privileges",
		doc: "Where the kernel knows less of Landlock, do what it knows, and say what is missing",
	},
	{
		name: "seccomp",
		value: "PROFILE",
		category: "privileges",
		doc: "Refuse system calls: default, none, log (the default, only logged), or a file in Docker's JSON",
	},
	{
		name: "seccomp-allow",
		value: "NAME,...",
		repeat: true,
		category: "privileges",
		doc: "Allow these system calls although the profile refuses them",
	},
	{ name: "seccomp-log", category: "privileges", doc: "Let the kernel log system calls instead of refusing them" },
	{
		name: "seccomp-fd",
		value: "N",
		repeat: true,
		category: "privileges",
		doc: "Set the filter in descriptor N too, an array of struct sock_filter",
	},
	{ name: "deny-set-id", category: "privileges", doc: "Let no file get a set-user-ID or set-group-ID bit" },
	{
		name: "apparmor",
		value: "PROFILE",
		category: "privileges",
		doc: "The command runs confined by this AppArmor profile, which has to be loaded",
	},
	{
		name: "selinux",
		value: "CONTEXT",
		category: "privileges",
		doc: "The command runs in this SELinux context, USER:ROLE:TYPE[:LEVEL]",
	},
	{
		name: "file-label",
		value: "CONTEXT",
		category: "privileges",
		doc: "The SELinux context of all files on file systems in memory that are made: --root tmpfs, --tmpfs, --dev",
	},
	{
		name: "core-scheduling",
		category: "privileges",
		doc: "Nothing else runs on the other threads of a core while the command does",
	},
	{
		name: "disable-tsc",
		category: "privileges",
		doc: "End what reads the processor's time stamp counter, as glibc's loader and many clocks do; x86-64 only",
	},
	{
		name: "mitigate",
		value: "NAME,...",
		category: "privileges",
		doc: "Switch these on against guesses of the processor: store-bypass, indirect-branch, l1d-flush",
	},
];

/** What a new network namespace is connected to. */
const netValue = {
	value: "KIND[:NAME]",
	optional: true,
	repeat: true,
	doc: "New net namespace; ways out: internet, veth, bridge:NAME, macvlan:IF, ipvlan:IF, move:IF; host makes none",
} as const;

/** What is said about the interface of the `--net` before. */
const interfaceRows: readonly Omit<Option, "commands">[] = (
	[
		[
			"ifname",
			"NAME",
			"What the interface of the --net before is called inside; eth0, eth1 and so on when nothing is said",
		],
		["ip", "ADDRESS", "Give it this address, such as 10.77.0.2/24"],
		["gateway", "ADDRESS", "Send through it, and on by this gateway, what is for nobody else"],
		["route", "NETWORK[=GATEWAY]", "Send through it what is for this network, such as 10.9.0.0/16"],
		["mtu", "BYTES", "The longest packet that it takes, 68 to 65535"],
		["mac", "ADDRESS", "Its hardware address, such as 02:00:00:00:00:01"],
		["host-ip", "ADDRESS", "Give its end outside this address and prefix, or the bridge where that is made"],
	] as const
).map(([name, value, doc]) => ({ name, value, doc, repeat: true, category: "interfaces" }));

const rows: readonly Omit<Option, "commands">[] = [
	{ name: "all", category: "namespaces", doc: "All eight namespaces; what is done when none is named" },
	...namespaces.map(
		({ kind, isolates }): Omit<Option, "commands"> => ({
			name: kind,
			short: namespaceLetters[kind],
			negatable: true,
			category: "namespaces",
			doc: `New ${kind} namespace: ${isolates}`,
			...(kind === "net" && netValue),
		}),
	),
	{
		name: "join",
		value: "[TYPE:]TARGET",
		repeat: true,
		category: "namespaces",
		doc: "Enter namespaces instead of making them: of a process id, name, path, fd:N or container, all or that of TYPE",
	},
	{
		name: "map",
		value: "WHO",
		category: "ids",
		doc: "Who is inside: root, self, none, UID, UID:GID; auto (root, and subordinate ids), subids, all, extern",
	},
	{ name: "map-root-user", short: "r", category: "ids", doc: "The same as --user --map root" },
	{ name: "map-current-user", short: "c", category: "ids", doc: "The same as --user --map self" },
	{
		name: "map-users",
		value: "INSIDE:OUTSIDE:SIZE|auto",
		repeat: true,
		category: "ids",
		doc: "Map a range of user ids, or auto, subids, all; others than the own take a line in /etc/subuid",
	},
	{
		name: "map-groups",
		value: "INSIDE:OUTSIDE:SIZE|auto",
		repeat: true,
		category: "ids",
		doc: "Map a range of group ids, or auto, subids, all; others than the own take a line in /etc/subgid",
	},
	{
		name: "owner",
		value: "USER[:GROUP]",
		category: "ids",
		doc: "Whom the user namespace belongs to, and whose ids --map means; takes privilege",
	},
	{
		name: "map-block-fd",
		value: "N",
		category: "ids",
		doc: "With --map extern: go on when a byte can be read from descriptor N; --info-fd tells the process first",
	},
	{ name: "setgroups", value: "allow|deny", category: "ids", doc: "Whether setgroups(2) may be used inside" },
	{
		name: "root",
		short: "R",
		value: "DIR|tmpfs",
		category: "files",
		doc: "Make DIR the root, or an empty file system in memory, by pivot_root(2)",
	},
	...mountRows,
	{
		name: "proc",
		value: "OPTIONS",
		optional: true,
		negatable: true,
		category: "files",
		doc: "A fresh /proc, also with hidepid=off|noaccess|invisible|ptraceable, subset=pid; done with --pid and --mount",
	},
	{ name: "mount-proc", category: "files", doc: "The same as --mount --proc" },
	{
		name: "propagation",
		value: "private|slave|shared|unchanged",
		category: "files",
		doc: "Whether later mounts pass between outside and inside; private when nothing is said",
	},
	{
		name: "pty",
		category: "terminal",
		doc: "A pseudo-terminal of its own, and a session on it; keys, size, Ctrl-C, Ctrl-Z and colours work as before",
	},
	{ name: "new-session", category: "terminal", doc: "A session of its own, without a terminal" },
	{
		name: "allow-typing",
		category: "terminal",
		doc: "Let the command put input into its terminal, as if somebody had typed it; your shell would read it",
	},
	{
		name: "init",
		negatable: true,
		category: "processes",
		doc: "Run an init as PID 1; with --no-init the command is PID 1 itself",
	},
	{
		name: "pid-max",
		value: "N",
		category: "processes",
		doc: "The highest process id, and so the most processes and threads, from 301 on; Linux 6.14",
	},
	{
		name: "fork",
		short: "f",
		category: "processes",
		doc: "Nothing more: who enters a PID namespace is always a child",
	},
	{ name: "kill-child", category: "processes", doc: "Nothing more: what is inside always ends with ns" },
	...processRows,
	...resourceRows,
	...privilegeRows,
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
		name: "name",
		value: "NAME",
		category: "lifetime",
		doc: "Call the sandbox NAME while it runs, for ns enter, inspect, list, stats, set, pause and resume",
	},
	{
		name: "pid-file",
		value: "FILE",
		category: "lifetime",
		doc: "With --daemon: a file that holds the process id to send signals to",
	},
	{
		name: "again",
		value: "TIMES",
		optional: true,
		category: "lifetime",
		doc: "Run the command in a new sandbox each time it has ended, for ever or so often",
	},
	{
		name: "delay",
		value: "TIME",
		category: "lifetime",
		doc: "With --again: the time between two starts at least; 100ms when nothing is said",
	},
	{
		name: "listen",
		value: "[ADDRESS:]PORT",
		category: "lifetime",
		doc: "Run the command in a new sandbox for each TCP connection, which is its input and output; on 127.0.0.1",
	},
	{
		name: "most",
		value: "N",
		category: "lifetime",
		doc: "With --listen: connections served at a time, others wait; 64 when nothing is said",
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
		name: "sysctl",
		value: "NAME=VALUE",
		repeat: true,
		category: "network",
		doc: "Set a kernel parameter of the new network, IPC or user namespace",
	},
	{
		name: "loopback",
		negatable: true,
		category: "network",
		doc: "Bring the loopback interface up; done without saying in a new network namespace",
	},
	{
		name: "nat",
		category: "network",
		doc: "Let what leaves by veth or bridge for beyond the host have the host's address",
	},
	{
		name: "publish",
		value: "[IP:]PORT:PORT",
		repeat: true,
		category: "network",
		doc: "Lead a port of the host to one inside; with /udp behind it; or ranges: 8000-8009:8000-8009",
	},
	{
		name: "allow-out",
		value: "NETWORK[:PORT]",
		repeat: true,
		category: "network",
		doc: "Let out what is sent there, and nothing else but what other rules allow; the first rule counts; any:53/udp",
	},
	{
		name: "deny-out",
		value: "NETWORK[:PORT]",
		repeat: true,
		category: "network",
		doc: "Refuse what is sent there; any is everywhere; ports may be a range, and have /tcp or /udp behind",
	},
	{
		name: "dns",
		value: "ADDRESS",
		repeat: true,
		category: "network",
		doc: "Write /etc/resolv.conf inside, with this name server; 3 at most",
	},
	{ name: "dns-search", value: "DOMAIN", repeat: true, category: "network", doc: "Look for short names in it" },
	{ name: "dns-option", value: "OPTION", repeat: true, category: "network", doc: "Such as ndots:2, timeout:1" },
	{
		name: "resolv-conf",
		value: "MODE",
		category: "network",
		doc: "Write /etc/resolv.conf inside: copy, as the caller's is now",
	},
	{
		name: "add-host",
		value: "NAME:ADDRESS",
		repeat: true,
		category: "network",
		doc: "Write /etc/hosts inside, with this name in it",
	},
	...interfaceRows,
	{
		name: "map-host",
		category: "interfaces",
		doc: "With --net=internet: the gateway's address leads to what listens on the machine's own 127.0.0.1",
	},
];

/** All options, in the order help shows them. */
export const options: readonly Option[] = [
	...rows.map((row) => ({ ...row, commands: sandboxed })),
	{
		name: "json",
		category: "output",
		doc: "Machine-readable output",
		commands: ["plan", "list", "tree", "bench", "diff", "commit", "import", "selftest"],
	},
	{
		name: "save",
		value: "FILE",
		category: "output",
		doc: "Write these options as a profile, in the form that the end of FILE's name tells; - is standard output, as TOML",
		commands: ["plan"],
	},
	{ name: "schema", category: "output", doc: "Print the JSON Schema of profiles", commands: ["plan"] },
	{ name: "raw", category: "output", doc: "The program as the stub reads it", commands: ["plan"] },
	{
		name: "learn",
		value: "FILE",
		category: "output",
		doc: "Write the smallest profile that this run passes with on top of the strict preset",
		commands: ["run"],
	},
	{
		name: "runs",
		value: "N",
		category: "output",
		doc: "Measured runs of each case, 1 to 100000; 100 when nothing is said",
		commands: ["bench"],
	},
	{ name: "list", category: "output", doc: "Name the cases, and try none", commands: ["selftest"] },
	{ name: "exit-code", category: "output", doc: "Exit with 1 when there are changes", commands: ["diff"] },
	{
		name: "output",
		value: "FILE",
		category: "output",
		doc: "Write the profile to FILE, in the form that the end of its name tells, and not to standard output",
		commands: ["import"],
	},
	{
		name: "complete",
		category: "output",
		doc: "Fail where anything has no counterpart",
		commands: ["import"],
	},
	{ name: "keep", category: "files", doc: "Leave the layer as it is afterwards", commands: ["commit"] },
	{
		name: "allow-special",
		category: "files",
		doc: "Apply setuid and setgid files, devices and file capabilities too",
		commands: ["commit"],
	},
	{
		name: "profile",
		value: "FILE",
		repeat: true,
		category: "general",
		doc: "Take options from a profile in TOML, YAML or JSON; later ones, and then those given here, count before",
		commands: sandboxed,
	},
	{
		name: "args",
		value: "N",
		repeat: true,
		category: "general",
		doc: "Take more words in this place, from descriptor N; each ends with a NUL byte",
		commands: sandboxed,
	},
	{ name: "help", short: "h", category: "general", doc: "Show this help", commands: commandNames },
	{ name: "version", short: "V", category: "general", doc: "Show the version", commands: commandNames },
];

/** The tables of commands that have little in common with others, loaded with them. */
const ownTables: Partial<Record<CommandName, () => readonly Option[]>> = {
	create: () => (require("./options/create.ts") as typeof import("./options/create.ts")).createOptions(options),
	enter: () => (require("./options/enter.ts") as typeof import("./options/enter.ts")).enterOptions(options),
	list: () => (require("./options/list.ts") as typeof import("./options/list.ts")).options,
	tree: () => (require("./options/tree.ts") as typeof import("./options/tree.ts")).options,
	inspect: () => (require("./options/inspect.ts") as typeof import("./options/inspect.ts")).options,
	remove: () => (require("./options/remove.ts") as typeof import("./options/remove.ts")).options,
	stats: () => (require("./options/live.ts") as typeof import("./options/live.ts")).statsOptions,
	top: () => (require("./options/live.ts") as typeof import("./options/live.ts")).topOptions,
	set: () => (require("./options/live.ts") as typeof import("./options/live.ts")).setOptions,
	doctor: () => (require("./options/doctor.ts") as typeof import("./options/doctor.ts")).options,
};

/** The options a command takes. */
export function optionsOf(command: CommandName): readonly Option[] {
	const shared = options.filter(({ commands }) => commands.includes(command));
	const own = ownTables[command]?.();
	return own ? [...own, ...shared] : shared;
}
