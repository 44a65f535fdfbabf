/** The steps of a control group: made and filled before the command, entered by it at birth. resources-end.ts removes it. */
import type { ChosenGroup } from "../cgroups/choose.ts";
import { prefix, restSuffix } from "../cgroups/names.ts";
import type { Setting } from "../cgroups/types.ts";
import { call, flags, ref, step, writeFile } from "../plan/step.ts";
import type { Arg, Call, Context, Step } from "../plan/types.ts";

export const add = (fields: Omit<Step, "module" | "who" | "calls"> & Partial<Step>): Step =>
	step({ module: "resources", ...fields });

/** A name below the group above, with the process id in it. */
export const named = (rest = ""): Arg => ({ text: [prefix, { ref: "self" }, rest] });

export const parentOf = (i: number): string => `group.${i}.parent`;
const groupOf = (i: number): string => `group.${i}`;
/** Somebody else's group of that name. */
export const otherOf = (i: number): string => `group.${i}.other`;
const doorOf = (i: number): string => `group.${i}.door`;

const what = ({ version, controllers }: ChosenGroup): string =>
	`${controllers.length === 0 ? "control groups" : controllers.join(", ")} of v${version}`;

/** Opens the groups above, by what their paths mean to the caller, and once. */
export function openSteps(groups: readonly ChosenGroup[], { channel }: Context): Step[] {
	const calls = groups.map(({ parent }, i) =>
		call("openat", [flags("AT_FDCWD"), parent, flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: parentOf(i) }),
	);
	// The library tells in other ways.
	const says = channel === undefined ? 2 : -1;
	return [
		add({
			phase: "open",
			does: "open the control groups that the command's own are made in",
			why: "from here on they are known by descriptor, whatever their paths become",
			man: "cgroups(7)",
			calls: [...calls, call("fcntl", [says, flags("F_DUPFD_CLOEXEC"), 3], { result: "stderr", mayFail: true })],
		}),
	];
}

/** Before there is a helper, so that it knows of what is somebody else's, and neither ends nor removes that. */
export function othersStep(groups: readonly ChosenGroup[]): Step {
	return add({
		phase: "helper",
		does: "see whether groups are called like ours already",
		why: "who sees other process ids, as in a container, may have the number of ours: theirs is not for us to end",
		man: "cgroups(7)",
		calls: [
			call("getpid", [], { result: "self" }),
			...groups.map((_, i) =>
				call("openat", [ref(parentOf(i)), named(), flags("O_PATH|O_NOFOLLOW|O_CLOEXEC")], {
					...{ result: otherOf(i), mayFail: ["ENOENT"] },
				}),
			),
		],
	});
}

const makeHints = {
	EEXIST:
		"another sandbox of that number is there, maybe seen from another PID namespace: remove it with rmdir when it is empty",
	EACCES: "the group above is not delegated to the caller",
	EROFS: "control groups are mounted read-only here",
	EAGAIN: "the group above allows no more groups below it: see its cgroup.max.descendants",
	ENOSPC: "there are as many groups as the kernel can have",
};

const writeHints = {
	ENOENT: "this kernel has no such limit",
	EINVAL: "the kernel takes no such value for it; see its Documentation/admin-guide/cgroup-v2.rst and cgroup-v1",
	ERANGE: "the kernel takes no such value for it",
	EBUSY: "the groups around it do not allow that: more may be in use, or handed out already",
	EACCES: "the kernel does not let the caller set this here",
	EPERM: "the kernel does not let the caller set this here",
	ENODEV: "there is no such device",
	EOPNOTSUPP: "this kernel has it, but cannot do it here",
};

/** Makes the groups and writes every limit, with the caller's rights. */
export function makeSteps(groups: readonly ChosenGroup[], context: Context): Step[] {
	const steps: Step[] = [];
	groups.forEach((group, i) => {
		if (group.evacuate) steps.push(evacuate(i, context));
		if (group.enable.length > 0) steps.push(enable(i, group));
		steps.push(
			add({
				phase: "cgroup",
				does: `make a control group for the command: ${what(group)}`,
				why: "its limits count everything in it together, and nothing of ours is in it",
				man: "cgroups(7)",
				calls: [
					call("mkdirat", [ref(parentOf(i)), named(), 0o755]),
					call("openat", [ref(parentOf(i)), named(), flags("O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC")], {
						result: groupOf(i),
					}),
				],
				hints: makeHints,
			}),
		);
		for (const setting of group.settings) {
			steps.push(
				add({
					phase: "cgroup",
					does: `limit ${setting.name}: ${setting.file} is ${setting.value}`,
					why: "before anything is in the group, so that nothing runs without it",
					man: "cgroups(7)",
					calls: writeSetting(groupOf(i), setting),
					hints: writeHints,
				}),
			);
		}
	});
	return steps;
}

function writeSetting(group: string, { file, value, otherwise }: Setting): Call[] {
	if (!otherwise) return writeFile(group, file, value);
	const open = (name: string, more: Parameters<typeof call>[2]): Call =>
		call("openat", [ref(group), name, flags("O_WRONLY|O_CLOEXEC")], more);
	return [
		open(file, { result: "first", mayFail: ["ENOENT"] }),
		call("write", [ref("first"), value, value.length], { onlyIf: "first" }),
		call("close", [ref("first")], { onlyIf: "first" }),
		open(otherwise.file, { result: "second", onlyIfFailed: "first" }),
		call("write", [ref("second"), otherwise.value, otherwise.value.length], { onlyIfFailed: "first" }),
		call("close", [ref("second")], { onlyIfFailed: "first" }),
	];
}

/** In v2 a group hands controllers on only when no process is in it. */
function evacuate(i: number, { channel, host }: Context): Step {
	const digits = (of: string): Arg => ({
		bytes: new Array<number>(16).fill(0),
		shows: `"$${of}"`,
		fill: [{ at: 0, ref: of, as: "digits" }],
	});
	const procs: Arg = { text: [prefix, { ref: "self" }, `${restSuffix}/cgroup.procs`] };
	// Who started this process is in the group as well, unless it is this process.
	const starter = channel === undefined ? [] : [call("write", [ref("rest"), `${host.pid}`, `${host.pid}`.length])];
	return add({
		phase: "cgroup",
		does: "make room in the caller's control group: its own processes go to one below it",
		why: "a group hands controllers on only when no process is in it",
		man: "cgroups(7)",
		calls: [
			call("mkdirat", [ref(parentOf(i)), named(restSuffix), 0o755]),
			call("openat", [ref(parentOf(i)), procs, flags("O_WRONLY|O_CLOEXEC")], { result: "rest" }),
			call("write", [ref("rest"), "0", 1]),
			call("write", [ref("rest"), digits("helper"), 10]),
			...starter,
			call("close", [ref("rest")]),
		],
		hints: makeHints,
	});
}

const enable = (i: number, { enable: names }: ChosenGroup): Step =>
	add({
		phase: "cgroup",
		does: `hand ${names.join(", ")} on to groups below the caller's`,
		why: "a group has only the controllers that the one above hands on; it stays so, as others may count on it by then",
		man: "cgroups(7)",
		calls: writeFile(parentOf(i), "cgroup.subtree_control", names.map((name) => `+${name}`).join(" ")),
		hints: { ...writeHints, EBUSY: "processes are in that group: a group hands controllers on only when none is" },
	});

const enterHints = {
	ENOSPC: "the group has no processors or no memory nodes: those of the group above are gone",
	EACCES: "the group is not delegated to the caller",
	EPERM: "the group is not delegated to the caller",
};

/** The command's process enters its groups, unless it is born in them. */
export function enterSteps(groups: readonly ChosenGroup[], born: string | undefined): Step[] {
	const open: Call[] = [];
	const enter: Call[] = [];
	groups.forEach(({ version }, i) => {
		if (groupOf(i) === born) return;
		// In v1 a process without threads that moves itself waits for nobody, and v2 goes by the rights of who has opened.
		const file = version === 1 ? "tasks" : "cgroup.procs";
		open.push(call("openat", [ref(groupOf(i)), file, flags("O_WRONLY|O_CLOEXEC")], { result: doorOf(i) }));
		enter.push(call("write", [ref(doorOf(i)), "0", 1]));
	});
	if (open.length === 0) return [];
	return [
		add({
			phase: "cgroup",
			does: "open the way into the groups",
			why: "with the caller's rights, which the command may not have",
			man: "cgroups(7)",
			calls: open,
		}),
		add({
			phase: "birth",
			does: "enter the groups",
			why: "before it does anything, so that nothing runs unlimited",
			man: "cgroups(7)",
			calls: enter,
			hints: enterHints,
		}),
	];
}

/** What the caller sees of control groups is nothing to write to for the command, where it has a mount namespace. */
export function protectSteps(mounts: readonly string[], { creates }: Context): Step[] {
	if (!creates.has("mount") || mounts.length === 0) return [];
	const attributes = { attr_set: flags("MOUNT_ATTR_RDONLY"), attr_clr: 0, propagation: 0, userns_fd: 0 };
	return [
		add({
			phase: "death",
			does: "make control groups read-only",
			why: "the command could lift its limits where it has the caller's user",
			man: "mount_setattr(2)",
			calls: mounts.map((path) =>
				call("mount_setattr", [flags("AT_FDCWD"), path, 0, { struct: attributes as never }, 32], {
					// It may be covered by another mount, or lie in what this process does not see.
					mayFail: ["EINVAL", "ENOENT", "ENOTDIR", "EACCES"],
				}),
			),
		}),
	];
}
