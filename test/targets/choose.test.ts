import { describe, expect, test } from "bun:test";
import { chooseJoins } from "../../src/targets/choose.ts";
import { joinFragments } from "../../src/targets/fragments.ts";
import { groupFiles } from "../../src/targets/groups.ts";
import { effectiveIds, idInside } from "../../src/targets/ids.ts";
import { context } from "../plan/fixtures.ts";

describe("what is joined of a target", () => {
	const own = { user: { inode: 1 }, net: { inode: 2 }, uts: { inode: 3 } };
	const target = {
		label: "web",
		pidfd: 7,
		namespaces: { user: { inode: 1 }, net: { inode: 20 }, uts: { inode: 30, fd: 9 } },
	};

	test("is what the caller is not in, by file or by process", () => {
		expect(chooseJoins(target, own)).toEqual({ joins: { net: { pidfd: 7 }, uts: { fd: 9 } }, problems: [] });
		expect(chooseJoins(target, own, { kinds: ["user", "uts"] }).joins).toEqual({ uts: { fd: 9 } });
		expect(chooseJoins(target, own, { without: ["uts"] }).joins).toEqual({ net: { pidfd: 7 } });
	});

	test("has to be there when it is named", () => {
		const { problems } = chooseJoins(target, own, { kinds: ["pid"] });
		expect(problems).toMatchObject([{ code: "TARGET_LACKS", hint: "it leads to user, net, uts" }]);
	});

	test("becomes a module each, and who keeps the credentials does nothing about them", () => {
		const made = joinFragments({ uts: { fd: 9 }, user: { pidfd: 7 } });
		expect(made.map(({ namespace }) => namespace)).toMatchObject([
			{ kind: "user" },
			{ kind: "uts", target: { fd: 9 } },
		]);
		const [kept] = joinFragments({ user: { pidfd: 7 } }, { keepCredentials: true });
		expect(kept?.steps({ ...context, joins: new Set(["user"]) })).toEqual([]);
	});
});

describe("the control groups of a target", () => {
	const mounts = [
		"30 1 0:1 / /sys/fs/cgroup/unified rw - cgroup2 none rw",
		"31 1 0:2 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup none rw,cpu,cpuacct",
		"32 1 0:3 /box /mnt/my\\040groups rw - cgroup none rw,xattr,name=systemd",
		"",
	].join("\n");
	const files = (theirs: string, own = "") => groupFiles("web", theirs, own, mounts);

	test("are found where they are mounted, and those of the caller are left out", () => {
		expect(files("1:cpu,cpuacct:/a\n0::/b:c\n", "0::/x\n").files).toEqual([
			"/sys/fs/cgroup/cpu,cpuacct/a/cgroup.procs",
			"/sys/fs/cgroup/unified/b:c/cgroup.procs",
		]);
		expect(files("0::/same\n", "0::/same\n")).toEqual({ files: [], problems: [] });
		expect(files("5:name=systemd:/box/in\n").files).toEqual(["/mnt/my groups/in/cgroup.procs"]);
	});

	test.each(["5:name=systemd:/boxes\n", "0::/../x\n", "7:memory:/a\n"])("are not to be seen: %p", (theirs) => {
		expect(files(theirs).problems).toMatchObject([{ code: "CGROUP_UNSEEN" }]);
	});
});

describe("the ids of a target", () => {
	test("are the effective ones, as they are inside", () => {
		expect(effectiveIds("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n")).toEqual({ uid: 2, gid: 6 });
		const map = "         0       1000          1\n       100     100000      65536\n";
		expect([1000, 100005, 999, 165536].map((id) => idInside(id, map))).toEqual([0, 105, undefined, undefined]);
		expect(idInside(0, "")).toBeUndefined();
	});
});
