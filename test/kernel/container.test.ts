import { expect } from "bun:test";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { rows } from "./harness.ts";
import { namespacesOf, textOf } from "./outside.ts";

const five = ["--mount", "--uts", "--ipc", "--pid", "--cgroup"];
const asRoot = rows({ who: "root" });

asRoot("five for a container: without a user namespace, root stays root", async (ns) => {
	const script =
		"for name in mnt uts ipc pid cgroup user net time; do readlink /proc/self/ns/$name; done; cat /proc/self/uid_map";
	const lines = (await ns.output(["run", ...five, "sh", "-c", script])).trim().split("\n");
	const outside = namespacesOf("self");
	const same = ["mnt", "uts", "ipc", "pid", "cgroup", "user", "net", "time"].filter(
		(name, i) => lines[i] === outside[name],
	);
	expect(same).toEqual(["user", "net", "time"]);
	expect(lines[8]?.trim()).toBe(textOf("/proc/self/uid_map").trim());
});

/** A control group of its own where one can be made: in the caller's cgroup2, or in a hierarchy of the first version. */
function newControlGroup(): string | undefined {
	const own = /^0::(.*)$/m.exec(textOf("/proc/self/cgroup"))?.[1] ?? "/";
	const folders = [
		`/sys/fs/cgroup${own}`,
		`/sys/fs/cgroup/unified${own}`,
		"/sys/fs/cgroup/pids",
		"/sys/fs/cgroup/freezer",
	];
	for (const folder of folders.filter((one) => existsSync(`${one}/cgroup.procs`))) {
		const path = `${folder}/nskit-test-${process.pid}`;
		try {
			mkdirSync(path);
			return path;
		} catch {
			// Read-only here, as in a container: the next one.
		}
	}
	return undefined;
}

asRoot("a cgroup namespace shows the caller's cgroup as /", async (ns) => {
	const group = newControlGroup();
	const mine = `nskit-test-${process.pid}`;
	const script =
		'[ -z "$GROUP" ] || echo $$ > "$GROUP/cgroup.procs"; cat /proc/self/cgroup; exec "$@" run --cgroup cat /proc/self/cgroup';
	try {
		const { code, stdout } = await ns.shell(script, { env: { GROUP: group } });
		const paths = stdout
			.trim()
			.split("\n")
			.map((line) => line.split(":").slice(2).join(":"));
		const [before, after] = [paths.slice(0, paths.length / 2), paths.slice(paths.length / 2)];
		expect(code).toBe(0);
		expect(before.some((path) => path.endsWith(mine))).toBe(group !== undefined);
		expect(new Set(after)).toEqual(new Set(["/"]));
	} finally {
		if (group) {
			writeFileSync(`${group}/../cgroup.procs`, "0");
			rmdirSync(group);
		}
	}
});
