import { describe, expect, test } from "bun:test";
import type { Context } from "../../src/plan/types.ts";
import { signals } from "../../src/process/signals.ts";
import { context, texts } from "../plan/fixtures.ts";

const lines = (more: Partial<Context>, state?: { mask: number[] }) =>
	signals(state)
		.steps({ ...context, ...more })
		.flatMap(({ phase, calls, routine }) =>
			[...texts(calls), ...(routine ? [`<${routine}>`] : [])].map((text) => `${phase}: ${text}`),
		);

const childAsBefore = "signals: rt_sigaction(SIGCHLD, &$signals.child, NULL, 8)";
const stopIgnoring = [
	"start: rt_sigaction(SIGPIPE, {sa_handler=SIG_DFL}, NULL, 8)",
	"start: rt_sigaction(SIGXFSZ, {sa_handler=SIG_DFL}, NULL, 8)",
	"start: rt_sigaction(SIGCHLD, {sa_handler=SIG_DFL}, &$signals.child, 8)",
];

describe("`signals`", () => {
	test("stops ignoring what Bun ignores, lets the end of children be told, and holds nothing back, when the command is the only process", () => {
		expect(lines({})).toEqual([...stopIgnoring, childAsBefore]);
	});

	test("holds everything back around a fork, and gives the command the mask from before", () => {
		const made = lines({ forks: true });
		const inOrder = ["start", "signals"].flatMap((phase) => made.filter((line) => line.startsWith(`${phase}:`)));
		expect(inOrder).toEqual([
			...stopIgnoring,
			"start: rt_sigprocmask(SIG_SETMASK, ~[], &$signals.mask, 8)",
			childAsBefore,
			"signals: rt_sigprocmask(SIG_SETMASK, &$signals.mask, NULL, 8)",
		]);
	});

	test("drops Bun's handlers in borrowed memory before it lets signals through", () => {
		const mask = [1, 2, 3, 4, 5, 6, 7, 8];
		expect(lines({ launch: "clone" }, { mask })).toEqual([
			"signals: <resetSignals>",
			"signals: rt_sigprocmask(SIG_SETMASK, the caller's mask, NULL, 8)",
		]);
		const last = signals({ mask })
			.steps({ ...context, launch: "clone" })
			.at(-1);
		expect(last?.calls[0]?.args[1]).toEqual({ bytes: mask, shows: "the caller's mask" });
	});
});
