/** Which hierarchies of control groups there are, and where the caller is in them. cgroups(7). */
import { withoutEscapes } from "../linux/proc.ts";
import type { GroupMode, Hierarchy, Layout, Version } from "./types.ts";

/** The hierarchies, from what `/proc/self/mountinfo` and `/proc/self/cgroup` say. proc_pid_mountinfo(5), proc_pid_cgroup(5). */
export function layoutOf(mountinfo: string, cgroup: string): Layout {
	const paths = pathsOf(cgroup);
	const hierarchies: Hierarchy[] = [];
	const mounts: string[] = [];
	for (const { version, controllers, mount, root, readOnly } of mountedGroups(mountinfo)) {
		mounts.push(mount);
		// A named hierarchy of v1 has no controllers.
		if (version === 1 && controllers.length === 0) continue;
		const path = paths.get(version === 2 ? "" : (controllers[0] ?? ""));
		const one = { version, controllers, mount, root, own: below(mount, root, path), readOnly };
		const at = hierarchies.findIndex((other) => other.version === version && sameNames(other.controllers, controllers));
		const known = hierarchies[at];
		if (!known) hierarchies.push(one);
		// It may be mounted in several places: one counts where the caller's own group can be seen, and changed.
		else if (rank(one) > rank(known)) hierarchies[at] = one;
	}
	return { mode: modeOf(hierarchies), hierarchies, mounts };
}

const rank = ({ own, readOnly }: Hierarchy): number => (own === undefined ? 0 : readOnly ? 1 : 2);

function sameNames(some: readonly string[], others: readonly string[]): boolean {
	if (some.length !== others.length) return false;
	for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
	return true;
}

function modeOf(hierarchies: readonly Hierarchy[]): GroupMode {
	const has = (version: Version) => hierarchies.some((one) => one.version === version);
	if (has(2)) return has(1) ? "hybrid" : "v2";
	return has(1) ? "v1" : "none";
}

/** The controllers of v1, which stand among other options of a mount. */
const known: readonly string[] = [
	...["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "net_cls", "blkio", "perf_event", "net_prio"],
	...["hugetlb", "pids", "rdma", "misc"],
];

/** Other options; what is left names the hierarchy. */
const others: readonly string[] = ["rw", "ro", "noprefix", "xattr", "clone_children", "cpuset_v2_mode", "favordynmods"];

/** A hierarchy of control groups, or a part of it, where it is mounted. */
export interface MountedGroups extends Pick<Hierarchy, "version" | "controllers" | "mount" | "root" | "readOnly"> {
	/** What `/proc/PID/cgroup` calls it: its controllers or its name; nothing for v2. */
	readonly hierarchy: string;
}

/** All that are mounted, those that were mounted first in front. */
export function mountedGroups(mountinfo: string): MountedGroups[] {
	const found: MountedGroups[] = [];
	for (const line of mountinfo.split("\n")) {
		const one = mountedOf(line);
		if (one) found.push(one);
	}
	return found;
}

function mountedOf(line: string): MountedGroups | undefined {
	const end = line.indexOf(" - cgroup");
	if (end < 0) return undefined;
	const [type, , options = ""] = line.slice(end + 3).split(" ");
	if (type !== "cgroup" && type !== "cgroup2") return undefined;
	const [, , , root = "", mount = "", flags = ""] = line.slice(0, end).split(" ");
	const all = options.split(",");
	const names = all.filter((one) => !others.includes(one) && !one.startsWith("release_agent="));
	return {
		hierarchy: type === "cgroup2" ? "" : names.join(),
		version: type === "cgroup2" ? 2 : 1,
		controllers: type === "cgroup2" ? [] : all.filter((one) => known.includes(one)),
		mount: withoutEscapes(mount),
		root: withoutEscapes(root),
		readOnly: flags.split(",").includes("ro") || all.includes("ro"),
	};
}

/** The caller's paths by controller, that of v2 by an empty name. */
function pathsOf(cgroup: string): ReadonlyMap<string, string> {
	const paths = new Map<string, string>();
	for (const line of cgroup.split("\n")) {
		const [number, names = "", ...rest] = line.split(":");
		if (rest.length === 0) continue;
		const path = rest.join(":");
		if (number === "0" && names === "") paths.set("", path);
		else for (const name of names.split(",")) if (name !== "") paths.set(name, path);
	}
	return paths;
}

/**
 * Where a group lies that has this path; `undefined` where it is not below what is mounted. In a namespace of control
 * groups what lies outside of its root begins with `/..`.
 */
export function below(mount: string, root: string, path: string | undefined): string | undefined {
	if (path === undefined || !path.startsWith("/") || path.split("/").includes("..")) return undefined;
	if (root.startsWith("/..")) return undefined;
	// The group was removed while the caller was in it.
	if (path.endsWith(" (deleted)")) return undefined;
	const prefix = root === "/" ? "/" : `${root}/`;
	if (path === root) return mount;
	return path.startsWith(prefix) ? `${mount === "/" ? "" : mount}/${path.slice(prefix.length)}` : undefined;
}
