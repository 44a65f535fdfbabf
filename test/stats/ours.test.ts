import { describe, expect, test } from "bun:test";
import { sandboxesOf } from "../../src/stats/ours.ts";

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
		"0::/nskit-9-rest\n",
		"0:nskit-9\n",
		"",
	])("%j is in none", (cgroup) => expect(sandboxesOf(cgroup, mountinfo)).toEqual([]));
});
