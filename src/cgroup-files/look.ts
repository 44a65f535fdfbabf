/** Looking at the control groups of this process. Only where resources are limited. */
import { fromBytes, toBytes } from "../bytes.ts";
import { below, layoutOf } from "../cgroups/layout.ts";
import type { ControlGroups, Hierarchy, LegacyGroup, UnifiedGroup } from "../cgroups/types.ts";
import { close, openToRead, readUpTo } from "../descriptors.ts";
import { SystemError, systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";

/** No file that is looked at here is longer, unless somebody means harm. */
const longest = 1 << 20;

/** The text of a file; `undefined` where there is none, it may not be read, or is longer than a file of the kernel's. */
export function boundedText(path: string): string | undefined {
	try {
		const fd = openToRead(path);
		try {
			const bytes = readUpTo(fd, longest);
			return bytes && fromBytes(bytes);
		} finally {
			close(fd);
		}
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}

/** Whether the effective user may do so much: access(2) asks for the real one. faccessat2(2), Linux 5.8. */
function may(path: string, mode: number): boolean {
	const { AT_FDCWD, AT_EACCESS } = constants;
	return systemCall("faccessat2", AT_FDCWD, toBytes(`${path}\0`), mode, AT_EACCESS) === 0;
}

const [write, search] = [2, 1];

/** The hierarchies and the groups in which this process, `pid`, may make one; below `parent`, where that is said. */
export function lookAtControlGroups(parent?: string): ControlGroups {
	const layout = layoutOf(boundedText("/proc/self/mountinfo") ?? "", boundedText("/proc/self/cgroup") ?? "");
	const legacy: LegacyGroup[] = [];
	let unified: Hierarchy | undefined;
	for (const one of layout.hierarchies) {
		if (one.version === 2) unified = one;
		else legacy.push(legacyGroup(one, parent));
	}
	const places = unified ? unifiedGroups(unified, parent) : [];
	const memory = boundedText("/proc/meminfo") ?? "";
	return {
		mode: layout.mode,
		legacy,
		unified: places,
		hidden: unified !== undefined && unified.own === undefined && parent === undefined,
		mounts: layout.mounts,
		processors: (boundedText("/sys/devices/system/cpu/online") ?? "").trim(),
		memory: kilobytes(memory, "MemTotal"),
		swap: kilobytes(memory, "SwapTotal"),
		systemd: may(`${process.env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`}/systemd/private`, 0),
	};
}

function kilobytes(meminfo: string, field: string): number {
	const [, digits = "0"] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(meminfo) ?? [];
	return Number(digits) * 1024;
}

const directoryOf = ({ own, mount, root }: Hierarchy, parent: string | undefined): string | undefined =>
	parent === undefined ? own : below(mount, root, parent);

function legacyGroup(one: Hierarchy, parent: string | undefined): LegacyGroup {
	const directory = directoryOf(one, parent);
	const text = (file: string) => boundedText(`${directory}/${file}`)?.trim() ?? "";
	return {
		version: 1,
		controllers: one.controllers,
		directory,
		readOnly: one.readOnly,
		writable: directory !== undefined && may(directory, write | search),
		...(one.controllers.includes("cpuset") && {
			processors: text("cpuset.effective_cpus") || text("cpuset.cpus"),
			nodes: text("cpuset.effective_mems") || text("cpuset.mems"),
		}),
	};
}

/** The caller's own group and the one above it, or the one that is named. */
function unifiedGroups(one: Hierarchy, parent: string | undefined): UnifiedGroup[] {
	const directory = directoryOf(one, parent);
	if (directory === undefined) return [];
	const groups = [unifiedGroup(directory, one)];
	if (parent !== undefined || directory === one.mount) return groups;
	return [...groups, unifiedGroup(directory.slice(0, directory.lastIndexOf("/")), one)];
}

function unifiedGroup(directory: string, { readOnly }: Hierarchy): UnifiedGroup {
	const words = (file: string): string[] => (boundedText(`${directory}/${file}`) ?? "").split(/\s+/).filter(Boolean);
	const processes = words("cgroup.procs");
	const others = processes.filter((one) => one !== `${process.pid}`);
	return {
		version: 2,
		directory,
		readOnly,
		writable: may(directory, write | search) && may(`${directory}/cgroup.procs`, write),
		owned: ownerOf(`${directory}/cgroup.procs`) === process.geteuid?.(),
		controllable: may(`${directory}/cgroup.subtree_control`, write),
		isRoot: !may(`${directory}/cgroup.events`, 0),
		controllers: words("cgroup.controllers"),
		enabled: words("cgroup.subtree_control"),
		processes: processes.length === 0 ? "none" : others.length === 0 ? "caller" : "others",
	};
}

/** The id of the user that a file belongs to. */
const ownerOf = (path: string): number | undefined =>
	process.getBuiltinModule("node:fs").statSync(path, { throwIfNoEntry: false })?.uid;
