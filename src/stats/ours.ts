/** Which of the control groups that a process is in are those of a sandbox of ours, by their names. */
import { type Hierarchy, hierarchies } from "../targets/groups.ts";

/** What the name of a group says: `nskit-PID`, or `nskit-NAME-PID`, with the process id of the sandbox's supervisor. */
export interface GroupName {
	readonly name: string | undefined;
	readonly pid: number;
}

/** Reads the name of a directory; nothing where it is not one of ours. */
export function readGroupName(directory: string): GroupName | undefined {
	const [, name, pid] = /^nskit-(?:([A-Za-z0-9][A-Za-z0-9._-]{0,63})-)?([1-9]\d{0,6})$/.exec(directory) ?? [];
	return pid === undefined ? undefined : { name, pid: Number(pid) };
}

/** A directory of a control group: below which mount point, and how it is called from there on. */
export interface GroupPlace {
	/** As `/proc/PID/cgroup` names them; none for version 2. */
	readonly controllers: string;
	readonly point: string;
	/** Relative, without a step up. */
	readonly path: string;
}

/** The groups of one sandbox. */
export interface SandboxGroups extends GroupName {
	/** The name that all of them have. */
	readonly directory: string;
	readonly places: readonly GroupPlace[];
}

/**
 * The sandboxes that a process is in, the innermost first, from its `/proc/PID/cgroup` and the caller's mountinfo(5). Where
 * sandboxes lie in each other there are several, and the names of inner ones may mean other processes here.
 */
export function sandboxesOf(cgroup: string, mountinfo: string): SandboxGroups[] {
	const mounts = hierarchies(mountinfo);
	const found = new Map<string, GroupName & { directory: string; places: GroupPlace[]; depth: number }>();
	for (const line of cgroup.split("\n")) {
		const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
		if (controllers === undefined || path === undefined) continue;
		const steps = path.split("/").slice(1);
		if (steps.includes("..")) continue;
		steps.forEach((directory, i) => {
			const read = readGroupName(directory);
			const place = read && placeOf(mounts, controllers, steps.slice(0, i + 1));
			if (!read || !place) return;
			const known = found.get(directory) ?? { ...read, directory, places: [], depth: i };
			known.places.push(place);
			known.depth = Math.max(known.depth, i);
			found.set(directory, known);
		});
	}
	return [...found.values()].toSorted((a, b) => b.depth - a.depth);
}

/** The first mount that shows this group. */
function placeOf(mounts: readonly Hierarchy[], controllers: string, steps: readonly string[]): GroupPlace | undefined {
	const path = `/${steps.join("/")}`;
	for (const { controllers: of, root, point } of mounts) {
		if (of !== controllers) continue;
		if (root === "/") return { controllers, point, path: path.slice(1) };
		if (path.startsWith(`${root}/`)) return { controllers, point, path: path.slice(root.length + 1) };
	}
	return undefined;
}
