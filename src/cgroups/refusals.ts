/** Why a limit cannot be had here, and how to change that. */
import type { ControlGroups, LegacyGroup } from "./types.ts";

export interface Refusal {
	readonly cause: string;
	readonly hint: string;
	/** A group of systemd's for this user would do. */
	readonly systemd?: boolean;
}

const mountHint =
	"as root: mount -t cgroup2 none /sys/fs/cgroup; in a container: share its control groups, docker run --cgroupns host";
const ownHint = (directory: string): string =>
	`as root: mkdir ${directory}/NAME, give it and its cgroup.procs to this user by chown, and start ns in it`;
const scopeHint = "start it in a group that is yours: systemd-run --user --scope -p Delegate=yes ns ...";

const remountHint = ({ mount, directory }: { mount?: string; directory?: string | undefined }): string =>
	`as root: mount -o remount,rw ${mount ?? directory}`;
const absent = (directory: string): Refusal => ({
	cause: `there is no group ${directory}`,
	hint: "make it with mkdir, or leave the parent out: then a group is found",
});

/** What is wrong with a hierarchy of v1 that has the controller; `undefined` where a group can be made. */
export function refusalOf(group: LegacyGroup): Refusal | undefined {
	const { controllers, directory, readOnly, writable } = group;
	const name = controllers.join();
	if (directory === undefined) {
		return { cause: `the caller's own group of ${name} cannot be seen from here`, hint: mountHint };
	}
	if (group.absent) return absent(directory);
	if (readOnly) return { cause: `${directory} is mounted read-only`, hint: remountHint(group) };
	if (writable) return undefined;
	return { cause: `the caller may make no group in ${directory}`, hint: ownHint(directory) };
}

/** What keeps these controllers of v2 from being had; `undefined` where they can be. */
export function unifiedRefusal(groups: ControlGroups, names: readonly string[]): Refusal | undefined {
	const { mode, unified, hidden, legacy } = groups;
	const wanted = names.join(", ");
	if (mode === "none") return { cause: "no control groups are mounted", hint: mountHint };
	if (unified.length === 0 || hidden) {
		const known = legacy.map(({ controllers }) => controllers.join()).join(", ");
		return mode === "v1"
			? { cause: `no hierarchy has the controller ${wanted}: there are ${known}`, hint: "mount it: see cgroups(7)" }
			: { cause: "the caller's own group cannot be seen from here", hint: mountHint };
	}
	const [first] = unified;
	if (first?.absent) return absent(first.directory);
	const fitting = unified.filter(({ controllers }) => names.every((name) => controllers.includes(name)));
	if (fitting.length === 0) {
		const directory = unified[0]?.directory ?? "";
		const plus = names.map((name) => `+${name}`).join(" ");
		return {
			cause: `${directory} has no controller ${wanted}`,
			hint: `as root, in each group above it: echo ${plus} > cgroup.subtree_control; for services of systemd: Delegate=yes`,
			systemd: true,
		};
	}
	if (fitting.every(({ readOnly }) => readOnly)) {
		const [at] = fitting;
		return { cause: `${at?.directory} is mounted read-only`, hint: remountHint(at ?? {}) };
	}
	const writable = fitting.filter((one) => one.writable);
	if (writable.length === 0) return firstProblem(groups);
	const may = writable.filter(
		(one) => names.every((name) => one.enabled.includes(name)) || (one.controllable && free(one)),
	);
	if (may.length > 0) return undefined;
	const { directory = "", controllable } = writable[0] ?? {};
	if (!controllable) {
		const cause = `the caller may not hand ${wanted} on to groups below ${directory}`;
		return { cause, hint: `as root: chown the file ${directory}/cgroup.subtree_control`, systemd: true };
	}
	return {
		cause: `${directory} holds other processes than ns too, and hands ${wanted} on only when it holds none`,
		hint: `move them to a group below it, or ${scopeHint}`,
		systemd: true,
	};
}

const free = ({ isRoot, processes }: { isRoot: boolean; processes: string }): boolean =>
	isRoot || processes !== "others";

/** No group of v2 may be made anywhere. */
export function firstProblem({ unified, systemd }: ControlGroups): Refusal {
	const { directory = "" } = unified[0] ?? {};
	const hint = systemd ? scopeHint : ownHint(directory);
	return { cause: `the caller may make no group in ${directory}`, hint, systemd: true };
}
