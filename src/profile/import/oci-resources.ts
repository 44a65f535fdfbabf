/** The limits of control groups of an OCI configuration. */
import type { IoLimit, Rate, ResourceOptions } from "../../cgroups/types.ts";
import { type Members, unknown } from "./members.ts";
import type { Import } from "./types.ts";

type Draft = { -readonly [name in keyof ResourceOptions]: ResourceOptions[name] };

/** What `linux.resources` limits. */
export function ociResources(limits: Members | undefined, made: Import): void {
	if (!limits) return;
	const found: Draft = {};
	memory(limits.members("memory"), found, made);
	processors(limits.members("cpu"), found, made);
	const count = limits.members("pids");
	const most = count?.number("limit");
	if (most !== undefined) found.pids = most > 0 && Number.isSafeInteger(most) ? most : "max";
	devices(limits.members("blockIO"), found, made);
	raw(limits, found);
	limits.lacks("devices", "devices are those of a minimal /dev; resources.devices lists them in control groups v1");
	limits.lacks("hugepageLimits", "no word limits huge pages: resources.raw writes files such as hugetlb.2MB.max");
	limits.lacks("rdma", "no word limits RDMA: resources.raw writes files such as rdma.max");
	for (const members of [limits, count]) {
		for (const name of members?.others ?? []) made.lacks(`${members?.path}${name}`, unknown);
	}
	if (Object.values(found).some((limit) => limit !== undefined)) made.profile.resources = found;
}

/** No limit is as little as none, and as much as a double cannot hold. */
const sizeOf = (size: number | undefined): number | "max" | undefined =>
	size === undefined ? undefined : size >= 0 && Number.isSafeInteger(size) ? size : "max";

function memory(memory: Members | undefined, found: Draft, made: Import): void {
	if (!memory) return;
	const limit = sizeOf(memory.number("limit"));
	const both = sizeOf(memory.number("swap"));
	// 0 asks for nothing.
	if (limit !== 0) found.memory = limit;
	found.memoryLow = sizeOf(memory.number("reservation") || undefined);
	if (both === "max") found.swap = both;
	else if (both !== undefined && both !== 0) {
		if (typeof limit !== "number" || both < limit) {
			made.problem(`${memory.path}swap counts memory in: it needs a limit that is not above it`);
		} else found.swap = both - limit;
	}
	memory.lacks("kernel", "the kernel's memory counts as the command's, and has no limit of its own");
	memory.lacks("kernelTCP", "memory of TCP counts as the command's, and has no limit of its own");
	memory.lacks("swappiness", "no word says how readily is swapped: resources.raw writes memory.swappiness in v1");
	memory.lacks("disableOOMKiller", "who needs more memory than the limit is always ended");
	memory.lacks("useHierarchy", "groups below count always");
	memory.lacks("checkBeforeUpdate", "what is used is looked at when ns set lowers a limit");
	for (const name of memory.others) made.lacks(`${memory.path}${name}`, unknown);
}

/** What the kernel takes for a period where nothing is said, in microseconds. */
const usualPeriod = 100_000;

function processors(cpu: Members | undefined, found: Draft, made: Import): void {
	if (!cpu) return;
	const quota = cpu.number("quota");
	const period = cpu.number("period") || usualPeriod;
	if (quota !== undefined && quota !== 0) found.cpus = quota < 0 ? "max" : Math.max(0.01, quota / period);
	const shares = cpu.number("shares");
	if (shares) found.cpuWeight = Math.min(10_000, Math.max(1, Math.round((shares * 100) / 1024)));
	found.cpuset = cpu.text("cpus") || undefined;
	found.memoryNodes = cpu.text("mems") || undefined;
	cpu.lacks(
		"realtimeRuntime",
		"no word limits the time of real-time scheduling: resources.raw writes cpu.rt_runtime_us in v1",
	);
	cpu.lacks(
		"realtimePeriod",
		"no word limits the time of real-time scheduling: resources.raw writes cpu.rt_period_us in v1",
	);
	cpu.lacks("burst", "time that is left over is not kept for later");
	cpu.lacks("idle", "no group runs only when nothing else does: cpuWeight 1 is the least");
	for (const name of cpu.others) made.lacks(`${cpu.path}${name}`, unknown);
}

const throttles: readonly (readonly [name: string, rate: Rate])[] = [
	["throttleReadBpsDevice", "readBytes"],
	["throttleWriteBpsDevice", "writeBytes"],
	["throttleReadIOPSDevice", "readOperations"],
	["throttleWriteIOPSDevice", "writeOperations"],
];

function devices(blocks: Members | undefined, found: Draft, made: Import): void {
	if (!blocks) return;
	const weight = blocks.number("weight");
	// From 10 to 1000, with 100 in the middle of both.
	if (weight) found.ioWeight = Math.min(10_000, weight <= 100 ? weight : 100 + (weight - 100) * 11);
	const limits = new Map<string, { -readonly [name in keyof IoLimit]: IoLimit[name] }>();
	for (const [name, rate] of throttles) {
		for (const one of blocks.list(name)) {
			const device = `${one.number("major") ?? 0}:${one.number("minor") ?? 0}`;
			const limit = limits.get(device) ?? { device };
			limit[rate] = one.number("rate");
			limits.set(device, limit);
			for (const other of one.others) made.lacks(`${one.path}${other}`, unknown);
		}
	}
	if (limits.size > 0) found.io = [...limits.values()];
	for (const name of ["leafWeight", "weightDevice"]) blocks.lacks(name, "one weight counts for all devices");
	for (const name of blocks.others) made.lacks(`${blocks.path}${name}`, unknown);
}

/** Files of the group as the kernel calls them. */
function raw(limits: Members, found: Draft): void {
	const files = new Map(limits.textsByName("unified"));
	const network = limits.members("network");
	const classId = network?.number("classID");
	if (classId) files.set("net_cls.classid", `${classId}`);
	network?.lacks("priorities", "packets have no priority by interface");
	if (files.size > 0) found.raw = Object.fromEntries(files);
}
