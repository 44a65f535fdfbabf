import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { pathProblems, ruleProblems } from "../../src/mounts/problems.ts";
import type { MountRule } from "../../src/mounts/rules.ts";
import { context } from "../plan/fixtures.ts";
import { anyRule } from "./arbitrary.ts";

const codes = (...rules: MountRule[]): string[] => ruleProblems(rules, context).map(({ code }) => code);
const tmpfs = (more: Partial<Extract<MountRule, { type: "tmpfs" }>>): MountRule => ({
	type: "tmpfs",
	target: "/t",
	...more,
});

describe("`pathProblems`", () => {
	test("takes any bytes but none, NUL, and more than the kernel does", () => {
		const found = (path: string) => pathProblems("path", path).map(({ code }) => code);
		expect(["/", "a", "--", " ", "/\n", "/é", "x".repeat(4095)].flatMap(found)).toEqual([]);
		expect([found(""), found("/a\0b"), found("x".repeat(4096))]).toEqual([
			["PATH_EMPTY"],
			["PATH_WITH_NUL"],
			["PATH_TOO_LONG"],
		]);
	});
});

describe("`ruleProblems`", () => {
	test("takes the root for what is made read-only first of all, and for no other rule", () => {
		const whole: MountRule = { type: "read-only", target: "/" };
		expect(codes(whole, tmpfs({}))).toEqual([]);
		expect(codes(tmpfs({}), whole)).toEqual(["TARGET_IS_ROOT"]);
		expect(codes({ type: "mask", target: "/" })).toEqual(["TARGET_IS_ROOT"]);
	});

	test("finds nothing wrong with rules as they should be", () => {
		const idmapped = (rule: MountRule) => rule.type === "bind" && rule.idmap;
		fc.assert(
			fc.property(fc.array(anyRule.filter((rule) => !idmapped(rule))), (rules) => expect(codes(...rules)).toEqual([])),
		);
		expect(codes({ type: "remount", target: "/" }, { type: "remount", target: "//./" })).toEqual([]);
	});

	test("says one thing of each path that is wrong", () => {
		expect(codes({ type: "bind", source: "", target: "" })).toEqual(["PATH_EMPTY"]);
		expect(codes({ type: "bind", source: "/a", target: "" })).toEqual(["PATH_EMPTY"]);
		expect(codes({ type: "bind", source: "", target: "b" })).toEqual(["PATH_EMPTY", "TARGET_NOT_ABSOLUTE"]);
		for (const target of ["/", "//", "/.", "/./"]) expect(codes(tmpfs({ target }))).toEqual(["TARGET_IS_ROOT"]);
		for (const target of ["/..", "/a/..", "/a/../b"]) expect(codes(tmpfs({ target }))).toContain("TARGET_WITH_DOTS");
		expect(codes(tmpfs({ target: "/..a/b.." }))).toEqual([]);
		expect(codes({ type: "overlay", lower: [""], target: "/o", writes: { keep: "" } })).toEqual([
			"PATH_EMPTY",
			"PATH_EMPTY",
		]);
	});

	test("takes sizes as tmpfs does, but for none and for no limit", () => {
		for (const size of [1, 4096, "1", "64k", "64K", "2M", "1g", "1T", "10%"])
			expect([size, codes(tmpfs({ size }))]).toEqual([size, []]);
		for (const size of [
			0,
			-1,
			1.5,
			Number.NaN,
			"",
			"0",
			"00k",
			"k",
			"1kb",
			"1 M",
			"-1",
			"0x10",
			"1e3",
			"99999999999999999999",
			"1,mode=777",
		])
			for (const rule of [tmpfs({ size }), { type: "dev", target: "/dev", size } as const])
				expect([size, codes(rule)]).toEqual([size, ["SIZE_INVALID"]]);
	});

	test("takes modes up to 7777 and ids up to the last but one", () => {
		for (const mode of [0, 0o7777]) expect(codes(tmpfs({ mode }))).toEqual([]);
		for (const mode of [-1, 0o10000, 1.5, Number.NaN]) expect(codes(tmpfs({ mode }))).toEqual(["MODE_INVALID"]);
		const owned = (uid: number): MountRule => ({ type: "directory", target: "/d", uid });
		for (const uid of [0, 4294967294]) expect(codes(owned(uid))).toEqual([]);
		for (const uid of [-1, 4294967295, 0.5]) expect(codes(owned(uid))).toEqual(["ID_INVALID"]);
	});

	test("finds everything that is wrong at once, in the order of the rules", () => {
		expect(codes(tmpfs({ size: "x", mode: -1 }), { type: "symlink", to: "", target: "l" })).toEqual([
			...["MODE_INVALID", "SIZE_INVALID", "TARGET_NOT_ABSOLUTE", "LINK_INVALID"],
		]);
	});
});
