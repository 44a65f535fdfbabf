/** Where a group can be made for what is wanted, and why it cannot where it cannot. Pure. */
import type { Problem } from "../plan/types.ts";
import { firstProblem, type Refusal, refusalOf, unifiedRefusal } from "./refusals.ts";
import { controllerOf, settingsOf } from "./settings.ts";
import type { ControlGroups, LegacyGroup, Setting, UnifiedGroup, Wanted } from "./types.ts";

/** A group that is to be made. */
export interface ChosenGroup {
	readonly version: 1 | 2;
	/** The directory of the group above it. */
	readonly parent: string;
	/** What of it is used, for people: `memory`. */
	readonly controllers: readonly string[];
	/** v2: what the group above has to hand on first. */
	readonly enable: readonly string[];
	/** v2: the caller's own processes have to leave the group above first, which hands nothing on while it has some. */
	readonly evacuate: boolean;
	/** What is written, in order. */
	readonly settings: readonly Setting[];
}

export interface Choice {
	readonly groups: readonly ChosenGroup[];
	/** What cannot be limited here. */
	readonly lacking: readonly Problem[];
}

/** Chooses a group in each hierarchy that is needed. */
export function chooseGroups(wanted: readonly Wanted[], groups: ControlGroups): Choice {
	const refused = new Map<string, Refusal>();
	/** The first reason counts. */
	const refuse = (one: Wanted, refusal: Refusal): void => {
		const name = one.name === "raw" ? one.file : one.name;
		if (!refused.has(name)) refused.set(name, refusal);
	};
	const legacy = new Map<LegacyGroup, Wanted[]>();
	const unified: Wanted[] = [];
	for (const one of wanted) {
		const old = legacyFor(one, groups);
		const refusal = old ? refusalOf(old) : legacyLacks(one, groups);
		if (refusal) refuse(one, refusal);
		else if (old) legacy.set(old, [...(legacy.get(old) ?? []), one]);
		else unified.push(one);
	}
	const chosen: ChosenGroup[] = [];
	for (const [group, here] of legacy) chosen.push(legacyGroup(group, here, wanted));
	const possible = unified.filter((one) => {
		const refusal = unifiedRefusal(groups, needed([one]));
		if (refusal) refuse(one, refusal);
		return refusal === undefined;
	});
	if (possible.length > 0) {
		const place = placeFor(groups.unified, needed(possible));
		if (place) chosen.push(unifiedGroup(place, possible, wanted));
		else for (const one of possible) refuse(one, firstProblem(groups));
	}
	const lacking: Problem[] = [];
	const helped = groups.systemd && [...refused.values()].every(({ systemd }) => systemd === true);
	const code = helped ? needsScope : "RESOURCE_UNAVAILABLE";
	for (const [name, { cause, hint }] of refused)
		lacking.push({ code, message: `${name} cannot be limited here: ${cause}`, hint });
	return { groups: chosen, lacking };
}

/** The code where a group of systemd's for this user is all that is missing. */
export const needsScope = "RESOURCE_NEEDS_SCOPE";

/** The hierarchy of v1 that has the controller; each belongs to one version alone. */
const legacyFor = (one: Wanted, { legacy }: ControlGroups): LegacyGroup | undefined => {
	const controller = controllerOf(one, 1);
	return controller === undefined ? undefined : legacy.find(({ controllers }) => controllers.includes(controller));
};

/** The controller is there in v1, which has nothing like what is wanted, or in no version. */
function legacyLacks(one: Wanted, { legacy }: ControlGroups): Refusal | undefined {
	const controller = controllerOf(one, 2);
	if (controller === undefined && one.name === "devices") {
		return {
			cause: "control groups v2 have no list of devices, and ns loads no program of eBPF, which it would take",
			hint: "show only the devices that are needed, by --dev and --bind",
		};
	}
	if (controller === undefined) {
		return { cause: "no hierarchy of control groups v1 has it", hint: "leave it out, or write the file that v2 has" };
	}
	if (!legacy.some(({ controllers }) => controllers.includes(controller))) return undefined;
	return {
		cause: `the controller ${controller} belongs to control groups v1 here, which have nothing like it`,
		hint:
			one.name === "memoryHigh"
				? "limit memory, or write memory.soft_limit_in_bytes, which counts only when the machine's memory is short"
				: "boot with systemd.unified_cgroup_hierarchy=1, or cgroup_no_v1=all, on the kernel's command line",
	};
}

/** The controllers of v2 that these need. */
function needed(wanted: readonly Wanted[]): string[] {
	const names: string[] = [];
	for (const one of wanted) {
		const controller = controllerOf(one, 2);
		// What every group has is handed on by nobody.
		if (controller !== undefined && controller !== "cgroup" && !names.includes(controller)) names.push(controller);
	}
	return names;
}

function legacyGroup(group: LegacyGroup, here: readonly Wanted[], all: readonly Wanted[]): ChosenGroup {
	const settings: Setting[] = [];
	for (const one of here) settings.push(...settingsOf(one, 1, all));
	return {
		...{ version: 1, parent: group.directory ?? "", enable: [], evacuate: false },
		controllers: group.controllers,
		settings: [...inherited(group, settings), ...settings],
	};
}

/** In v1 nobody can enter a group whose processors and memory nodes are not said. */
function inherited({ controllers, processors, nodes }: LegacyGroup, settings: readonly Setting[]): Setting[] {
	if (!controllers.includes("cpuset")) return [];
	const found: Setting[] = [];
	const add = (name: "cpuset" | "memoryNodes", file: string, value: string | undefined): void => {
		if (value === undefined || settings.some((one) => one.file === file)) return;
		found.push({ name, controller: "cpuset", file, value });
	};
	add("cpuset", "cpuset.cpus", processors);
	add("memoryNodes", "cpuset.mems", nodes);
	return found;
}

interface Place {
	readonly group: UnifiedGroup;
	readonly enable: readonly string[];
	readonly evacuate: boolean;
}

function unifiedGroup({ group, ...rest }: Place, here: readonly Wanted[], all: readonly Wanted[]): ChosenGroup {
	const settings: Setting[] = [];
	for (const one of here) settings.push(...settingsOf(one, 2, all));
	return { version: 2, parent: group.directory, controllers: needed(here), settings, ...rest };
}

/**
 * The group of v2 below which these controllers can be had: first where they are handed on already, from the caller's own
 * group upwards, then where the caller may see to that, and at last where its own processes have to make room.
 */
export function placeFor(groups: readonly UnifiedGroup[], names: readonly string[]): Place | undefined {
	const possible = groups.filter(({ writable, readOnly }) => writable && !readOnly);
	for (const group of possible) {
		if (names.every((name) => group.enabled.includes(name))) return { group, enable: [], evacuate: false };
	}
	const able = possible.filter(
		({ controllable, controllers }) => controllable && names.every((name) => controllers.includes(name)),
	);
	const lacking = ({ enabled }: UnifiedGroup): string[] => names.filter((name) => !enabled.includes(name));
	const free = able.find(({ isRoot, processes }) => isRoot || processes === "none");
	if (free) return { group: free, enable: lacking(free), evacuate: false };
	const own = able.find(({ processes }) => processes === "caller");
	return own && { group: own, enable: lacking(own), evacuate: true };
}
