/** Control groups that only the freezer of v1 can stop: what is in them cannot even be killed before they go on. */
import type { ChosenGroup } from "../cgroups/choose.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Context, Step } from "../plan/types.ts";
import { moveTo } from "./lifetime-background.ts";

/** Which group the sandbox is stopped by, where v2 has none; what v2 has stopped can be killed. */
export function freezerOf(groups: readonly ChosenGroup[]): number | undefined {
	if (groups.some(({ version }) => version === 2)) return undefined;
	const at = groups.findIndex(({ controllers }) => controllers.includes("freezer"));
	return at < 0 ? undefined : at;
}

/** The supervisor keeps what lets the sandbox go on. Where that is gone, the helper sees to it: `removeSteps`. */
export function freezerSteps(groups: readonly ChosenGroup[], { supervision }: Context): Step[] {
	const [at, place] = [freezerOf(groups), supervision?.places.freezer];
	if (at === undefined || place === undefined) return [];
	return [
		step({
			phase: "cgroup",
			module: "resources",
			does: "hold what stops the sandbox",
			why: "signals wait in a group that v1 has stopped: it has to go on when it is to end",
			man: "cgroups(7)",
			calls: [
				call("openat", [ref(`group.${at}`), "freezer.state", flags("O_RDWR|O_CLOEXEC")], { result: "freezer" }),
				...moveTo("freezer", place),
			],
		}),
	];
}
