import type { Fragment } from "../plan/types.ts";
import { type NamespaceOptions, needsNamespace, use } from "./use.ts";

export interface PidOptions extends NamespaceOptions {
	/**
	 * A process of ours, of a few kilobytes, is PID 1: it reaps what the command leaves behind and passes signals on to
	 * the command, which is PID 2. With `false` the command is PID 1 itself, and the kernel ignores signals to it that it
	 * has no handler for.
	 * @default true
	 */
	readonly init?: boolean;
}

/**
 * A PID namespace: the processes inside see only each other, and all of them end with its PID 1. pid_namespaces(7).
 *
 * @example
 * ```ts
 * import { mount, pid, sandbox } from "nskit";
 * sandbox(pid(), mount()).spawnSync(["ps", "ax"]); // init, ps
 * ```
 */
export function pid(options: PidOptions = {}): Fragment {
	return {
		module: "pid",
		...use("pid", options),
		init: options.init,
		problems: (context) =>
			needsNamespace("pid", context, "INIT_WITHOUT_PID", options.init === undefined ? [] : ["init"]),
		steps: () => [],
	};
}
