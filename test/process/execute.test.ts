import { describe, expect, test } from "bun:test";
import { canClone, plan } from "../../src/plan/plan.ts";
import { executeDescriptor } from "../../src/process/execute.ts";
import { heldDescriptors } from "../../src/process/join.ts";
import { passDescriptors } from "../../src/process/pass.ts";
import { forRoot, rootHost, script } from "../plan/fixtures.ts";

const lines = (...fragments: Parameters<typeof plan>[0]) =>
	script(plan(fragments, forRoot)).filter((line) => /close_range|dup3|exec/.test(line));

describe("`executeDescriptor`", () => {
	test("keeps the descriptor behind all others until it is executed", () => {
		expect(heldDescriptors([executeDescriptor(7)])).toEqual([7]);
		expect(lines(executeDescriptor(7))).toEqual([
			...["outer: close_range(3, 6, 0)", "outer: close_range(8, ~0U, 0)", "command: dup3(7, 8, O_CLOEXEC)"],
			...["command: close_range(3, 7, 0)", "command: close_range(9, ~0U, 0)", "command: <exec>"],
		]);
		expect(plan([executeDescriptor(7)], forRoot).executes).toBe(8);
	});

	test("comes before descriptors that are passed on, which may take its number", () => {
		const passes = passDescriptors([
			{ from: 3, to: 7 },
			{ from: 7, to: 9 },
		]);
		const shown = lines(passes, executeDescriptor(7)).filter((line) => line.includes("dup3"));
		expect(shown[0]).toBe("command: dup3(7, 10, O_CLOEXEC)");
		expect(shown.length).toBe(3);
	});

	test("is nothing for a launch out of Bun's memory, and changes no plan without it", () => {
		expect(canClone([executeDescriptor(7)], rootHost)).toBe(false);
		expect(plan([], forRoot)).not.toHaveProperty("executes");
	});
});
