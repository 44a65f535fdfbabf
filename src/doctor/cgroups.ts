/** Which control groups there are, and where this process is in them. cgroups(7) */
import type { Look } from "../hints.ts";

/** `unified`: only the second version. `hybrid`: the second beside the first. `legacy`: only the first. */
export type CgroupMode = "unified" | "hybrid" | "legacy" | "none";

export interface Cgroups {
	readonly mode: CgroupMode;
	/** What can be limited: names such as `memory`, in the order the kernel tells them. */
	readonly controllers: readonly string[];
	/** The directory of the caller's own group: where its controllers are; `undefined` where it cannot be seen from here. */
	readonly own: string | undefined;
	/** The limit of processes of the caller's own group: a number or `max`. */
	readonly mostProcesses: string | undefined;
	/** Where it is mounted, it cannot be written to. */
	readonly readOnly: boolean;
}

interface Mounted {
	readonly type: "cgroup" | "cgroup2";
	/** Which part of the hierarchy is mounted. */
	readonly root: string;
	readonly point: string;
	readonly options: readonly string[];
	readonly readOnly: boolean;
}

/** What the files of /proc say of them. proc_pid_cgroup(5), proc_pid_mountinfo(5) */
export function cgroupsOf(look: Look): Cgroups {
	const mounts = mountedGroups(look.read("/proc/self/mountinfo") ?? "");
	const groups = (look.read("/proc/self/cgroup") ?? "").trim().split("\n");
	const second = mounts.find(({ type }) => type === "cgroup2");
	const first = mounts.filter(({ type }) => type === "cgroup");
	const mode = second ? (first.length > 0 ? "hybrid" : "unified") : first.length > 0 ? "legacy" : "none";
	const unified = second && groupPath(second, groups, (line) => line.startsWith("0::"));
	const inSecond = wordsOf(unified === undefined ? undefined : look.read(`${unified}/cgroup.controllers`));
	const inFirst: string[] = [];
	for (const { options } of first)
		for (const one of options) if (known.includes(one) && !inFirst.includes(one)) inFirst.push(one);
	const pids = first.find(({ options }) => options.includes("pids"));
	const limiting = pids && groupPath(pids, groups, (line) => line.split(":")[1]?.split(",").includes("pids") ?? false);
	const own = inSecond.length > 0 || limiting === undefined ? unified : limiting;
	const withLimit = inSecond.includes("pids") ? unified : limiting;
	const mostProcesses = withLimit === undefined ? undefined : look.read(`${withLimit}/pids.max`)?.trim();
	const used = own === unified ? second : pids;
	return { mode, controllers: [...inSecond, ...inFirst], own, mostProcesses, readOnly: used?.readOnly ?? false };
}

const wordsOf = (text: string | undefined): string[] => (text ?? "").split(/\s+/).filter((word) => word !== "");

/** Controllers of the first version, which stand among the options of its mounts. */
const known = [
	...["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "net_cls", "blkio", "perf_event", "net_prio"],
	...["hugetlb", "pids", "rdma", "misc"],
];

function mountedGroups(mountinfo: string): Mounted[] {
	const found: Mounted[] = [];
	for (const line of mountinfo.split("\n")) {
		const [before = "", behind = ""] = line.split(" - ");
		const [, , , root = "", point = "", flags = ""] = before.split(" ");
		const [type, , options = ""] = behind.split(" ");
		if (type !== "cgroup" && type !== "cgroup2") continue;
		const all = options.split(",");
		const readOnly = flags.split(",").includes("ro") || all.includes("ro");
		found.push({ type, root, point, options: all, readOnly });
	}
	return found;
}

/** Where the group is that this line of `/proc/self/cgroup` names; `undefined` where it is not mounted. */
function groupPath(
	{ root, point }: Mounted,
	groups: readonly string[],
	is: (line: string) => boolean,
): string | undefined {
	const path = groups.find(is)?.split(":").slice(2).join(":");
	if (path === undefined || root.startsWith("/..") || path.startsWith("/..")) return undefined;
	if (path === root) return point;
	const prefix = root === "/" ? "/" : `${root}/`;
	return path.startsWith(prefix) ? `${point}/${path.slice(prefix.length)}` : undefined;
}
