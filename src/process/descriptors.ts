import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Fragment, PassedDescriptor, Step } from "../plan/types.ts";

/**
 * Closes every descriptor but 0, 1, 2 and those that are passed on: once before any process of ours can be looked at
 * from inside, and once more before the command. The control channel closes itself when the command is executed.
 * close_range(2).
 */
export function descriptors(): Fragment {
	return {
		module: "descriptors",
		steps({ launch, channel, held, passed, supervision }): Step[] {
			const kept = channel === undefined ? [] : [channel];
			const places = passed.map(({ to }) => to);
			// Tells by its end, too, that the command has been executed.
			const ready = supervision?.places.ready;
			const last = step({
				phase: "descriptors",
				module: "descriptors",
				does: "close all other descriptors",
				why: "an open directory or socket of the caller's would be a way out",
				man: "close_range(2)",
				calls: closeAllBut(
					launch === "clone" ? [...kept, ...held] : [...kept, ...places, ...(ready === undefined ? [] : [ready])],
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
			return [first, ...moveStep(passed), last];
		},
	};
}

/** Puts each descriptor that is passed on in its place. */
function moveStep(passed: readonly PassedDescriptor[]): Step[] {
	const calls = moves(passed.filter(({ from, to }) => from !== to));
	if (calls.length === 0) return [];
	return [
		step({
			phase: "descriptors",
			module: "descriptors",
			does: "give passed descriptors their numbers",
			why: "asked for; after the last use of any of ours that may lie there",
			man: "dup(2)",
			calls,
		}),
	];
}

/** Those of which one takes the place of another are copied out of the way first. */
function moves(moved: readonly PassedDescriptor[]): Call[] {
	const sources = moved.map(({ from }) => from);
	if (!moved.some(({ to }) => sources.includes(to))) return moved.map(({ from, to }) => call("dup3", [from, to, 0]));
	const numbers = moved.flatMap(({ from, to }) => [from, to]);
	const beyond = Math.max(2, ...numbers) + 1;
	return [
		...moved.map(({ from, to }) => call("fcntl", [from, flags("F_DUPFD_CLOEXEC"), beyond], { result: `passed.${to}` })),
		...moved.map(({ to }) => call("dup3", [ref(`passed.${to}`), to, 0])),
	];
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
