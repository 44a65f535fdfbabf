import { call, step } from "../plan/step.ts";
import type { Fragment } from "../plan/types.ts";

/**
 * The working directory: the caller's where that exists inside, else `/`. Always reached by its path inside, because a
 * directory kept open from before the mounts could still show what they hide. chdir(2).
 */
export function directory(): Fragment {
	return {
		module: "directory",
		steps: ({ changesFiles, command }) =>
			changesFiles
				? [
						step({
							phase: "directory",
							module: "directory",
							does: `go to ${command.cwd}, or else to /`,
							why: "by its path inside: a directory kept from outside would be a way out",
							man: "chdir(2)",
							calls: [call("chdir", ["/"]), call("chdir", [command.cwd], { mayFail: true })],
						}),
					]
				: [],
	};
}
