import { describe, expect, test } from "bun:test";
import { lookedAt, withLooks } from "../src/host.ts";
import { rootHost } from "./plan/fixtures.ts";

describe("what is looked at only when somebody asks", () => {
	const facts = () => ({ ...rootHost });

	test("is written down, and whoever has that sees the same", () => {
		const host = withLooks(facts());
		const seen = [host.landlock, host.resolv, host.controlGroups?.(), host.ids?.accountOf(0)];
		const known = JSON.parse(JSON.stringify(lookedAt()));
		expect(Object.keys(known).toSorted()).toEqual(['["account",0]', '["controlGroups"]', '["landlock"]', '["resolv"]']);
		const later = withLooks(facts(), known);
		const again = [later.landlock, later.resolv, later.controlGroups?.(), later.ids?.accountOf(0)];
		expect(JSON.stringify(again)).toBe(JSON.stringify(seen));
	});

	test("is not looked at where the answer is known, also that there is nothing", () => {
		const known = { '["resolv"]': null, '["controlGroups","/x",["pids"]]': { mode: "none" }, '["id","user","x"]': 7 };
		const host = withLooks(facts(), known);
		expect([host.resolv, host.ids?.idOf("user", "x")]).toEqual([undefined, 7]);
		expect(host.controlGroups?.("/x", ["pids"])).toEqual({ mode: "none" } as never);
	});

	test("is no part of the facts' JSON or copies", () => {
		const host = withLooks(facts());
		expect([Object.keys(host), JSON.stringify(host)]).toEqual([Object.keys(facts()), JSON.stringify(facts())]);
	});
});
