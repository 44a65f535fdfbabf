/** Where the control groups of a process are in the caller's file system. Pure. */
import { withoutEscapes } from "../linux/proc.ts";
import type { Problem } from "../plan/types.ts";

/** A hierarchy of control groups: its controllers, none for version 2, and where it is mounted. */
export interface Hierarchy {
	readonly controllers: string;
	/** The group that is seen at the mount point. */
	readonly root: string;
	readonly point: string;
}

/** The `cgroup.procs` of each group of theirs that is not the caller's own, from `/proc/PID/cgroup` and mountinfo(5). */
export function groupFiles(
	label: string,
	theirs: string,
	own: string,
	mountinfo: string,
): { readonly files: readonly string[]; readonly problems: readonly Problem[] } {
	const mounts = hierarchies(mountinfo);
	const mine = new Set(linesOf(own));
	const files: string[] = [];
	const problems: Problem[] = [];
	for (const line of linesOf(theirs)) {
		if (mine.has(line)) continue;
		const [, controllers = "", ...rest] = line.split(":");
		const path = rest.join(":");
		const folder = folderOf(mounts, controllers, path);
		if (folder !== undefined) files.push(`${folder}/cgroup.procs`);
		else {
			const message = `the control group ${path} (${controllers || "version 2"}) of ${label} is not to be seen here`;
			const hint = "it has to lie below a mounted hierarchy, and inside the caller's cgroup namespace";
			problems.push({ code: "CGROUP_UNSEEN", message, hint });
		}
	}
	return { files, problems };
}

function folderOf(mounts: readonly Hierarchy[], controllers: string, path: string): string | undefined {
	if (path.split("/").includes("..")) return undefined;
	for (const { controllers: of, root, point } of mounts) {
		if (of !== controllers) continue;
		if (root === "/") return path === "/" ? point : `${point}${path}`;
		if (path === root || path.startsWith(`${root}/`)) return `${point}${path.slice(root.length)}`;
	}
	return undefined;
}

/** The hierarchies of control groups that mountinfo(5) lists, those that were mounted first in front. */
export function hierarchies(mountinfo: string): Hierarchy[] {
	const found: Hierarchy[] = [];
	for (const line of linesOf(mountinfo)) {
		const [before = "", after = ""] = line.split(" - ");
		const [type, , options = ""] = after.split(" ");
		const [, , , root = "", point = ""] = before.split(" ");
		if (type === "cgroup2") found.push({ controllers: "", root, point: withoutEscapes(point) });
		if (type === "cgroup") found.push({ controllers: controllersOf(options), root, point: withoutEscapes(point) });
	}
	return found;
}

/** What of the options of the mount names the hierarchy, as `/proc/PID/cgroup` does. */
function controllersOf(options: string): string {
	const named: string[] = [];
	for (const one of options.split(",")) if (!others.includes(one) && !one.startsWith("release_agent=")) named.push(one);
	return named.join(",");
}

const others: readonly string[] = ["rw", "ro", "noprefix", "xattr", "clone_children", "cpuset_v2_mode", "favordynmods"];

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
