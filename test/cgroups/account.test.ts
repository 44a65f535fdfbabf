import { describe, expect, test } from "bun:test";
import { withUnlimited } from "../../src/cgroups/account.ts";
import { chooseGroups } from "../../src/cgroups/choose.ts";
import type { ControlGroups, Wanted } from "../../src/cgroups/types.ts";
import { groups, legacy, unified } from "./groups.ts";

const pids: Wanted = { name: "pids", count: 5 };
const chosen = (seen: ControlGroups, wanted: readonly Wanted[], account: boolean) =>
	withUnlimited(chooseGroups(wanted, seen), seen, account).groups.map(({ version, parent, enable }) => [
		version,
		parent,
		enable.join(),
	]);

const old = ["memory", "cpuacct", "cpu", "pids", "blkio", "freezer", "cpuset", "devices"].map((name) => legacy(name));

describe("groups in which nothing is limited", () => {
	test("are none where nothing is limited or counted", () => {
		expect(chosen(groups({ mode: "v1", legacy: old }), [], false)).toEqual([]);
	});

	test("let a sandbox with limits be stopped: by the freezer, or by version 2 where that is there", () => {
		expect(chosen(groups({ mode: "v1", legacy: old }), [pids], false)).toEqual([
			[1, "/v1/pids", ""],
			[1, "/v1/freezer", ""],
		]);
		const hybrid = groups({ mode: "hybrid", legacy: old, unified: [unified("/v2", { controllers: [] })] });
		expect(chosen(hybrid, [pids], false)).toEqual([
			[1, "/v1/pids", ""],
			[2, "/v2", ""],
		]);
	});

	test("count in every hierarchy that counts, once in each", () => {
		expect(chosen(groups({ mode: "v1", legacy: old }), [pids], true)).toEqual(
			["pids", "memory", "cpuacct", "blkio", "freezer"].map((name) => [1, `/v1/${name}`, ""]),
		);
	});

	test("are not where the caller may make none, and never move anybody", () => {
		const closed = old.map((one) => ({ ...one, writable: false }));
		expect(chosen(groups({ mode: "v1", legacy: closed }), [], true)).toEqual([]);
		const alone = unified("/v2", { processes: "caller", enabled: [] });
		expect(chosen(groups({ mode: "v2", unified: [alone] }), [], true)).toEqual([[2, "/v2", ""]]);
		const free = unified("/v2", { processes: "none", enabled: [] });
		expect(chosen(groups({ mode: "v2", unified: [free] }), [], true)).toEqual([[2, "/v2", "memory,pids,cpu,io"]]);
	});
});
