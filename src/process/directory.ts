import { call, flags, ref, step } from "../plan/step.ts";
import type { Fragment } from "../plan/types.ts";

/** Through no magic link: /proc/self/fd/N would lead out of the sandbox (CVE-2024-21626). */
export const howToOpen = {
	struct: { flags: { flags: "O_PATH|O_DIRECTORY|O_CLOEXEC" }, mode: 0, resolve: { flags: "RESOLVE_NO_MAGICLINKS" } },
} as const;

/** Where getcwd(2) writes the path: one that begins with `(unreachable)` for a directory outside of the root. */
const reached = { out: "directory.path", size: 4096 } as const;

/**
 * The working directory: the one asked for, or the caller's where that exists inside, else `/`. Reached by its path
 * inside, because a directory kept open from before the mounts could still show what they hide; the one that was asked
 * for has to be below the root even if it was moved meanwhile. chdir(2).
 */
export function directory(): Fragment {
	return {
		module: "directory",
		steps({ changesFiles, command: { cwd, mustStartThere } }) {
			if (!changesFiles && !mustStartThere) return [];
			const may = mustStartThere ? {} : ({ mayFail: true } as const);
			return [
				step({
					phase: "directory",
					module: "directory",
					does: mustStartThere ? `go to ${cwd}` : `go to ${cwd}, or else to /`,
					why: "by its path inside: a directory kept from outside would be a way out",
					man: "openat2(2)",
					calls: [
						...(changesFiles ? [call("chdir", ["/"])] : []),
						call("openat2", [flags("AT_FDCWD"), cwd, howToOpen, 24], { result: "directory", ...may }),
						call("fchdir", [ref("directory")], may),
						...(mustStartThere ? [call("getcwd", [reached, reached.size], { check: { belowRoot: reached.out } })] : []),
					],
				}),
			];
		},
	};
}
