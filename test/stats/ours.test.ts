import { describe, expect, test } from "bun:test";
import { readGroupName, sandboxesOf } from "../../src/stats/ours.ts";

describe("the name of a group", () => {
	test.each([
		["nskit-4242", { name: undefined, pid: 4242 }],
		["nskit-web-4242", { name: "web", pid: 4242 }],
		["nskit-a-b.c_d-7", { name: "a-b.c_d", pid: 7 }],
	])("%s", (directory, read) => expect(readGroupName(directory)).toEqual(read));

	test.each([
		...["nskit", "nskit-", "nskit-0", "nskit-01", "nskit-web", "nskit--1", "nskit-web-", "nskit-12345678"],
		...["xnskit-1", "nskit-1 ", "nskit-we/b-1", "nskit-\n-1", "nskit-1\n", "NSKIT-1", `nskit-${"a".repeat(65)}-1`],
	])("%j is none of ours", (directory) => expect(readGroupName(directory)).toBeUndefined());
});

const mountinfo = [
	"30 24 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755",
	"31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
	"32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
	"33 30 0:29 /box /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
].join("\n");

describe("the sandboxes of a process", () => {
	test("are found in all hierarchies that are mounted", () => {
		const cgroup = "9:name=systemd:/\n4:memory:/a/nskit-web-9\n8:pids:/box/nskit-web-9/inner\n0::/nskit-web-9\n";
		expect(sandboxesOf(cgroup, mountinfo)).toMatchObject([
			{
				name: "web",
				pid: 9,
				directory: "nskit-web-9",
				places: [
					{ controllers: "memory", point: "/sys/fs/cgroup/memory", path: "a/nskit-web-9" },
					{ controllers: "pids", point: "/sys/fs/cgroup/pids", path: "nskit-web-9" },
					{ controllers: "", point: "/sys/fs/cgroup/unified", path: "nskit-web-9" },
				],
			},
		]);
	});

	test("the innermost comes first", () => {
		const found = sandboxesOf("0::/nskit-9/x/nskit-10\n4:memory:/nskit-9\n", mountinfo);
		expect(found.map(({ pid, places }) => [pid, places.length])).toEqual([
			[10, 1],
			[9, 2],
		]);
	});

	test.each([
		"0::/\n",
		"0::/user.slice/nskit-x\n",
		"0::/../nskit-9\n",
		"0::/a/../nskit-9\n",
		"7:blkio:/nskit-9\n",
		"8:pids:/nskit-9\n",
		"0:nskit-9\n",
		"",
	])("%j is in none", (cgroup) => expect(sandboxesOf(cgroup, mountinfo)).toEqual([]));
});
