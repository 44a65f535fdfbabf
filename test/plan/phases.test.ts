import { describe, expect, test } from "bun:test";
import { moduleOrder, type Phase, phaseIndex, phaseRole, phases } from "../../src/plan/phases.ts";

const names = phases.map(([name]) => name);
const before = (...some: Phase[]): void => {
	expect(some.toSorted((a, b) => phaseIndex(a) - phaseIndex(b))).toEqual(some);
};

describe("the phases", () => {
	test("each have a name of their own and a reason of their own", () => {
		expect(new Set(names).size).toBe(phases.length);
		expect(phases.filter(([, , reason]) => !/^\S.{15,}[^.\s]$/.test(reason))).toEqual([]);
		expect(new Set(phases.map(([, , reason]) => reason)).size).toBe(phases.length);
	});

	test("follow each other as the kernel wants it", () => {
		before(
			"stdio",
			"start",
			"background",
			"serve",
			"pty",
			"relay",
			"open",
			"helper",
			"cgroup",
			"join",
			"create",
			"map",
			"outside",
			"stay",
			"clocks",
			"identity",
		);
		before("identity", "hostname", "network", "fork", "supervise", "init", "birth", "death");
		before("death", "sources", "tree", "mounts", "root", "directory", "limits", "attributes", "session");
		before("start", "priority", "cgroup");
		before("session", "credentials", "descriptors", "capabilities", "landlock", "seccomp", "signals", "exec", "clean");
		expect([names[0], names.at(-1)]).toEqual(["stdio", "clean"]);
	});

	test("are run outside until a process is forked, then by the init, then by the command", () => {
		const roles = phases.map(([, who]) => who);
		expect(new Set(roles.slice(0, phaseIndex("init")))).toEqual(new Set(["outer", "relay", "helper"]));
		expect(roles.filter((who) => who === "relay")).toHaveLength(1);
		expect(phaseRole("init")).toBe("init");
		expect(new Set(roles.slice(phaseIndex("birth"), phaseIndex("clean")))).toEqual(new Set(["command"]));
		expect(names.filter((name) => phaseRole(name) === "helper")).toEqual(["outside", "stay", "watch", "clean"]);
	});

	test("`phaseIndex` and `phaseRole` say what the table says", () => {
		expect(names.map(phaseIndex)).toEqual(names.map((_, i) => i));
		expect(names.map(phaseRole)).toEqual(phases.map(([, who]) => who));
	});
});

describe("the order of modules", () => {
	test("names no module twice", () => {
		expect(new Set(moduleOrder).size).toBe(moduleOrder.length);
	});
});
