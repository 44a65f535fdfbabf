/** What is read of /etc/subuid, of control groups, and what is sent over netlink. */
import { describe, expect, test } from "bun:test";
import { attempts } from "../../src/doctor/attempts.ts";
import { cgroupsOf } from "../../src/doctor/cgroups.ts";
import { newLink, newTable } from "../../src/doctor/netlink.ts";
import { subidsOf } from "../../src/doctor/subids.ts";
import { compose } from "../../src/plan/plan.ts";
import { fragmentsOf } from "../../src/profile/fragments.ts";
import { command, rootHost, userHost } from "../plan/fixtures.ts";
import { factsOf } from "./facts.ts";

describe("`subidsOf`", () => {
	test("takes lines by name and by number, and tells the others apart", () => {
		const text = "# none\nann:100000:65536\n1000:200000:10\nbob:165535:1\nann:1\nann:-1:5\nann:4294967295:1\n\n:1:1\n";
		expect(subidsOf(text, "ann", 1000)).toEqual({
			own: [
				{ first: 100_000, count: 65_536 },
				{ first: 200_000, count: 10 },
			],
			total: 65_546,
			wrong: [5, 6, 7, 9],
			shared: ["bob"],
		});
	});

	test("finds nothing in nothing", () => {
		expect(subidsOf("", undefined, 7)).toEqual({ own: [], total: 0, wrong: [], shared: [] });
	});
});

describe("`cgroupsOf`", () => {
	const of = (files: Readonly<Record<string, string>>) => {
		return cgroupsOf({ read: (path) => files[path], exists: (path) => path in files });
	};

	test("finds the own group below what is mounted, in a container too", () => {
		const mounts = "30 1 0:26 /kubepods/x /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n";
		const files = {
			"/proc/self/mountinfo": mounts,
			"/proc/self/cgroup": "0::/kubepods/x/inner\n",
			"/sys/fs/cgroup/inner/cgroup.controllers": "cpu pids\n",
			"/sys/fs/cgroup/inner/pids.max": "77\n",
		};
		expect(of(files)).toEqual({
			...{ mode: "v2", controllers: ["cpu", "pids"], own: "/sys/fs/cgroup/inner" },
			...{ mostProcesses: "77", readOnly: true },
		});
	});

	test("takes the first version where the second has no controllers", () => {
		const files = {
			"/proc/self/mountinfo":
				"1 0 0:1 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n2 0 0:2 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n3 0 0:3 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"/proc/self/cgroup": "8:pids:/a:b\n1:cpu,cpuacct:/\n0::/\n",
			"/sys/fs/cgroup/pids/a:b/pids.max": "max\n",
		};
		expect(of(files)).toEqual({
			...{ mode: "hybrid", controllers: ["pids", "cpu", "cpuacct"], own: "/sys/fs/cgroup/pids/a:b" },
			...{ mostProcesses: "max", readOnly: false },
		});
	});

	test("knows no group that lies above what is mounted, and none where nothing is", () => {
		const above = { "/proc/self/mountinfo": "1 0 0:1 /../.. /c rw - cgroup2 c rw\n", "/proc/self/cgroup": "0::/\n" };
		expect(of(above)).toMatchObject({ mode: "v2", own: undefined });
		expect(of({})).toMatchObject({ mode: "none", controllers: [], own: undefined, mostProcesses: undefined });
	});
});

describe("messages over netlink", () => {
	const length = (bytes: readonly number[], at = 0) => (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);

	test("are as long as they say, with attributes in steps of four bytes", () => {
		const link = newLink("bridge").bytes;
		expect([length(link), link.length % 4]).toEqual([link.length, 0]);
		expect(Buffer.from(link).toString("latin1")).toContain("bridge\0");
		const batch = newTable().bytes;
		const parts: number[] = [];
		for (let at = 0; at < batch.length; at += length(batch, at)) parts.push(length(batch, at));
		expect(parts).toEqual([20, 32, 20]);
	});
});

describe("the attempts", () => {
	test("are plans, for root and for an ordinary user, on both machines", () => {
		for (const host of [rootHost, userHost, { ...userHost, arch: "arm64" as const }]) {
			for (const { id, profile, inside } of attempts) {
				// Whether a mount's ids may be mapped depends on who asks.
				if (profile === "strict" || (id === "idmap" && !host.privileged)) continue;
				const more = inside?.({ ...factsOf(), host });
				const fragments = [...(profile ? fragmentsOf(profile) : []), ...(more ? [more] : [])];
				expect(compose(fragments, { host, command }).steps.length).toBeGreaterThan(3);
			}
		}
	});

	test("have names and words of their own", () => {
		const ids = attempts.map(({ id }) => id);
		expect(new Set(ids).size).toBe(ids.length);
		expect(attempts.filter(({ tries }) => tries.length < 10)).toEqual([]);
	});
});
