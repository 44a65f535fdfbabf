/**
 * The order of everything, in one table. A module names a phase, never a position; within a phase the modules follow
 * each other in the order of `moduleOrder`, whatever order they were given in.
 */
import type { Role } from "./types.ts";

const table = [
	["stdio", "outer", "standard input, output and error come first: a later failure may have to be written there"],
	["start", "outer", "signals are held back from here on, so that none can end us between two steps"],
	["background", "outer", "who is asked to go to the background goes before anything is made"],
	["serve", "outer", "each sandbox is a whole one, so everything behind this is done for each by a child"],
	["pty", "outer", "what stays in the caller's session is left behind before anything else is made"],
	["relay", "relay", "beside everything that follows, until it has ended"],
	["priority", "outer", "takes the caller's rights and the caller's /proc; what is started later has the same"],
	["open", "outer", "files of namespaces are opened with the caller's rights, in the caller's file system"],
	[
		"helper",
		"outer",
		"it keeps the caller's rights, and is there before they are given up and before what it takes back",
	],
	["cgroup", "outer", "the caller's cgroups are still in reach, and a new cgroup namespace takes its root from here"],
	["join", "outer", "what exists is entered with the caller's rights, before a new user namespace takes them away"],
	["create", "outer", "all namespaces in one call: the kernel makes the user namespace first, and it owns the others"],
	["map", "outer", "until ids are mapped nobody inside can own a file"],
	[
		"outside",
		"helper",
		"what belongs to the sandbox and lies outside takes the caller's rights, and namespaces that are there",
	],
	["stay", "helper", "all that lies outside is there; the next thing to do there is to take it back"],
	["watch", "helper", "as long as the sandbox lives, what serves it from outside is looked after"],
	["clocks", "outer", "offsets can be set until the first process enters the time namespace"],
	["identity", "outer", "become the mapped user, before any file or mount is made in that name"],
	["hostname", "outer", "needs the UTS namespace and the rights of its owner"],
	["network", "outer", "needs the network namespace and the rights of its owner"],
	["parameters", "outer", "needs the namespaces and the rights of their owner; a network has its interfaces by now"],
	["fork", "outer", "only children of a process enter a PID namespace"],
	["supervise", "outer", "what remains outside waits for the command"],
	["init", "init", "PID 1 is there before the command, and looks after what it leaves behind"],
	["birth", "command", "in its control groups before it does anything that counts"],
	["death", "command", "from here on the command ends when its supervisor does"],
	["sources", "command", "everything that will be bound is opened before a new mount can hide it"],
	["tree", "command", "the root to mount on, and /proc, which shows the PID namespace of the process that mounts it"],
	["mounts", "command", "in the order given, on a tree nobody else sees"],
	["root", "command", "the new root is complete: the old one is let go"],
	["directory", "command", "a working directory from before the mounts could still show what they hide"],
	["limits", "command", "setting up may need more than the command is allowed"],
	["attributes", "command", "what only the command is to have, once nothing of ours is created any more"],
	["session", "command", "a session and terminal of its own"],
	["credentials", "command", "the user the command runs as: takes capabilities, and the descriptor of the supervisor"],
	["descriptors", "command", "nothing is inherited that was not meant"],
	["capabilities", "command", "every step that needs one is done"],
	["landlock", "command", "after the last path of ours was opened"],
	["seccomp", "command", "last, because it may forbid any of the calls above"],
	["signals", "command", "dispositions and mask as the caller had them, as late as possible"],
	["exec", "command", "the command itself"],
	["clean", "helper", "when the sandbox has ended, however that was: what lies outside of it is taken back"],
] as const satisfies readonly (readonly [string, Role, string])[];

/** A stage of a plan. */
export type Phase = (typeof table)[number][0];

/** The phases in order, who runs them (unless a step says otherwise) and why they stand where they do. */
export const phases: readonly (readonly [name: Phase, who: Role, reason: string])[] = table;

/** The position of a phase. */
export function phaseIndex(phase: Phase): number {
	for (let i = 0; i < table.length; i++) if (table[i]?.[0] === phase) return i;
	throw new TypeError(`no phase is called ${phase}`);
}

/** Who runs the steps of a phase. */
export function phaseRole(phase: Phase): Role {
	return table[phaseIndex(phase)]?.[1] ?? "command";
}

/** The order of modules within a phase. */
export const moduleOrder: readonly string[] = [
	"image",
	"stdio",
	"redirect",
	"priority",
	"signals",
	"lifetime",
	"server",
	"control-groups",
	"name",
	"resources",
	"join",
	"internet",
	"helper",
	"user",
	"namespaces",
	"mount",
	"pid",
	"net",
	"ipc",
	"uts",
	"cgroup",
	"time",
	"sysctl",
	"terminal",
	"processes",
	"directory",
	"limits",
	// What takes capabilities is done before the user of the command is one who has none.
	"capabilities",
	"identity",
	"attributes",
	"label",
	"hardening",
	"pass",
	"descriptors",
	"landlock",
	"observe",
	"seccomp",
	"command",
];
