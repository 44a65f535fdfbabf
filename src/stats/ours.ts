/** Which of the control groups that a process is in are those of a sandbox of ours, by their names. */
import { below, type MountedGroups, mountedGroups } from "../cgroups/layout.ts";
import { readGroupName } from "../cgroups/names.ts";

/** A directory of a control group: below which mount point, and how it is called from there on. */
export interface GroupPlace {
	/** As `/proc/PID/cgroup` names them; none for version 2. */
	readonly controllers: string;
	readonly point: string;
	/** Relative, without a step up. */
	readonly path: string;
}

/** The groups of one sandbox. */
export interface SandboxGroups {
	/** The process id of its supervisor. */
	readonly pid: number;
	/** The name that all of them have. */
	readonly directory: string;
	readonly places: readonly GroupPlace[];
}

/**
 * The sandboxes that a process is in, the innermost first, from its `/proc/PID/cgroup` and the caller's mountinfo(5). Where
 * sandboxes lie in each other there are several, and the names of inner ones may mean other processes here.
 */
export function sandboxesOf(cgroup: string, mountinfo: string): SandboxGroups[] {
	const mounts = mountedGroups(mountinfo);
	const found = new Map<string, SandboxGroups & { places: GroupPlace[]; depth: number }>();
	for (const line of cgroup.split("\n")) {
		const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
		if (controllers === undefined || path === undefined) continue;
		const steps = path.split("/").slice(1);
		if (steps.includes("..")) continue;
		steps.forEach((directory, i) => {
			const read = readGroupName(directory);
			if (!read || read.isRest) return;
			const place = placeOf(mounts, controllers, steps.slice(0, i + 1));
			if (!place) return;
			const known = found.get(directory) ?? { pid: read.pid, directory, places: [], depth: i };
			known.places.push(place);
			known.depth = Math.max(known.depth, i);
			found.set(directory, known);
		});
	}
	return [...found.values()].toSorted((a, b) => b.depth - a.depth);
}

/** The first mount that shows this group. */
function placeOf(
	mounts: readonly MountedGroups[],
	controllers: string,
	steps: readonly string[],
): GroupPlace | undefined {
	const path = `/${steps.join("/")}`;
	for (const { hierarchy, mount, root } of mounts) {
		const directory = hierarchy === controllers ? below(mount, root, path) : undefined;
		if (directory === undefined || directory === mount) continue;
		return { controllers, point: mount, path: directory.slice(mount === "/" ? 1 : mount.length + 1) };
	}
	return undefined;
}
