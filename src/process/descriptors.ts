import { call, flags, step } from "../plan/step.ts";
import type { Call, Fragment, Step } from "../plan/types.ts";
import { lastDescriptor } from "./processes.ts";

/**
 * Closes every descriptor but 0, 1 and 2: once before any process of ours can be looked at from inside, and once more
 * before the command. The control channel closes itself when the command is executed. close_range(2).
 */
export function descriptors(): Fragment {
	return {
		module: "descriptors",
		steps({ launch, channel, held }): Step[] {
			const kept = channel === undefined ? [] : [channel];
			const last = step({
				phase: "descriptors",
				module: "descriptors",
				does: "close all other descriptors",
				why: "an open directory or socket of the caller's would be a way out",
				man: "close_range(2)",
				calls: closeAllBut(launch === "clone" ? [...kept, ...held] : kept),
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

/** The calls that close everything from 3 on except what is kept. */
export function closeAllBut(kept: readonly number[]): Call[] {
	const calls: Call[] = [];
	let first = 3;
	for (const fd of [...new Set(kept)].filter((n) => n >= 3).toSorted((a, b) => a - b)) {
		if (fd > first) calls.push(call("close_range", [first, fd - 1, 0]));
		first = fd + 1;
	}
	return [...calls, call("close_range", [first, lastDescriptor, 0])];
}
