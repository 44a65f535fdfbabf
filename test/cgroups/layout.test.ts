import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { below, layoutOf } from "../../src/cgroups/layout.ts";

const line = (root: string, mount: string, type: string, options: string, flags = "rw,relatime"): string =>
	`31 23 0:28 ${root} ${mount} ${flags} shared:4 - ${type} ${type} ${options}`;

describe("the layout of control groups", () => {
	test("is v2 where nothing else is mounted", () => {
		const { mode, hierarchies } = layoutOf(
			line("/", "/sys/fs/cgroup", "cgroup2", "rw,nsdelegate"),
			"0::/user.slice/a b.scope\n",
		);
		expect(mode).toBe("v2");
		expect(hierarchies).toEqual([
			{
				...{ version: 2, controllers: [], mount: "/sys/fs/cgroup", root: "/", readOnly: false },
				own: "/sys/fs/cgroup/user.slice/a b.scope",
			},
		]);
	});

	test("knows the own group of each controller in v1, also of those that are mounted together", () => {
		const mountinfo = [
			line("/", "/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"),
			line("/", "/sys/fs/cgroup/memory", "cgroup", "rw,memory"),
			line("/", "/sys/fs/cgroup/systemd", "cgroup", "rw,xattr,name=systemd"),
			"22 1 0:20 / /proc rw - proc proc rw",
		].join("\n");
		const { mode, hierarchies, mounts } = layoutOf(mountinfo, "3:cpu,cpuacct:/c\n2:memory:/m:1\n1:name=systemd:/\n");
		expect(mode).toBe("v1");
		expect(hierarchies.map(({ controllers, own }) => [controllers.join(), own])).toEqual([
			["cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/c"],
			["memory", "/sys/fs/cgroup/memory/m:1"],
		]);
		expect(mounts).toHaveLength(3);
	});

	test("is hybrid with both, none without any", () => {
		const both = [line("/", "/a", "cgroup2", "rw"), line("/", "/b", "cgroup", "rw,pids")].join("\n");
		expect(layoutOf(both, "2:pids:/\n0::/x\n")).toMatchObject({ mode: "hybrid", hierarchies: [{ own: "/a/x" }, {}] });
		expect(layoutOf("", "0::/\n")).toEqual({ mode: "none", hierarchies: [], mounts: [] });
	});

	test("takes what is mounted of a hierarchy in a container for what it is", () => {
		const own = (root: string, path: string) =>
			layoutOf(line(root, "/sys/fs/cgroup", "cgroup2", "rw"), `0::${path}\n`).hierarchies[0]?.own;
		expect(own("/docker/1", "/docker/1")).toBe("/sys/fs/cgroup");
		expect(own("/docker/1", "/docker/1/sub")).toBe("/sys/fs/cgroup/sub");
		expect(own("/docker/1", "/docker/10")).toBeUndefined();
		expect(own("/docker/1", "/elsewhere")).toBeUndefined();
		expect(own("/..", "/")).toBeUndefined();
		expect(own("/", "/../other")).toBeUndefined();
		expect(own("/", "/gone (deleted)")).toBeUndefined();
	});

	test("prefers the mount that can be written to and seen", () => {
		const mountinfo = [
			line("/elsewhere", "/c", "cgroup2", "rw"),
			line("/", "/a", "cgroup2", "rw", "ro,nosuid"),
			line("/", "/b", "cgroup2", "rw"),
		].join("\n");
		expect(layoutOf(mountinfo, "0::/x\n").hierarchies).toMatchObject([{ mount: "/b", readOnly: false }]);
		expect(layoutOf(mountinfo.split("\n").slice(0, 2).join("\n"), "0::/x\n").hierarchies).toMatchObject([
			{ mount: "/a", readOnly: true },
		]);
	});

	test("reads names with spaces and backslashes as the kernel writes them", () => {
		const mountinfo = line("/", "/my\\040groups", "cgroup2", "rw");
		expect(layoutOf(mountinfo, "0::/x").hierarchies[0]?.own).toBe("/my groups/x");
	});

	test("leads to nothing above the mount, whatever stands there, and never throws", () => {
		fc.assert(
			fc.property(fc.string(), fc.string(), (mountinfo, cgroup) => {
				layoutOf(mountinfo, cgroup);
				const path = below("/mount", "/", `/${cgroup}`);
				return path === undefined || (path.startsWith("/mount") && !path.split("/").includes(".."));
			}),
		);
	});
});
