import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { closeAllBut, descriptors } from "../../src/process/descriptors.ts";
import { context, texts } from "../plan/fixtures.ts";

describe("`closeAllBut`", () => {
	test("closes everything from 3 on, but for what is kept", () => {
		const closed = (...kept: number[]) => texts(closeAllBut(kept));
		expect(closed()).toEqual(["close_range(3, ~0U, 0)"]);
		expect(closed(3)).toEqual(["close_range(4, ~0U, 0)"]);
		expect(closed(5)).toEqual(["close_range(3, 4, 0)", "close_range(6, ~0U, 0)"]);
		expect(closed(7, 5, 7)).toEqual(["close_range(3, 4, 0)", "close_range(6, 6, 0)", "close_range(8, ~0U, 0)"]);
		expect(closed(4, 3)).toEqual(["close_range(5, ~0U, 0)"]);
		expect(closed(0, 2)).toEqual(["close_range(3, ~0U, 0)"]);
	});

	test("closes exactly the descriptors that are not kept, for any set", () => {
		fc.assert(
			fc.property(fc.array(fc.nat(40)), (kept) => {
				const ranges = closeAllBut(kept).map(({ args: [first, last] }) => [Number(first), Number(last)] as const);
				const isClosed = (fd: number) => ranges.filter(([first, last]) => fd >= first && fd <= last).length;
				const all = Array.from({ length: 60 }, (_, fd) => fd);
				expect(all.map(isClosed)).toEqual(all.map((fd) => (fd >= 3 && !kept.includes(fd) ? 1 : 0)));
				expect(ranges.filter(([first, last]) => first > last)).toEqual([]);
				expect(ranges.at(-1)?.[1]).toBe(0xffffffff);
			}),
		);
	});
});

describe("`descriptors`", () => {
	const lines = (more: Partial<typeof context>) =>
		descriptors()
			.steps({ ...context, ...more })
			.flatMap(({ phase, calls }) => texts(calls).map((text) => `${phase}: ${text}`));

	test("closes first what nobody needs, and before the command everything", () => {
		expect(lines({ held: [9] })).toEqual([
			"start: close_range(3, 8, 0)",
			"start: close_range(10, ~0U, 0)",
			"descriptors: close_range(3, ~0U, 0)",
		]);
	});

	test("keeps the channel, which closes itself when the command is executed", () => {
		expect(lines({ channel: 3 })).toEqual([
			"start: fcntl(3, F_SETFD, FD_CLOEXEC)",
			"start: close_range(4, ~0U, 0)",
			"descriptors: close_range(4, ~0U, 0)",
		]);
	});

	test("closes only once in borrowed memory, where no other process of ours is started", () => {
		expect(lines({ launch: "clone" })).toEqual(["descriptors: close_range(3, ~0U, 0)"]);
	});
});
