import { describe, expect, test } from "bun:test";
import { canClone, plan } from "../../src/plan/plan.ts";
import { heldDescriptors } from "../../src/process/join.ts";
import { passDescriptors } from "../../src/process/pass.ts";
import { forRoot, rootHost, script } from "../plan/fixtures.ts";

const fragment = passDescriptors([{ from: 7, to: 5 }]);

describe("`passDescriptors`", () => {
	test("keeps the descriptor until it is in its place", () => {
		expect(heldDescriptors([fragment])).toEqual([7]);
		expect(script(plan([fragment], forRoot)).filter((line) => /close_range|dup3/.test(line))).toEqual([
			...["outer: close_range(3, 6, 0)", "outer: close_range(8, ~0U, 0)", "command: dup3(7, 5, 0)"],
			...["command: close_range(3, 4, 0)", "command: close_range(6, ~0U, 0)"],
		]);
	});

	test("is nothing for a launch out of Bun's memory", () => {
		expect(canClone([fragment], rootHost)).toBe(false);
	});
});
