import type { Fragment } from "../plan/types.ts";
import { capabilityProblems } from "./capability-problems.ts";
import { capabilitySteps } from "./capability-steps.ts";
import type { CapabilityOptions } from "./types.ts";

/**
 * Capabilities: what of root's powers the command has. First `drop` is taken away from all five sets, then `add` is given
 * back; the inheritable set is always empty, unless `keep` needs it. Without options, nothing but that. capabilities(7).
 *
 * @example
 * ```ts
 * import { capabilities, sandbox, user } from "nskit";
 * const box = sandbox(user(), capabilities({ drop: "all", add: ["net_bind_service"] }));
 * const { stdout } = box.spawnSync(["sh", "-c", "grep CapEff /proc/self/status | cut -f 2"], { stdout: "pipe" });
 * console.log(stdout?.toString()); // 0000000000000400
 * ```
 */
export function capabilities(options: CapabilityOptions = {}): Fragment {
	return {
		module: "capabilities",
		problems: (context) => capabilityProblems(options, context),
		steps: (context) => capabilitySteps(options, context),
	};
}
