import { call, flags, step } from "../plan/step.ts";
import type { Call, Fragment, Step } from "../plan/types.ts";

/**
 * Closes every descriptor but 0, 1 and 2: once before any process of ours can be looked at from inside, and once more
 * before the command. The control channel closes itself when the command is executed. close_range(2).
 */
export function descriptors(): Fragment {
	return {
		module: "descriptors",
		steps({ launch, channel, held, supervision }): Step[] {
			const kept = channel === undefined ? [] : [channel];
			// Tells by its end, too, that the command has been executed.
			const ready = supervision?.places.ready;
			const last = step({
				phase: "descriptors",
				module: "descriptors",
				does: "close all other descriptors",
				why: "an open directory or socket of the caller's would be a way out",
				man: "close_range(2)",
				calls: closeAllBut(
					launch === "clone" ? [...kept, ...held] : [...kept, ...(ready === undefined ? [] : [ready])],
				),
			});
			if (launch === "clone") return [last];
			const first = step({
				phase: "start",
				module: "descriptors",
				does: "close what is not needed",
				why: "what this process and the init hold could be taken from them, through /proc",
				man: "close_range(2)",
				calls: [
					...kept.map((fd) => call("fcntl", [fd, flags("F_SETFD"), flags("FD_CLOEXEC")])),
					...closeAllBut([...kept, ...held]),
				],
			});
			return [first, last];
		},
	};
}

/** `~0U`, the end of every range of descriptors. */
export const lastDescriptor = 0xffffffff;

/** The calls that close everything from `from` on except what is kept. */
export function closeAllBut(kept: readonly number[], from = 3): Call[] {
	const calls: Call[] = [];
	let first = from;
	for (const fd of [...new Set(kept)].filter((n) => n >= from).toSorted((a, b) => a - b)) {
		if (fd > first) calls.push(call("close_range", [first, fd - 1, 0]));
		first = fd + 1;
	}
	return [...calls, call("close_range", [first, lastDescriptor, 0])];
}
