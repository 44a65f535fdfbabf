import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Fragment } from "../plan/types.ts";

const names = ["standard input", "standard output", "standard error"] as const;

/**
 * Puts descriptors of the calling process in the place of 0, 1 and 2; an entry left out stays as it is.
 * They are copied out of the way first, so that any of 0, 1 and 2 may take another's place. dup(2).
 */
export function stdio(from: readonly (number | undefined)[]): Fragment {
	const moved = names.flatMap((name, to) => {
		const fd = from[to];
		return fd === undefined || fd === to ? [] : [{ name, fd, to }];
	});
	const copy = moved.some(({ fd }) => fd < names.length);
	const calls = (): Call[] => [
		...(copy
			? moved.map(({ fd, to }) =>
					call("fcntl", [fd, flags("F_DUPFD_CLOEXEC"), names.length], { result: `stdio.${to}` }),
				)
			: []),
		...moved.map(({ fd, to }) => call("dup3", [copy ? ref(`stdio.${to}`) : fd, to, 0])),
	];
	return {
		module: "stdio",
		steps: () =>
			moved.length === 0
				? []
				: [
						step({
							phase: "stdio",
							module: "stdio",
							does: `set ${moved.map(({ name }) => name).join(", ")}`,
							why: "asked for by the caller",
							man: "dup(2)",
							calls: calls(),
						}),
					],
	};
}
