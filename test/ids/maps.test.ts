import { describe, expect, test } from "bun:test";
import { resolved } from "../../src/ids/maps.ts";
import { remembered } from "../../src/ids/remember.ts";
import type { UserOptions } from "../../src/namespaces/user.ts";
import { user } from "../../src/namespaces/user.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Host } from "../../src/plan/types.ts";
import { command, hostCapabilities, rootHost, texts, userHost } from "../plan/fixtures.ts";
import { fakeSight, type Known } from "./fixtures.ts";

const range = (inside: number, outside: number, size: number) => ({ inside, outside, size });
const span = (first: number, count: number) => ({ first, count });
const ann: Known = {
	idOf: { user: { ann: 1000, bob: 1001 }, group: { staff: 50 } },
	accounts: { 1000: { name: "ann", gid: 100 }, 1001: { name: "bob", gid: 101 } },
	subuids: [span(100_000, 65_536)],
	subgids: [span(200_000, 10), span(300_000, 5)],
	program: { path: "/bin/new" },
};
const asAnn: Host = { ...userHost, ids: fakeSight(ann) };
const asRoot: Host = { ...rootHost, ids: fakeSight(ann) };
const mapsOf = (options: UserOptions, host = asAnn) => {
	const { maps, problems } = resolved(options, host);
	expect(problems).toEqual([]);
	return maps;
};
const codesOf = (options: UserOptions, host = asAnn) => resolved(options, host).problems.map(({ code }) => code);

describe("the map `auto`", () => {
	test("is the caller as 0 and all subordinate ids from 1 on, by the programs", () => {
		expect(mapsOf({ map: "auto" })).toEqual({
			uids: [range(0, 1000, 1), range(1, 100_000, 65_536)],
			gids: [range(0, 100, 1), range(1, 200_000, 10), range(11, 300_000, 5)],
			...{ setgroups: "allow", helper: true, identity: undefined, owner: undefined },
			programs: { user: "/bin/new", group: "/bin/new" },
		});
	});

	test("has no id twice where lines overlap, or hold the own one", () => {
		const ids = fakeSight({ ...ann, subuids: [span(998, 5), span(1000, 10)] });
		const { uids } = mapsOf({ map: "auto" }, { ...asAnn, ids });
		expect(uids).toEqual([range(0, 1000, 1), range(1, 998, 2), range(3, 1001, 9)]);
	});

	test("of root are those of root, else of nskit, else of containers", () => {
		for (const owner of ["nskit", "containers"]) {
			const ids = fakeSight({ ...ann, owner });
			const maps = mapsOf({ map: "auto" }, { ...asRoot, ids });
			expect(maps.uids).toEqual([range(0, 0, 1), range(1, 100_000, 65_536)]);
			expect(maps.programs).toBeUndefined();
		}
		expect(codesOf({ map: "auto" }, { ...asRoot, ids: fakeSight({ ...ann, owner: "ann" }) })).toEqual([
			...["SUBIDS_MISSING", "SUBIDS_MISSING"],
		]);
	});

	test("means the owner's, where there is another", () => {
		const maps = mapsOf({ map: "auto", owner: "bob" }, asRoot);
		expect(maps).toMatchObject({ uids: [range(0, 1001, 1), {}], owner: { uid: 1001, gid: 101 }, helper: true });
	});
});

describe("words and names", () => {
	test("`subids` are the own ids and the subordinate ones as themselves", () => {
		expect(mapsOf({ map: "subids" }).uids).toEqual([range(1000, 1000, 1), range(100_000, 100_000, 65_536)]);
	});

	test("`all` are the ids of the caller's namespace", () => {
		const ids = fakeSight({ ...ann, known: [span(0, 1), span(1, 99), span(200, 5)] });
		expect(mapsOf({ map: "all" }, { ...asRoot, ids }).uids).toEqual([range(0, 0, 100), range(200, 200, 5)]);
	});

	test("`auto` in a list takes the ids that others leave, in the places that they leave", () => {
		expect(mapsOf({ uids: ["auto", range(2, 100_003, 2)] }).uids).toEqual([
			...[range(0, 100_000, 2), range(2, 100_003, 2), range(4, 100_002, 1), range(5, 100_005, 65_531)],
		]);
	});

	test("names are numbers", () => {
		expect(mapsOf({ map: { uid: "ann", gid: "staff" } }).uids).toEqual([range(1000, 1000, 1)]);
		expect(mapsOf({ map: { uid: "bob" } }).gids).toEqual([range(101, 100, 1)]);
		const maps = mapsOf({ uids: [{ inside: 0, outside: "bob", size: 1 }] }, asRoot);
		expect(maps).toMatchObject({ uids: [range(0, 1001, 1)], identity: { uid: 0 } });
	});

	test("an unknown name is told once", () => {
		expect(codesOf({ uids: [{ inside: "eve", outside: "eve", size: 1 }] })).toEqual(["NAME_UNKNOWN"]);
	});
});

describe("who writes", () => {
	test("ranges that join with the own id are taken apart for the programs, and joined for root", () => {
		const ids = fakeSight({ ...ann, subuids: [span(998, 2), span(1001, 4)] });
		const options: UserOptions = { uids: [range(0, 998, 7)] };
		expect(mapsOf(options, { ...asAnn, ids }).uids).toEqual([range(0, 998, 2), range(2, 1000, 1), range(3, 1001, 4)]);
		expect(mapsOf({ uids: [range(2, 2, 3), range(0, 0, 2)] }, asRoot).uids).toEqual([range(0, 0, 5)]);
	});

	test("setgroups is denied where no other group is mapped, and may be where one is", () => {
		expect(mapsOf({ uids: ["auto"], gids: [range(0, 100, 1)] }).setgroups).toBe("deny");
		expect(mapsOf({ map: "auto", setgroups: "deny" }).setgroups).toBe("deny");
		expect(mapsOf({ map: "auto", setgroups: "allow" }).setgroups).toBe("allow");
		expect(codesOf({ uids: ["auto"], gids: [range(0, 100, 1)], setgroups: "allow" })).toEqual([
			"SETGROUPS_NEEDS_PRIVILEGE",
		]);
	});

	test("it is root where CAP_SETUID and CAP_SETGID are there, whatever else is", () => {
		const with_ = (effective: string): Host => ({ ...asAnn, capabilities: { ...hostCapabilities, effective } });
		expect(mapsOf({ uids: [range(0, 5, 1)] }, with_("00000000000000c0")).programs).toBeUndefined();
		expect(codesOf({ uids: [range(0, 5, 1)] }, with_("0000000000000080"))).toEqual(["SUBIDS_NOT_OWNED"]);
	});

	test("every range that is not owned is told with the line that is missing", () => {
		const { problems } = resolved({ uids: [range(0, 5, 2), range(9, 165_530, 8)], gids: [range(0, 6, 1)] }, asAnn);
		expect(problems.map(({ message }) => message)).toEqual([
			"the user range 0:5:2: /etc/subuid has no line ann:5:2",
			"the user range 9:165530:8: /etc/subuid has no line ann:165536:2",
			"the group range 0:6:1: /etc/subgid has no line ann:6:1",
		]);
		// Nobody is told to give root's id away.
		expect(problems.map(({ hint = "" }) => hint.includes("usermod --add"))).toEqual([false, true, false]);
	});

	test("both programs that are missing are one problem, which names the package", () => {
		const { program: _, ...bare } = ann;
		const { problems } = resolved({ map: "auto" }, { ...asAnn, ids: fakeSight(bare) });
		expect(problems).toHaveLength(1);
		expect(problems[0]?.message).toContain("newuidmap and newgidmap");
		expect(problems[0]?.hint).toContain("package uidmap");
	});

	test("who has no name is told so", () => {
		const ids = fakeSight({ ...ann, accounts: {} });
		expect(codesOf({ uids: [range(0, 5, 1)] }, { ...asAnn, ids })).toEqual(["MAP_NEEDS_PRIVILEGE"]);
	});
});

describe("the steps", () => {
	const steps = (options: UserOptions, host: Host) => plan([user(options)], { host, command }).steps;
	const done = (options: UserOptions, host: Host) =>
		steps(options, host).flatMap(({ who, calls }) => texts(calls).map((text) => `${who} ${text}`));

	test("of an ordinary user let the programs write, with the number that is only known by then", () => {
		const lines = done({ map: "auto", setgroups: "deny" }, asAnn).filter((line) => /setgroups|execve/.test(line));
		expect(lines).toEqual([
			'helper openat($proc, "setgroups", O_WRONLY|O_CLOEXEC) = $file',
			'helper execve("/bin/new", ["newgidmap", "$self", "0", "100", "1", "1", "200000", "10", "11", "300000", "5"], ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]) = $newgidmap.status',
			'helper execve("/bin/new", ["newuidmap", "$self", "0", "1000", "1", "1", "100000", "65536"], ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]) = $newuidmap.status',
		]);
	});

	test("drop groups inside where they could not be dropped before", () => {
		const lines = done({ uids: ["auto"], gids: ["auto"] }, asAnn).filter((line) => /set(groups|res)/.test(line));
		expect(lines).toEqual(["outer setgroups(0, NULL)", "outer setresgid(0, 0, 0)", "outer setresuid(0, 0, 0)"]);
	});

	test("become the owner right before the namespace is made, and nobody traces them from then on", () => {
		const all = done({ owner: "bob" }, asRoot);
		const at = all.findIndex((line) => line.includes("unshare"));
		expect(all.slice(at - 4, at)).toEqual([
			"outer setgroups(0, NULL)",
			"outer setresgid(101, 101, 101)",
			"outer setresuid(1001, 1001, 1001)",
			"outer prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
		]);
	});

	test("of maps that another writes write none", () => {
		const all = done({ map: "extern", blockFd: 5 }, asAnn);
		expect(all.filter((line) => line.includes("_map"))).toEqual([]);
		expect(all).toContain("outer fcntl(5, F_DUPFD_CLOEXEC, 3) = $map.block");
	});
});

test("`remembered` asks each question by what it is about, and looks only where that is wanted", () => {
	const questions: unknown[] = [];
	const ask = <T>(question: readonly unknown[], look: () => T): T => {
		questions.push(question);
		return look();
	};
	const sight = remembered({ ...fakeSight(ann), idOf: () => 7 }, ask);
	expect([sight.idOf("user", "x"), sight.accountOf(5)]).toEqual([7, undefined]);
	sight.subids("group", { name: "ann" });
	expect(questions).toEqual([
		["id", "user", "x"],
		["account", 5],
		["subids", "group", "ann", null],
	]);
});
