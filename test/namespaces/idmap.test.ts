import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type IdRange, mapLines, mapProblems, type ResolvedMaps, resolveMaps } from "../../src/namespaces/idmap.ts";
import type { UserOptions } from "../../src/namespaces/user.ts";
import type { Host } from "../../src/plan/types.ts";
import { rootHost, userHost } from "../plan/fixtures.ts";

const range = (inside: number, outside: number, size = 1): IdRange => ({ inside, outside, size });
const [own, ownGroup] = [[range(0, 0)], [range(0, 0)]];

/** What was asked for, by whom, and what the kernel will be told. */
const table: readonly [string, UserOptions, Host, ResolvedMaps][] = [
	["nothing, by root", {}, rootHost, { uids: own, gids: ownGroup, setgroups: "deny", helper: false }],
	[
		...(["nothing, by an ordinary user", {}, userHost] as const),
		{ uids: [range(0, 1000)], gids: [range(0, 100)], setgroups: "deny", helper: false },
	],
	[
		...(["self", { map: "self" }, userHost] as const),
		{ uids: [range(1000, 1000)], gids: [range(100, 100)], setgroups: "deny", helper: false },
	],
	["none", { map: "none" }, userHost, { uids: [], gids: [], setgroups: "deny", helper: false }],
	["none, by root", { map: "none" }, rootHost, { uids: [], gids: [], setgroups: "deny", helper: false }],
	[
		...(["an id, which is the group's too", { map: { uid: 7 } }, userHost] as const),
		{ uids: [range(7, 1000)], gids: [range(7, 100)], setgroups: "deny", helper: false },
	],
	[
		...(["an id and a group", { map: { uid: 7, gid: 8 } }, rootHost] as const),
		{ uids: [range(7, 0)], gids: [range(8, 0)], setgroups: "deny", helper: false },
	],
	[
		...(["setgroups allowed, by root", { setgroups: "allow" }, rootHost] as const),
		{ uids: own, gids: ownGroup, setgroups: "allow", helper: true },
	],
	[
		...(["setgroups allowed without groups", { map: "none", setgroups: "allow" }, rootHost] as const),
		{ uids: [], gids: [], setgroups: "allow", helper: false },
	],
	[
		...(["users only, which leaves groups unmapped", { uids: [range(5, 1000)] }, userHost] as const),
		{ uids: [range(5, 1000)], gids: [], setgroups: "deny", helper: false },
	],
	[
		...(["groups only, which leaves users unmapped", { gids: [range(5, 100)] }, userHost] as const),
		{ uids: [], gids: [range(5, 100)], setgroups: "deny", helper: false },
	],
	[
		...([
			"ranges instead of a map",
			{ map: "self", uids: [range(0, 0, 10)], gids: [range(0, 0, 10)] },
			rootHost,
		] as const),
		{ uids: [range(0, 0, 10)], gids: [range(0, 0, 10)], setgroups: "allow", helper: true },
	],
	[
		...([
			"ranges with setgroups denied",
			{ uids: [range(0, 0, 2)], gids: [range(3, 0)], setgroups: "deny" },
			rootHost,
		] as const),
		{ uids: [range(0, 0, 2)], gids: [range(3, 0)], setgroups: "deny", helper: true },
	],
	[
		...([
			"another user, whose root one becomes",
			{ uids: [range(0, 1001)], gids: [range(0, 1001)] },
			rootHost,
		] as const),
		{
			...{ uids: [range(0, 1001)], gids: [range(0, 1001)], setgroups: "allow", helper: true },
			identity: { uid: 0, gid: 0 },
		},
	],
	[
		...([
			"other users without a root: the lowest is taken",
			{ uids: [range(7, 1001), range(3, 2000)] },
			rootHost,
		] as const),
		{
			...{ uids: [range(3, 2000), range(7, 1001)], gids: [], setgroups: "allow", helper: true },
			identity: { uid: 3, gid: undefined },
		},
	],
	[
		...(["root in a later range", { gids: [range(7, 1001), range(0, 2000, 5)] }, rootHost] as const),
		{
			...{ uids: [], gids: [range(0, 2000, 5), range(7, 1001)], setgroups: "allow", helper: true },
			identity: { uid: undefined, gid: 0 },
		},
	],
];

describe("`resolveMaps`", () => {
	for (const [what, options, host, maps] of table) {
		test(`answers to ${what}`, () => {
			expect(resolveMaps(options, host)).toEqual(maps);
		});
	}

	test("lets nobody change identity whose own id is mapped", () => {
		const host = fc.record({ uid: fc.nat(50), gid: fc.nat(50) }).map((ids) => ({ ...rootHost, ...ids }));
		fc.assert(
			fc.property(ranges, host, (uids, one) => {
				const mapped = uids.some(({ outside, size }) => one.uid >= outside && one.uid < outside + size);
				const { identity } = resolveMaps({ uids }, one);
				expect(identity?.uid !== undefined).toBe(uids.length > 0 && !mapped);
				const inside = identity?.uid ?? uids[0]?.inside ?? 0;
				expect(
					uids.length === 0 || uids.some((range) => inside >= range.inside && inside < range.inside + range.size),
				).toBe(true);
			}),
		);
	});
});

describe("`mapLines`", () => {
	test("has a line for each range", () => {
		expect(mapLines([range(0, 1001), range(1, 100000, 65536)])).toBe("0 1001 1\n1 100000 65536\n");
		expect(mapLines([])).toBe("");
	});
});

const ranges = fc.array(fc.record({ inside: fc.nat(50), outside: fc.nat(50), size: fc.integer({ min: 1, max: 12 }) }), {
	maxLength: 6,
});

describe("`mapProblems`", () => {
	/** Whether an id is in two ranges, found by looking at every id. */
	function overlaps(side: "inside" | "outside", all: readonly IdRange[]): boolean {
		const ids = all.flatMap((one) => Array.from({ length: one.size }, (_, i) => one[side] + i));
		return new Set(ids).size < ids.length;
	}

	test("finds an overlap on either side exactly where two ranges share an id", () => {
		const found = (options: UserOptions, what: string, side: string) =>
			mapProblems(options, rootHost).some(
				({ code, message }) => code === "MAP_OVERLAP" && message.startsWith(`the ${what} `) && message.endsWith(side),
			);
		let both = 0;
		fc.assert(
			fc.property(ranges, ranges, (uids, gids) => {
				for (const side of ["inside", "outside"] as const) {
					expect(found({ uids, gids }, "user", side)).toBe(overlaps(side, uids));
					expect(found({ uids, gids }, "group", side)).toBe(overlaps(side, gids));
				}
				if (overlaps("inside", uids) && !overlaps("outside", uids)) both++;
			}),
			{ numRuns: 500 },
		);
		expect(both).toBeGreaterThan(10);
	});

	test("takes every range up to the last id, and none beyond it", () => {
		const id = fc.integer({ min: 0, max: 4294967296 });
		fc.assert(
			fc.property(id, id, id, (inside, outside, size) => {
				const codes = mapProblems({ uids: [{ inside, outside, size }] }, rootHost).map(({ code }) => code);
				const fits = inside + size <= 4294967295 && outside + size <= 4294967295;
				expect(codes).toEqual(size === 0 ? ["MAP_EMPTY"] : fits ? [] : ["MAP_OVERFLOW"]);
			}),
			{
				examples: [
					[0, 0, 4294967295],
					[4294967294, 0, 1],
					[4294967295, 0, 1],
					[0, 4294967295, 1],
					[0, 0, 4294967296],
				],
			},
		);
	});

	test("lets an ordinary user map the own ids only, one each, and deny setgroups only", () => {
		const codes = (options: UserOptions) => mapProblems(options, userHost).map(({ code }) => code);
		expect(codes({ map: "root" })).toEqual([]);
		expect(codes({ uids: [range(5, 1000)], gids: [range(6, 100)] })).toEqual([]);
		expect(codes({ uids: [range(5, 1000)], gids: [range(6, 101)] })).toEqual(["MAP_NEEDS_PRIVILEGE"]);
		expect(codes({ uids: [range(0, 1000, 2)] })).toEqual(["MAP_NEEDS_PRIVILEGE"]);
		expect(codes({ uids: [range(0, 1000), range(1, 1001)] })).toEqual(["MAP_NEEDS_PRIVILEGE"]);
		expect(codes({ setgroups: "allow" })).toEqual(["SETGROUPS_NEEDS_PRIVILEGE"]);
		expect(codes({ uids: [range(0, 0)], setgroups: "allow" })).toEqual([
			...["SETGROUPS_NEEDS_PRIVILEGE", "MAP_NEEDS_PRIVILEGE"],
		]);
	});

	test("says nothing of a namespace that is joined or left alone", () => {
		const uids = [range(0, 0, 0)];
		expect(mapProblems({ uids }, rootHost)).toHaveLength(1);
		expect(mapProblems({ uids, join: 7 }, rootHost)).toEqual([]);
		expect(mapProblems({ uids, create: false }, rootHost)).toEqual([]);
	});

	test("names every bad range, and how one is written", () => {
		const bad = [range(-1, 0), range(0, 0.5), range(1, 1, 0), range(4294967295, 2)];
		expect(mapProblems({ uids: bad }, rootHost)).toEqual([
			{ code: "MAP_NOT_NUMBERS", message: "the user range -1:0:1 is not made of whole numbers from 0 on", hint },
			{ code: "MAP_NOT_NUMBERS", message: "the user range 0:0.5:1 is not made of whole numbers from 0 on", hint },
			{ code: "MAP_EMPTY", message: "the user range 1:1:0 has no ids", hint },
			{ code: "MAP_OVERFLOW", message: "the user range 4294967295:2:1 goes beyond the last id, 4294967294", hint },
			{ code: "MAP_OVERLAP", message: "the user ranges -1:0:1 and 0:0.5:1 overlap outside", hint },
		]);
	});
});

const hint = "each range is INSIDE:OUTSIDE:SIZE";
