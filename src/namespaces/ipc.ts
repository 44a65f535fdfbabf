import type { Fragment } from "../plan/types.ts";
import { type NamespaceOptions, use } from "./use.ts";

/**
 * An IPC namespace: System V message queues, semaphores and shared memory, POSIX message queues. What is made inside
 * ends with it. ipc_namespaces(7).
 *
 * @example
 * ```ts
 * import { ipc, sandbox } from "nskit";
 * sandbox(ipc()).spawnSync(["ipcs", "-q"]); // no queue of the host's is listed
 * ```
 */
export function ipc(options: NamespaceOptions = {}): Fragment {
	return { module: "ipc", ...use("ipc", options), steps: () => [] };
}
