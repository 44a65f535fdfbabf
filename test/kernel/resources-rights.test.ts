/** Nobody inside lifts the limits, and who may make no group gets one where that is possible. */
import { expect } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closed, delegated, groupsOf, limited, machine, versionOf } from "./groups.ts";
import { everywhere, rows } from "./harness.ts";

/** Tries to write to every file of a group that is in sight, and to mount control groups anew; tells what worked. */
const attack = `
for file in $(find /sys/fs/cgroup -name pids.max -o -name tasks -o -name cgroup.procs -o -name release_agent 2>/dev/null); do
	case $file in *pids.max) what=max;; *) what=0;; esac
	(echo $what >"$file") 2>/dev/null && echo "wrote $file"
done
mkdir /tmp/m 2>/dev/null
for type in "cgroup -o pids" "cgroup -o memory" cgroup2; do
	mount -t $type none /tmp/m 2>/dev/null && echo "mounted $type"
done
mount -o remount,rw,bind /sys/fs/cgroup 2>/dev/null && echo remounted
echo done`;

everywhere("a command without capabilities cannot write to any control group (CVE-2023-25809)", async (ns) => {
	const args = ["--pids", "20", "--cap-drop", "ALL", "--tmpfs", "/tmp"];
	const { stdout } = await limited(ns, [...args, "sh", "-c", attack]);
	expect(stdout).toBe("done\n");
});

everywhere("root inside cannot set a program that the kernel runs as root outside (CVE-2022-0492)", async (ns) => {
	const script = `mkdir /tmp/m; mount -t cgroup -o pids none /tmp/m 2>/dev/null || { echo none; exit; }
		(echo /tmp/x >/tmp/m/release_agent) 2>/dev/null && echo wrote; echo mounted`;
	const { stdout } = await limited(ns, ["--pids", "20", "--tmpfs", "/tmp", "sh", "-c", script]);
	expect(["none\n", "mounted\n"]).toContain(stdout);
});

everywhere("the preset for code of others hides control groups, and its limits hold", async (ns) => {
	const script = "ls /sys/fs/cgroup 2>/dev/null; true & true & true & wait; echo done";
	const { stdout } = await limited(ns, ["--strict", "--pids", "20", "sh", "-c", script]);
	expect(stdout).toBe("done\n");
	expect((await limited(ns, ["--strict", "--pids", "1", "sh", "-c", "true & wait"])).code).not.toBe(0);
});

rows({ who: "ordinary" })("a group that is the caller's alone is emptied first, and the limit holds", async (ns) => {
	if (versionOf("pids") !== 2) return;
	const room = delegated(ns.account.uid, { alone: true });
	const child = ns.startNs(["run", "--pids", "5", "sh", "-c", "cat /proc/self/cgroup"], { before: room.before });
	await child.stdin.end();
	const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
	expect([await child.exited, stdout, stderr]).toEqual([0, "0::/\n", ""]);
	expect(groupsOf(child.pid, room.directories)).toEqual([]);
	await closed(room);
});

rows({ who: "ordinary" })("where only systemd has a group for the user, ns starts again in that", async (ns) => {
	const above = machine.unified[0];
	if (!above) return;
	// Where the caller is belongs to root, and where the scope will be belongs to the user, as user@.service does.
	const top = `${above.directory}/nskit-scope${ns.how}-${process.pid}`;
	const made = [top, `${top}/session`, `${top}/session/own`, `${top}/user`];
	for (const one of made) mkdirSync(one);
	for (const one of [`${top}/cgroup.procs`, `${top}/user`, `${top}/user/cgroup.procs`])
		chownSync(one, ns.account.uid, ns.account.gid);
	const [bin, run] = [ns.directory("bin"), ns.directory("run")];
	mkdirSync(join(run, "systemd"));
	writeFileSync(join(run, "systemd/private"), "");
	const program = join(bin, "systemd-run");
	writeFileSync(
		program,
		`#!/bin/sh
echo "$*" >>${join(ns.folder, "asked")}
while [ "$1" != -- ]; do shift; done; shift
echo $$ >${top}/user/cgroup.procs
exec "$@"
`,
	);
	chmodSync(program, 0o755);
	const env = { XDG_RUNTIME_DIR: run, PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin` };
	const before = ["sh", "-c", `echo $$ >${top}/session/own/cgroup.procs; exec "$@"`, "sh"];
	const options = ["run", "--cgroup-set", "cgroup.max.descendants=4"];
	try {
		const words = ["sh", "-c", 'echo "$1"; env', "sh", "a b"];
		const { code, stdout, stderr } = await ns.run([...options, ...words], { env, before });
		expect([code, stderr]).toEqual([0, ""]);
		expect(stdout).toStartWith("a b\n");
		expect(stdout).not.toContain("NSKIT");
		const asked = await Bun.file(join(ns.folder, "asked")).text();
		expect(asked).toStartWith("--user --scope --quiet --collect -p Delegate=yes -- ");
		expect(asked.match(/\n/g)).toHaveLength(1);
		expect(existsSync(`${top}/user`)).toBe(true);
		// A program that changes nothing is asked once.
		writeFileSync(
			program,
			`#!/bin/sh\necho again >>${join(ns.folder, "asked")}\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n`,
		);
		const failed = await ns.run([...options, "true"], { env, before });
		expect([failed.code, failed.stderr]).toEqual([125, expect.stringContaining("systemd-run --user --scope")]);
		expect((await Bun.file(join(ns.folder, "asked")).text()).match(/again/g)).toHaveLength(1);
	} finally {
		for (const one of made.toReversed()) rmdirSync(one);
	}
});
