/** Which places of the file tree can be written to: for what restricts a command beyond its mounts. */
import type { WritablePlace } from "../plan/types.ts";
import type { MountRule } from "./rules.ts";

/** The places that these rules mount writable; where the root is none of ours or stays open, everything. */
export function writablePlaces(isClosedRoot: boolean, rules: readonly MountRule[]): WritablePlace[] {
	if (!isClosedRoot) return [{ path: "/", optional: false }];
	const places: WritablePlace[] = [];
	for (const rule of rules) {
		if (isWritable(rule)) places.push({ path: rule.target, optional: rule.type === "bind" && rule.optional === true });
	}
	return places;
}

function isWritable(rule: MountRule): boolean {
	if (rule.type === "bind" || rule.type === "tmpfs") return !rule.readOnly;
	if (rule.type === "overlay") return rule.writes !== "nowhere";
	return rule.type === "dev" || rule.type === "mqueue";
}
