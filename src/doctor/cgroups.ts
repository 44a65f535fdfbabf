/** Which control groups there are, and where this process is in them. cgroups(7) */
import { layoutOf } from "../cgroups/layout.ts";
import type { GroupMode } from "../cgroups/types.ts";
import type { Look } from "../hints.ts";

export interface Cgroups {
	readonly mode: GroupMode;
	/** What can be limited: names such as `memory`, in the order the kernel tells them. */
	readonly controllers: readonly string[];
	/** The directory of the caller's own group: where its controllers are; `undefined` where it cannot be seen from here. */
	readonly own: string | undefined;
	/** The limit of processes of the caller's own group: a number or `max`. */
	readonly mostProcesses: string | undefined;
	/** Where it is mounted, it cannot be written to. */
	readonly readOnly: boolean;
}

/** What the files of /proc say of them. proc_pid_cgroup(5), proc_pid_mountinfo(5) */
export function cgroupsOf(look: Look): Cgroups {
	const { mode, hierarchies } = layoutOf(look.read("/proc/self/mountinfo") ?? "", look.read("/proc/self/cgroup") ?? "");
	const second = hierarchies.find(({ version }) => version === 2);
	const first = hierarchies.filter(({ version }) => version === 1);
	const inSecond = wordsOf(second?.own === undefined ? undefined : look.read(`${second.own}/cgroup.controllers`));
	const inFirst = first.flatMap(({ controllers }) => controllers);
	const pids = first.find(({ controllers }) => controllers.includes("pids"));
	const used = inSecond.length > 0 || pids?.own === undefined ? second : pids;
	const withLimit = inSecond.includes("pids") ? second?.own : pids?.own;
	return {
		mode,
		controllers: [...inSecond, ...inFirst],
		own: used?.own,
		mostProcesses: withLimit === undefined ? undefined : look.read(`${withLimit}/pids.max`)?.trim(),
		readOnly: used?.readOnly ?? false,
	};
}

const wordsOf = (text: string | undefined): string[] => (text ?? "").split(/\s+/).filter((word) => word !== "");
