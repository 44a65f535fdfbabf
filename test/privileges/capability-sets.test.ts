import { describe, expect, test } from "bun:test";
import { capabilityNames } from "../../src/linux/capabilities.ts";
import type { Context, HostCapabilities } from "../../src/plan/types.ts";
import { askedCapabilities, capabilitySets, setText } from "../../src/privileges/capability-sets.ts";
import { context, hostCapabilities, rootHost, userHost } from "../plan/fixtures.ts";

const all = capabilityNames.map((_, number) => number);
const without = (...numbers: number[]): number[] => all.filter((number) => !numbers.includes(number));

const root = (own: Partial<HostCapabilities> = {}, more: Partial<Context> = {}): Context => ({
	...context,
	host: { ...rootHost, capabilities: { ...hostCapabilities, ...own } },
	...more,
});
const nothing = { effective: "0".repeat(16), permitted: "0".repeat(16) };
const ordinary = (more: Partial<Context> = {}): Context => ({
	...context,
	host: { ...userHost, capabilities: { ...hostCapabilities, ...nothing } },
	...more,
});
const made = { creates: new Set(["user"] as const) };
const maps = (inside: number) => ({
	maps: { uids: [{ inside, outside: 1000, size: 1 }], gids: [], setgroups: "deny", helper: false } as const,
});

describe("`askedCapabilities`", () => {
	test("reads names, all of them, and what is none", () => {
		expect(askedCapabilities()).toEqual({ all: false, numbers: [], unknown: [] });
		expect(askedCapabilities("all")).toEqual({ all: true, numbers: [], unknown: [] });
		expect(askedCapabilities(["ALL", "kill", "x", ""])).toEqual({ all: true, numbers: [5], unknown: ["x", ""] });
	});
});

describe("`capabilitySets`", () => {
	test("changes nothing when nothing is asked for", () => {
		for (const one of [root(), ordinary(), ordinary(made), root({}, made)])
			expect(capabilitySets({}, one)).toMatchObject({ drops: [], ambient: [], changes: false });
	});

	test("drops first, then adds", () => {
		const sets = capabilitySets({ drop: "all", add: ["net_raw"] }, root());
		expect(sets).toMatchObject({ drops: without(13), kept: [13], ambient: [], changes: true, missing: [] });
		expect(capabilitySets({ drop: ["kill"], add: ["kill"] }, root())).toMatchObject({ drops: [], changes: false });
		expect(capabilitySets({ drop: "all", add: "all" }, root())).toMatchObject({ drops: [], kept: all });
		expect(capabilitySets({ add: ["kill"] }, root())).toMatchObject({ drops: [], kept: all, changes: false });
	});

	test("drops from the bounding set only what is in it", () => {
		const less = root({ bounding: "0000000000000003", permitted: "0000000000000007" });
		expect(capabilitySets({ drop: "all" }, less)).toMatchObject({ drops: [0, 1], kept: [], changes: true });
		expect(capabilitySets({ drop: ["fowner"] }, less)).toMatchObject({ drops: [], kept: [0, 1, 2], changes: false });
		expect(capabilitySets({ drop: ["dac_read_search"] }, less)).toMatchObject({
			drops: [],
			kept: [0, 1],
			changes: true,
		});
	});

	test("knows that a user namespace gives all, whatever the caller has, up to the kernel's last", () => {
		expect(capabilitySets({ drop: "all" }, ordinary(made)).drops).toEqual(all);
		expect(capabilitySets({ drop: "all" }, ordinary({ joins: made.creates })).drops).toEqual(all);
		const older = { ...hostCapabilities, last: 37 };
		const newer = { ...hostCapabilities, last: 42 };
		for (const capabilities of [older, newer]) {
			const { drops } = capabilitySets({ drop: "all" }, { ...context, ...made, host: { ...userHost, capabilities } });
			expect(drops).toEqual(Array.from({ length: capabilities.last + 1 }, (_, i) => i));
		}
	});

	test("keeps none for another user, unless asked to", () => {
		const another = root({}, { uid: 1000 });
		expect(capabilitySets({ drop: ["kill"] }, another)).toMatchObject({ kept: [], ambient: [], changes: true });
		expect(capabilitySets({ drop: ["kill"], keep: true }, another)).toMatchObject({
			kept: without(5),
			ambient: without(5),
		});
	});

	test("uses the ambient set only for who is, or may be, no user 0, or whose root is nobody special", () => {
		const ambient = (secureBits: string[], one: Context) =>
			capabilitySets({ keep: true, secureBits }, one).ambient.length;
		expect(ambient([], root())).toBe(0);
		expect(ambient([], root({}, { uid: 0 }))).toBe(0);
		expect(ambient([], ordinary({ ...made, ...maps(0) }))).toBe(0);
		expect(ambient([], ordinary({ ...made, ...maps(7) }))).toBe(41);
		expect(ambient(["noroot"], root())).toBe(41);
		expect(ambient([], ordinary({ joins: made.creates }))).toBe(41);
		expect(ambient([], root({}, { ...made, maps: { ...maps(0).maps, identity: { uid: 5 } } }))).toBe(41);
		expect(ambient([], root({}, { ...made, maps: { ...maps(0).maps, identity: { uid: 0 } } }))).toBe(0);
		expect(ambient([], ordinary())).toBe(0);
	});

	test("takes away what would be inherited", () => {
		expect(capabilitySets({}, root({ inheritable: "0000000000002000" })).changes).toBe(true);
		expect(capabilitySets({}, root({ ambient: "0000000000002000" })).changes).toBe(true);
		expect(capabilitySets({}, root({ inheritable: "0000000000002000" }, made)).changes).toBe(false);
	});

	test("drops CAP_SYS_RESOURCE where no user namespaces may be made", () => {
		const sets = capabilitySets({ disableUserNamespaces: true }, ordinary(made));
		expect(sets).toMatchObject({ drops: [24], kept: without(24), changes: true });
	});

	test("tells what is missing, and what the rest can do", () => {
		expect(capabilitySets({ add: ["kill", "bpf"] }, ordinary()).missing).toEqual([5, 39]);
		expect(capabilitySets({ add: ["kill"] }, root({ bounding: "0000000000000001" })).missing).toEqual([5]);
		expect(capabilitySets({}, root())).toMatchObject({ setsBounding: true, administers: true });
		expect(capabilitySets({ drop: ["sys_admin"] }, root()).administers).toBe(false);
		expect(capabilitySets({}, ordinary())).toMatchObject({ setsBounding: false, administers: false });
	});

	test("takes root at its word where /proc tells nothing", () => {
		expect(capabilitySets({ drop: "all" }, context)).toMatchObject({ drops: all, kept: [], setsBounding: true });
		const unknown = { ...context, host: userHost };
		expect(capabilitySets({ drop: "all" }, unknown)).toMatchObject({ drops: all, setsBounding: false });
	});
});

describe("`setText`", () => {
	test("is as short as can be", () => {
		expect(setText([], 40)).toBe("0");
		expect(setText(all, 40)).toBe("all");
		expect(setText([5, 13], 40)).toBe("CAP_KILL|CAP_NET_RAW");
		expect(setText(without(5, 13), 40)).toBe("all but CAP_KILL|CAP_NET_RAW");
		expect(setText([5, 41], 41)).toBe("CAP_KILL|1<<41");
	});
});
