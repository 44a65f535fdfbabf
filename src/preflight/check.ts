/** What is looked at, and made ready, between a plan and its launch. */
import { PlanError } from "../plan/errors.ts";
import type { Command, Fragment, Host, Plan, Problem } from "../plan/types.ts";
import { descriptorProblems } from "./descriptors.ts";
import { joinProblems } from "./joins.ts";

/** Throws a `PlanError` with everything that can be seen to be wrong, with nothing done. */
export function check(fragments: readonly Fragment[], host: Host, command?: Pick<Command, "descriptor">): void {
	const problems = [
		...joinProblems(fragments),
		...descriptorProblems(fragments, command?.descriptor),
		...lifetimeOf(fragments, host),
		...labelsOf(fragments),
		...internetOf(fragments, host),
		...networkOf(fragments),
	];
	if (problems.length > 0) throw new PlanError(problems);
}

/** Its code is loaded only where there is one. */
function lifetimeOf(fragments: readonly Fragment[], host: Host): Problem[] {
	if (!fragments.some(({ lifetime }) => lifetime)) return [];
	return (require("./lifetime.ts") as typeof import("./lifetime.ts")).lifetimeProblems(fragments, host);
}

/** Its code is loaded only where there are any. */
function labelsOf(fragments: readonly Fragment[]): Problem[] {
	if (!fragments.some(({ labels }) => labels)) return [];
	return (require("./labels.ts") as typeof import("./labels.ts")).labelProblems(fragments);
}

/** Its code is loaded only where there is one. */
function internetOf(fragments: readonly Fragment[], host: Host): Problem[] {
	const asked = fragments.find(({ outside }) => outside?.internet)?.outside?.internet;
	if (!asked) return [];
	const { carrierProblems } = require("../network-look/pasta.ts") as typeof import("../network-look/pasta.ts");
	return carrierProblems(asked.with, host, asked.publish);
}

/** Its code is loaded only where there are interfaces to make. */
function networkOf(fragments: readonly Fragment[]): Problem[] {
	if (!fragments.some(({ links, outside }) => links || outside?.published)) return [];
	return (require("./network.ts") as typeof import("./network.ts")).networkProblems(fragments);
}

/**
 * Checks, makes way for a name, makes the layers that overlays keep, and removes what killed sandboxes have left; the code
 * for that is loaded only where there may be any. Throws a `LayerError` and a `NamedError` too.
 */
export function prepare(fragments: readonly Fragment[], plan: Pick<Plan, "creates" | "command">, host: Host): void {
	check(fragments, host, plan.command);
	sweep(fragments, host);
	for (const { outside } of fragments)
		if (outside?.claims) (require("../keeper/claim.ts") as typeof import("../keeper/claim.ts")).claim(outside.claims);
	if (!fragments.some(({ layers }) => layers)) return;
	const { prepareLayers } = require("./layers.ts") as typeof import("./layers.ts");
	prepareLayers(fragments, plan, host);
}

/** Its code is loaded only where control groups are made. */
function sweep(fragments: readonly Fragment[], host: Host): void {
	const directories: string[] = [];
	for (const { outside } of fragments) if (outside?.leftovers) directories.push(...outside.leftovers(host));
	if (directories.length === 0) return;
	(require("../cgroup-files/sweep.ts") as typeof import("../cgroup-files/sweep.ts")).sweepGroups(directories);
}
