/** Nobody inside lifts the limits, and who may make no group gets one where that is possible. */
import { expect } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closed, delegated, groupsOf, limited, machine, versionOf } from "./groups.ts";
import { rows } from "./harness.ts";

/** Control groups are given to ordinary users by root: these tests need it to run them. */
const everywhere = rows({ needs: ["root"] });

/** Tries to write to every file of a group that is in sight, and to mount control groups anew; tells what worked. */
const attack = `
for file in $(find /sys/fs/cgroup -name pids.max -o -name tasks -o -name cgroup.procs 2>/dev/null); do
	# Itself, or what stands there already: nobody is harmed where it works.
	case $file in *pids.max) what=$(cat $file);; *) what=0;; esac
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

rows({ who: "ordinary", needs: ["root"] })(
	"a group that is the caller's alone is emptied first, and the limit holds",
	async (ns) => {
		if (versionOf("pids") !== 2) return;
		const room = delegated(ns.account.uid, { alone: true });
		const child = ns.startNs(["run", "--pids", "5", "sh", "-c", "cat /proc/self/cgroup"], { before: room.before });
		await child.stdin.end();
		const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
		expect([await child.exited, stdout, stderr]).toEqual([0, "0::/\n", ""]);
		expect(groupsOf(child.pid, room.directories)).toEqual([]);
		await closed(room);
	},
);

rows({ who: "ordinary", needs: ["root"] })(
	"where only systemd has a group for the user, ns starts again in that",
	async (ns) => {
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
	},
);

/** A command line in a mount namespace in which a script was run before. */
const inMounts = (script: string): string[] => ["unshare", "-m", "sh", "-c", `${script}; exec "$@"`, "sh"];

rows({ who: "root", needs: ["unshare"] })("where control groups are not mounted, the error says so", async (ns) => {
	const before = inMounts("umount -l -R /sys/fs/cgroup");
	const { code, stderr } = await ns.run(["run", "--memory", "64M", "--pids", "9", "true"], { before });
	expect(code).toBe(125);
	expect(stderr).toContain("memory cannot be limited here: no control groups are mounted");
	expect(stderr).toContain("pids cannot be limited here: no control groups are mounted");
	expect(stderr).toContain("hint: as root: mount -t cgroup2");
});

rows({ who: "root", needs: ["unshare"] })("where they are mounted read-only, the error says so", async (ns) => {
	const every =
		"for one in $(grep ' - cgroup' /proc/self/mountinfo | cut -d' ' -f5); do mount -o remount,bind,ro $one; done";
	const { code, stderr } = await ns.run(["run", "--pids", "9", "true"], { before: inMounts(every) });
	expect([code, stderr]).toEqual([125, expect.stringContaining("is mounted read-only")]);
	const covered = inMounts("mount -t tmpfs none /sys/fs/cgroup");
	const hidden = await ns.run(["run", "--pids", "9", "true"], { before: covered });
	expect([hidden.code, hidden.stderr]).toEqual([125, expect.stringContaining("pids cannot be limited here")]);
});

rows({ who: "root", needs: ["unshare"] })("in a cgroup namespace the limits lie below its root", async (ns) => {
	const before = ["unshare", "-C", "-m"];
	// What is mounted still begins above that root: the caller's own group is found where it is the root itself.
	const { code, stderr, stdout } = await ns.run(["run", "--pids", "9", "echo", "ran"], { before });
	if (code === 0) expect(stdout).toBe("ran\n");
	else expect(stderr).toContain("cannot be limited here");
});
