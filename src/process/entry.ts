/** What a process gets of a target besides its namespaces: its root, its directory, its control groups. */
import { call, flags, ref, step, writeFile } from "../plan/step.ts";
import type { Arg, Call, Context, Fragment, Step } from "../plan/types.ts";
import { directory, howToOpen } from "./directory.ts";

/** A directory: by a descriptor of the calling process, or by its path inside. */
export type EntryDirectory = { readonly fd: number } | { readonly path: string };

export interface EntryOptions {
	/** What becomes the root. @default that of the mount namespace */
	readonly root?: EntryDirectory | undefined;
	/** Where the command starts; it has to be below the root. @default as said by the command */
	readonly directory?: { readonly fd: number } | undefined;
}

/**
 * The root and the directory that the command gets, opened before anything is joined, when their paths still meant what
 * the caller meant. Takes the place of `directory()`. chroot(2).
 */
export function entry({ root, directory: start }: EntryOptions): Fragment {
	const held: number[] = [];
	if (root && "fd" in root) held.push(root.fd);
	if (start) held.push(start.fd);
	return {
		module: "directory",
		...(root && { changesFiles: true }),
		held,
		needsImage: true,
		steps(context) {
			const steps: Step[] = [];
			if (root) steps.push(...rootSteps(root, context));
			if (start) steps.push(...startSteps(start.fd, context));
			else steps.push(...directory().steps(context));
			return steps;
		},
	};
}

function rootSteps(root: EntryDirectory, context: Context): Step[] {
	const [opening, from] = "fd" in root ? held("root", root.fd, context) : [[], ref("entry.root")];
	const open: Call[] =
		"fd" in root ? [] : [call("openat2", [flags("AT_FDCWD"), root.path, howToOpen, 24], { result: "entry.root" })];
	return [
		...opening,
		step({
			phase: "root",
			module: "directory",
			does: "path" in root ? `make ${root.path} the root` : "take the target's root",
			why: "asked for; by its descriptor, so that no path can lead elsewhere",
			man: "chroot(2)",
			calls: [...open, call("fchdir", [from]), call("chroot", ["."]), call("chdir", ["/"])],
		}),
	];
}

/** Where getcwd(2) writes the path: one that begins with `(unreachable)` for a directory outside of the root. */
const reached = { out: "entry.path", size: 4096 } as const;

function startSteps(fd: number, context: Context): Step[] {
	const [opening, from] = held("directory", fd, context);
	return [
		...opening,
		step({
			phase: "directory",
			module: "directory",
			does: "go to the target's directory",
			why: "asked for; it has to be below the root",
			man: "fchdir(2)",
			calls: [call("fchdir", [from]), call("getcwd", [reached, reached.size], { check: { belowRoot: reached.out } })],
		}),
	];
}

/** A descriptor of the calling process: itself where that process goes on, or opened anew by who is started by it. */
function held(what: string, fd: number, { channel, host }: Context): [Step[], Arg] {
	if (channel === undefined) return [[], fd];
	const path = `/proc/${host.pid}/fd/${fd}`;
	const opening = step({
		phase: "open",
		module: "directory",
		does: `open the target's ${what}`,
		why: "while its path means what the caller meant",
		man: "openat(2)",
		calls: [
			call("openat", [flags("AT_FDCWD"), path, flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: `entry.${what}` }),
		],
	});
	return [[opening], ref(`entry.${what}`)];
}

/** Why a group may not be entered. */
const groupHints = {
	EACCES: "the group is not delegated to the caller: leave --join-cgroup out, or enter as root",
	EPERM: "the group is not delegated to the caller: leave --join-cgroup out, or enter as root",
	ENOENT: "the group has been removed meanwhile",
	EROFS: "the control groups are mounted read-only here: leave --join-cgroup out",
	EBUSY: "the group hands controllers on to groups below it, so that no process can be in it",
	EOPNOTSUPP: "the group is a threaded one, which takes no whole process",
};

/** Puts the command, and what is between, into control groups, by the paths of their `cgroup.procs`. cgroups(7). */
export function controlGroups(files: readonly string[]): Fragment {
	return {
		module: "control-groups",
		needsImage: true,
		steps: () =>
			files.map((file) =>
				step({
					phase: "cgroup",
					module: "control-groups",
					does: `enter the control group of ${file}`,
					why: "asked for; 0 is the process that writes it",
					man: "cgroups(7)",
					calls: writeFile(null, file, "0"),
					hints: groupHints,
				}),
			),
	};
}
