/** Running sandboxes in the library. */
import type { ResourceOptions } from "../process/resources.ts";
import type { LiveStats } from "../stats/top.ts";
import { setFrozen } from "./freeze.ts";
import type { LiveGroups } from "./groups.ts";
import { openLive } from "./open.ts";
import { setLimits } from "./set.ts";
import { liveStats } from "./stats.ts";

/** A running sandbox with control groups of its own. Each of these looks for it anew, and throws a `PlanError` where it is gone. */
export interface RunningSandbox {
	/** What it has used until now. */
	stats(): LiveStats;
	/** Stops everything in it, and resolves when it stands still. */
	pause(): Promise<void>;
	/** Lets it go on. */
	resume(): Promise<void>;
	/**
	 * Changes limits: all of these, or none. Returns what there is to know besides, a sentence each. `devices`, `parent`,
	 * `account` and `bestEffort` are decided when a sandbox is started.
	 */
	set(limits: ResourceOptions): readonly string[];
}

/**
 * A running sandbox, by its name, by the process id of its supervisor or of a process in it, or by what `spawn` has
 * returned. It has control groups of its own where it was started with `resources`, or with `stats`.
 *
 * @example
 * ```ts
 * import { pid, resources, running, sandbox, user } from "nskit";
 * const box = sandbox(user(), pid(), resources({ account: true }));
 * const child = await box.spawn(["sleep", "60"]);
 * try {
 *   console.log(running(child).stats().stats.memory.current);
 * } catch {
 *   console.log("nothing is counted here");
 * }
 * child.kill();
 * ```
 */
export function running(target: string | number | { readonly pid: number }): RunningSandbox {
	const word = typeof target === "object" ? `${target.pid}` : `${target}`;
	const withGroups = <T>(body: (live: LiveGroups) => T): T => {
		const live = openLive(word);
		try {
			return body(live);
		} finally {
			live.close();
		}
	};
	const frozen = async (value: boolean): Promise<void> => {
		const live = openLive(word);
		try {
			await setFrozen(live, value);
		} finally {
			live.close();
		}
	};
	return {
		stats: () => withGroups(liveStats),
		pause: () => frozen(true),
		resume: () => frozen(false),
		set: (limits) => withGroups((live) => setLimits(live, limits)),
	};
}
