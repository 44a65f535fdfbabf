/** Where the control groups of a process are in the caller's file system. Pure. */
import { below, type MountedGroups, mountedGroups } from "../cgroups/layout.ts";
import type { Problem } from "../plan/types.ts";

/** The `cgroup.procs` of each group of theirs that is not the caller's own, from `/proc/PID/cgroup` and mountinfo(5). */
export function groupFiles(
	label: string,
	theirs: string,
	own: string,
	mountinfo: string,
): { readonly files: readonly string[]; readonly problems: readonly Problem[] } {
	const mounts = mountedGroups(mountinfo);
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

function folderOf(mounts: readonly MountedGroups[], controllers: string, path: string): string | undefined {
	for (const { hierarchy, mount, root } of mounts) {
		const folder = hierarchy === controllers ? below(mount, root, path) : undefined;
		if (folder !== undefined) return folder;
	}
	return undefined;
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
