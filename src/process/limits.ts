import { call, flags, step } from "../plan/step.ts";
import type { Fragment } from "../plan/types.ts";

/** Resource limits: gives the command the caller's limit of open files, which Bun raised for itself. getrlimit(2). */
export function limits(): Fragment {
	return {
		module: "limits",
		steps({ host: { openFiles } }) {
			if (!openFiles) return [];
			return [
				step({
					phase: "limits",
					module: "limits",
					does: "restore the limit of open files",
					why: "Bun raises its own soft limit, and programs that use select(2) break with more than 1,024",
					man: "prlimit(2)",
					calls: [
						call("prlimit64", [
							0,
							flags("RLIMIT_NOFILE"),
							{ struct: { rlim_cur: openFiles.soft, rlim_max: openFiles.hard } },
							null,
						]),
					],
				}),
			];
		},
	};
}
