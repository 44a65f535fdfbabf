/** Groups in which nothing is limited: to stop a sandbox, and to count what it uses. Pure. */
import { type Choice, type ChosenGroup, placeFor } from "./choose.ts";
import type { ControlGroups, LegacyGroup } from "./types.ts";

/** Of v1: what counts. */
const counting: readonly string[] = ["memory", "cpuacct", "pids", "blkio"];
/** Of v2: what counts besides what every group has. */
const countingUnified: readonly string[] = ["memory", "pids", "cpu", "io"];

/**
 * The choice with a group that can be stopped as a whole: one of v2, or else that of the controller freezer. With
 * `account` also those that count, where that takes nothing away from anybody. Where nothing was chosen and nothing is to
 * be counted, there is none.
 */
export function withUnlimited(choice: Choice, seen: ControlGroups, account: boolean): Choice {
	if (choice.groups.length === 0 && !account) return choice;
	const groups = [...choice.groups];
	const unified = groups.some(({ version }) => version === 2) ? undefined : unifiedFor(seen, account);
	if (unified) groups.push(unified);
	const canStop = groups.some(({ version }) => version === 2);
	for (const one of seen.legacy) {
		const wanted = one.controllers.some(
			(name) => (account && counting.includes(name)) || (!canStop && name === "freezer"),
		);
		const group = wanted ? legacyFor(one, groups) : undefined;
		if (group) groups.push(group);
	}
	return { ...choice, groups };
}

function unifiedFor({ unified }: ControlGroups, account: boolean): ChosenGroup | undefined {
	const known = unified[0]?.controllers ?? [];
	const counted = account ? countingUnified.filter((name) => known.includes(name)) : [];
	const able = placeFor(unified, counted);
	const place = able && !able.evacuate ? able : placeFor(unified, []);
	if (!place || place.evacuate) return undefined;
	const { group, enable } = place;
	return { version: 2, parent: group.directory, controllers: [], enable, evacuate: false, settings: [] };
}

/** A group where none is chosen yet. Who enters one of cpuset has to say processors first: that is for limits. */
function legacyFor(one: LegacyGroup, groups: readonly ChosenGroup[]): ChosenGroup | undefined {
	const { directory, readOnly, writable, controllers } = one;
	if (directory === undefined || readOnly || !writable || controllers.includes("cpuset")) return undefined;
	if (groups.some(({ version, parent }) => version === 1 && parent === directory)) return undefined;
	return { version: 1, parent: directory, controllers, enable: [], evacuate: false, settings: [] };
}
