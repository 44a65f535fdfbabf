import type { Fragment } from "../plan/types.ts";
import { type NamespaceOptions, use } from "./use.ts";

/**
 * A cgroup namespace: the cgroup the command starts in is its `/`, and paths above it cannot be named.
 * It limits nothing by itself. cgroup_namespaces(7).
 *
 * @example
 * ```ts
 * import { cgroup, sandbox } from "nskit";
 * sandbox(cgroup()).spawnSync(["cat", "/proc/self/cgroup"]); // every path is /
 * ```
 */
export function cgroup(options: NamespaceOptions = {}): Fragment {
	return { module: "cgroup", ...use("cgroup", options), steps: () => [] };
}
