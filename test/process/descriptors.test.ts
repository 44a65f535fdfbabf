import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Step } from "../../src/plan/types.ts";
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

	test("puts what is passed on in its place, and closes everything else", () => {
		const passed = [
			{ from: 9, to: 4 },
			{ from: 7, to: 7 },
			{ from: 8, to: 0 },
		];
		expect(lines({ held: [9, 7, 8], passed })).toEqual([
			...["start: close_range(3, 6, 0)", "start: close_range(10, ~0U, 0)"],
			...["descriptors: dup3(9, 4, 0)", "descriptors: dup3(8, 0, 0)"],
			...["descriptors: close_range(3, 3, 0)", "descriptors: close_range(5, 6, 0)"],
			"descriptors: close_range(8, ~0U, 0)",
		]);
	});

	test("copies first when one that is passed on takes the place of another", () => {
		const passed = [
			{ from: 3, to: 4 },
			{ from: 4, to: 3 },
		];
		expect(lines({ held: [3, 4], passed }).slice(1)).toEqual([
			"descriptors: fcntl(3, F_DUPFD_CLOEXEC, 5) = $passed.4",
			"descriptors: fcntl(4, F_DUPFD_CLOEXEC, 5) = $passed.3",
			"descriptors: dup3($passed.4, 4, 0)",
			"descriptors: dup3($passed.3, 3, 0)",
			"descriptors: close_range(5, ~0U, 0)",
		]);
	});

	test("gives the command exactly what is passed on, for any set", () => {
		const pass = fc.record({ from: fc.nat(12), to: fc.nat(12) });
		fc.assert(
			fc.property(fc.uniqueArray(pass, { selector: ({ to }) => to, maxLength: 8 }), (passed) => {
				const held = passed.map(({ from }) => from);
				const open = new Map(Array.from({ length: 13 }, (_, fd) => [fd, `file ${fd}`]));
				carryOut(descriptors().steps({ ...context, held, passed }), open);
				const expected = new Map([0, 1, 2].map((fd) => [fd, `file ${fd}`]));
				for (const { from, to } of passed) expected.set(to, `file ${from}`);
				expect([...open].toSorted(([a], [b]) => a - b)).toEqual([...expected].toSorted(([a], [b]) => a - b));
			}),
		);
	});
});

/** Does what the calls of these steps do, to a table of open files. */
function carryOut(steps: readonly Step[], open: Map<number, string>): void {
	const results = new Map<string, number>();
	for (const { name, args, result } of steps.flatMap(({ calls }) => calls)) {
		const [a = 0, b = 0, c = 0] = args.map((arg) =>
			typeof arg === "number" ? arg : arg && typeof arg === "object" && "ref" in arg ? (results.get(arg.ref) ?? -1) : 0,
		);
		if (name === "close_range") {
			for (const fd of [...open.keys()]) if (fd >= a && fd <= b) open.delete(fd);
			continue;
		}
		const file = open.get(a);
		if (file === undefined || (name === "dup3" && a === b)) throw new Error(`${name}(${a}, ${b}) fails`);
		let to = name === "dup3" ? b : c;
		if (name === "fcntl") while (open.has(to)) to++;
		open.set(to, file);
		if (result !== undefined) results.set(result, to);
	}
}
