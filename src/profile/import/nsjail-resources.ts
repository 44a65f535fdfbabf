/** The limits of control groups of an nsjail configuration. */
import type { ResourceOptions } from "../../process/resources.ts";
import type { ProtoMessage } from "./proto.ts";
import type { Import } from "./types.ts";

/** Less than this of a second the kernel gives to nobody. */
const leastMilliseconds = 10;

export function nsjailResources(config: ProtoMessage, made: Import): void {
	const classId = config.number("cgroup_net_cls_classid", 0);
	const limits: ResourceOptions = {
		...memory(config, made),
		pids: above0(config.number("cgroup_pids_max", 0)),
		cpus: processors(config.number("cgroup_cpu_ms_per_sec", 0), made),
		raw: classId === 0 ? undefined : { "net_cls.classid": `0x${classId.toString(16)}` },
	};
	const isLimited = Object.values(limits).some((limit) => limit !== undefined);
	const parent = parentOf(config, isLimited, made);
	if (isLimited) made.profile.resources = { ...limits, parent };
}

/** What is 0 asks for nothing, and nothing is as much as no double can hold. */
const above0 = (limit: number): number | undefined => (limit > 0 && Number.isSafeInteger(limit) ? limit : undefined);

/** Swap is limited by itself, or together with memory; nsjail takes one of both. */
function memory(config: ProtoMessage, made: Import): ResourceOptions {
	const most = config.number("cgroup_mem_max", 0);
	const both = config.number("cgroup_mem_memsw_max", 0);
	const swap = config.number("cgroup_mem_swap_max", -1);
	if (both > 0 && swap >= 0) made.problem("cgroup_mem_memsw_max and cgroup_mem_swap_max are both there");
	if (both > 0 && both < most) made.problem("cgroup_mem_memsw_max is less than cgroup_mem_max, which is a part of it");
	const left = both > 0 ? Math.max(0, both - most) : swap;
	return { memory: above0(most), swap: left >= 0 && Number.isSafeInteger(left) ? left : undefined };
}

function processors(milliseconds: number, made: Import): number | undefined {
	if (milliseconds === 0) return undefined;
	if (milliseconds < leastMilliseconds) {
		made.lacks(
			`cgroup_cpu_ms_per_sec: ${milliseconds}`,
			`it gets ${leastMilliseconds} ms a second, the least there is`,
		);
	}
	return Math.max(milliseconds, leastMilliseconds) / 1000;
}

/** One group for all controllers, where nsjail has one for each. */
function parentOf(config: ProtoMessage, isLimited: boolean, made: Import): string | undefined {
	const names = new Map<string, string>();
	for (const controller of ["mem", "pids", "net_cls", "cpu"]) {
		const name = config.text(`cgroup_${controller}_parent`);
		if (name !== "") names.set(`cgroup_${controller}_parent`, name.replace(/^\/+/, ""));
	}
	const [parent, ...others] = new Set(names.values());
	if (isLimited && parent !== undefined && others.length === 0) return `/${parent}`;
	const why = isLimited
		? "one group is named for all controllers: they are made below the caller's own group"
		: "without a limit no group is made, in nsjail too";
	for (const name of names.keys()) made.lacks(name, why);
	return undefined;
}
