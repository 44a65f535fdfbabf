/** Looking at the control groups of this process. Only where resources are limited. */
import { toBytes } from "../bytes.ts";
import { below, layoutOf } from "../cgroups/layout.ts";
import type { ControlGroups, Hierarchy, LegacyGroup, UnifiedGroup } from "../cgroups/types.ts";
import { textUpTo } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";

/** The text of a file; `undefined` where there is none, it may not be read, or is longer than one of the kernel's. */
const text = (path: string): string | undefined => textUpTo(path, 1 << 20);

/** Whether the effective user may do so much: access(2) asks for the real one. faccessat2(2), Linux 5.8. */
function may(path: string, mode: number): boolean {
	const { AT_FDCWD, AT_EACCESS } = constants;
	return systemCall("faccessat2", AT_FDCWD, toBytes(`${path}\0`), mode, AT_EACCESS) === 0;
}

const [write, search] = [2, 1];

/** What is looked at: everything, or what limits by these controllers of either version need. */
export type Looked = "all" | readonly string[];

/** The hierarchies and the groups in which this process may make one; below `parent`, where that is said. */
export function lookAtControlGroups(parent?: string, needs: Looked = "all"): ControlGroups {
	const layout = layoutOf(text("/proc/self/mountinfo") ?? "", text("/proc/self/cgroup") ?? "");
	const isNeeded = (names: readonly string[]): boolean => needs === "all" || names.some((one) => needs.includes(one));
	const legacy: LegacyGroup[] = [];
	let unified: Hierarchy | undefined;
	for (const one of layout.hierarchies) {
		if (one.version === 2) unified = one;
		else legacy.push(legacyGroup(one, parent, isNeeded(one.controllers)));
	}
	const memory = isNeeded(["memory"]) ? (text("/proc/meminfo") ?? "") : "";
	const processors = isNeeded(["cpu", "cpuset"]) ? text("/sys/devices/system/cpu/online") : "";
	return {
		mode: layout.mode,
		legacy,
		unified: unified ? unifiedGroups(unified, parent) : [],
		hidden: unified !== undefined && unified.own === undefined && parent === undefined,
		mounts: layout.mounts,
		processors: (processors ?? "").trim(),
		memory: totalOf(memory),
		systemd: unified !== undefined && hasManager(),
	};
}

/** Whether systemd runs for this user. */
function hasManager(): boolean {
	const folder = process.env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`;
	return may(`${folder}/systemd/private`, 0);
}

const [total, unit] = ["MemTotal:", " kB"];

/** `MemTotal: 16384 kB`, its first line, in bytes; 0 where it says something else. */
function totalOf(meminfo: string): number {
	const line = meminfo.slice(0, Math.max(meminfo.indexOf("\n"), 0));
	if (!line.startsWith(total) || !line.endsWith(unit)) return 0;
	return (Number(line.slice(total.length, -unit.length)) || 0) * 1024;
}

const directoryOf = ({ own, mount, root }: Hierarchy, parent: string | undefined): string | undefined =>
	parent === undefined ? own : below(mount, root, parent);

/** Where it is mounted, and whether a group that was asked for is not there. */
function placeOf({ mount }: Hierarchy, directory: string | undefined, parent: string | undefined) {
	const isAbsent = parent !== undefined && directory !== undefined && !may(directory, 0);
	return { mount, ...(isAbsent && ({ absent: true } as const)) };
}

function legacyGroup(one: Hierarchy, parent: string | undefined, isNeeded: boolean): LegacyGroup {
	const directory = directoryOf(one, parent);
	const line = (file: string) => text(`${directory}/${file}`)?.trim() ?? "";
	return {
		version: 1,
		controllers: one.controllers,
		directory,
		...placeOf(one, directory, parent),
		readOnly: one.readOnly,
		writable: isNeeded && directory !== undefined && may(directory, write | search),
		...(isNeeded &&
			one.controllers.includes("cpuset") && {
				processors: line("cpuset.effective_cpus") || line("cpuset.cpus"),
				nodes: line("cpuset.effective_mems") || line("cpuset.mems"),
			}),
	};
}

/** The caller's own group and the one above it, or the one that is named. */
function unifiedGroups(one: Hierarchy, parent: string | undefined): UnifiedGroup[] {
	const directory = directoryOf(one, parent);
	if (directory === undefined) return [];
	const groups = [{ ...unifiedGroup(directory, one), ...placeOf(one, directory, parent) }];
	if (parent !== undefined || directory === one.mount) return groups;
	return [...groups, unifiedGroup(directory.slice(0, directory.lastIndexOf("/")), one)];
}

function unifiedGroup(directory: string, { readOnly }: Hierarchy): UnifiedGroup {
	const words = (file: string, between = " "): string[] => {
		const all = (text(`${directory}/${file}`) ?? "").trimEnd();
		return all === "" ? [] : all.split(between);
	};
	const isRoot = !may(`${directory}/cgroup.events`, 0);
	return {
		version: 2,
		directory,
		readOnly,
		writable: may(directory, write | search) && may(`${directory}/cgroup.procs`, write),
		owned: ownerOf(`${directory}/cgroup.procs`) === process.geteuid?.(),
		controllable: may(`${directory}/cgroup.subtree_control`, write),
		isRoot,
		controllers: words("cgroup.controllers"),
		enabled: words("cgroup.subtree_control"),
		// Every process of the machine may be in it, and nothing depends on that.
		processes: isRoot ? "others" : whose(words("cgroup.procs", "\n")),
	};
}

function whose(processes: readonly string[]): UnifiedGroup["processes"] {
	const own = `${process.pid}`;
	for (const one of processes) if (one !== own) return "others";
	return processes.length === 0 ? "none" : "caller";
}

/** Bytes of `struct statx`, and where `stx_uid` stands in it. */
const [statusSize, statusUid] = [256, 20];

/** The id of the user that a file belongs to. statx(2); node:fs would be loaded for longer than all else here takes. */
function ownerOf(path: string): number | undefined {
	const bytes = new Uint8Array(statusSize);
	const { AT_FDCWD, STATX_BASIC_STATS } = constants;
	if (systemCall("statx", AT_FDCWD, toBytes(`${path}\0`), 0, STATX_BASIC_STATS, bytes) < 0) return undefined;
	return new DataView(bytes.buffer).getUint32(statusUid, true);
}
