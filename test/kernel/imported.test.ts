/** What has been imported from another tool behaves as it does there, and the root as a whole can be read-only. */
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { limited } from "./groups.ts";
import { everywhere, type Ns, rows } from "./harness.ts";
import { inHost } from "./links.ts";
import { put, said } from "./mounts.ts";
import { textOf } from "./outside.ts";

const withBubblewrap = rows({ needs: ["bwrap"] });

/** What a sandbox shows of itself from inside. */
const questions = `
	id -u; id -g; hostname; pwd; echo "$PATH|$A|$B|$HOME"
	ls -A / /dir /empty; stat -c '%a' /dir /empty; readlink /bin; cat /shown/file
	for at in /shown /read /empty /dir /usr; do echo x > $at/new && echo "$at can be written to" || echo "$at cannot"; done
	grep -E 'Cap|NoNewPrivs' /proc/self/status
	ls /sys /home 2>&1 | head -n 2; grep -c : /proc/net/dev; [ $$ -lt 10 ] && echo "process $$"
	for name in ipc net pid uts mnt; do [ "$(readlink /proc/self/ns/$name)" = "$(eval echo \\$outside_$name)" ] && echo "$name shared" || echo "$name new"; done
`;

/** Lines of bwrap, with directories of the test's. */
function lines(ns: Ns): string[][] {
	const [shown, read] = [ns.directory("shown"), ns.directory("read")];
	put(ns, "shown/file", "text\n");
	const system = ["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"];
	const files = ["--symlink", "usr/lib64", "/lib64", "--bind", shown, "/shown", "--ro-bind", read, "/read"];
	const made = ["--perms", "0711", "--dir", "/dir", "--perms", "0700", "--tmpfs", "/empty", "--dev", "/dev"];
	const all = [...system, ...files, ...made, "--unshare-user", "--proc", "/proc"];
	const ids = ["--uid", "42", "--gid", "43"];
	return [
		[...all, "--unshare-pid", "--clearenv", "--setenv", "A", "1", "--chdir", "/dir"],
		[...all, "--unsetenv", "HOME", "--uid", "0", "--gid", "0", "--unshare-ipc", "--chdir", "/"],
		[
			...[...all, ...ids, "--unshare-uts", "--hostname", "box", "--unshare-net", "--unshare-pid", "--as-pid-1"],
			...["--setenv", "B", "2", "--remount-ro", "/", "--chdir", "/usr"],
		],
		[...all, ...ids, "--cap-drop", "ALL", "--cap-add", "CAP_NET_RAW", "--chdir", "/"],
	];
}

/** bwrap as root keeps what its caller has; a new user namespace gives the others as well, over itself alone. */
function asTheirs(text: string): string {
	const [, own = "0"] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(textOf("/proc/self/status")) ?? [];
	const common = (mask: string) => (BigInt(`0x${mask}`) & BigInt(`0x${own}`)).toString(16).padStart(16, "0");
	return text.replace(/^(Cap\w+:\s*)([0-9a-f]{16})$/gm, (_, name: string, mask: string) => `${name}${common(mask)}`);
}

withBubblewrap("an imported line of bwrap gives the same answers from inside as bwrap", async (ns) => {
	const names = ["ipc", "net", "pid", "uts", "mnt"];
	const outside = await ns.command(["sh", "-c", names.map((name) => `readlink /proc/self/ns/${name}`).join(";")]);
	const known = outside.stdout
		.trim()
		.split("\n")
		.map((id, i) => `outside_${names[i]}=${id};`)
		.join("");
	for (const line of lines(ns)) {
		const asked = ["/bin/sh", "-c", `${known.replaceAll("[", "'[").replaceAll("]", "]'")}${questions}`];
		const theirs = await ns.command(["bwrap", ...line, "--", ...asked]);
		await ns.command(["rm", "-f", join(ns.folder, "shown/new")]);
		const file = join(ns.folder, "imported.toml");
		expect(await ns.output(["import", "--complete", "--output", file, "bwrap", "--", "bwrap", ...line])).toBe("");
		const ours = await ns.run(["run", "--profile", file, "--", ...asked]);
		await ns.command(["rm", "-f", join(ns.folder, "shown/new")]);
		expect([ours.code, asTheirs(ours.stdout)]).toEqual([theirs.code, theirs.stdout]);
		expect(ours.stdout.split("\n").length).toBeGreaterThan(20);
	}
});

everywhere("an import that is refused writes nothing, and says everything that is wrong", async (ns) => {
	const file = join(ns.folder, "p.toml");
	const refused = async (words: string[], ...messages: string[]) => {
		const { code, stdout, stderr } = await ns.run(["import", "--output", file, ...words]);
		expect([code, stdout, existsSync(file)]).toEqual([125, "", false]);
		for (const message of messages) expect(stderr).toContain(message);
	};
	put(ns, "bad.cfg", "nonsense: 1\nmode: NEVER\n");
	put(ns, "config.json", "{");
	await refused([], "import needs a format");
	await refused(["bwra", "x"], "did you mean bwrap?");
	await refused(["bwrap"], "no command line");
	await refused(["nsjail"], "takes one file");
	await refused(["nsjail", "bad.cfg"], "1:1: there is no field nonsense", "2:1: mode is not one of");
	await refused(["oci", "config.json"], "cannot be read as JSON");
	await refused(["srt", "nowhere.json"], "nowhere.json", "ENOENT");
	await refused(["--complete", "bwrap", "--level-prefix", "ls"], "--level-prefix");
	await refused(["bwrap", "--args", "77", "ls"], "there is no descriptor 77");
});

rows({ needs: ["root"] })("limits of nsjail and OCI hold after an import", async (ns) => {
	const namespaces = [{ type: "mount" }, { type: "pid" }, ...(ns.who === "ordinary" ? [{ type: "user" }] : [])];
	const { uid, gid } = ns.account;
	const maps = ns.who === "ordinary" && {
		uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
		gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
	};
	const resources = { pids: { limit: 33 }, memory: { limit: 2 ** 26 }, cpu: { quota: 50_000 } };
	const linux = { namespaces, resources, ...maps };
	const config = {
		ociVersion: "1.2.0",
		root: { path: "/" },
		process: { cwd: "/", args: ["true"], capabilities: {} },
		linux,
	};
	put(ns, "config.json", JSON.stringify(config));
	const mounts = 'mount { src: "/" dst: "/" is_bind: true }';
	put(
		ns,
		"jail.cfg",
		`${mounts} cgroup_pids_max: 33 cgroup_mem_max: 67108864 cgroup_cpu_ms_per_sec: 500 disable_rl: true`,
	);
	for (const [format, source] of [
		["oci", "config.json"],
		["nsjail", "jail.cfg"],
	] as const) {
		const file = join(ns.folder, `${format}.json`);
		expect((await ns.run(["import", "--output", file, format, source])).code).toBe(0);
		const { code, stderr } = await limited(ns, ["--profile", file, "--stats=json", "--", "/bin/true"]);
		expect([format, code, stderr]).toEqual([format, 0, expect.stringContaining("{")]);
		const stats = JSON.parse(stderr.slice(stderr.indexOf("{\n")));
		expect(stats).toMatchObject({ processes: { limit: 33 }, memory: { limit: 2 ** 26 } });
	}
});

everywhere("an interface of nsjail's is there after an import", async (ns) => {
	put(
		ns,
		"jail.cfg",
		'mount { src: "/" dst: "/" is_bind: true } macvlan_iface: "p0" macvlan_vs_ip: "10.5.0.2" disable_rl: true',
	);
	const profile = join(ns.folder, "jail.json");
	const script = `ip link add p0 type veth peer name p1; ip link set p0 up
		ns import --output ${profile} nsjail jail.cfg 2>missing; ns run --profile ${profile} -- /bin/sh -c 'ip -o -4 addr show vs'; names`;
	const { stdout, stderr } = await inHost(ns, script);
	expect([stdout, stderr]).toEqual([expect.stringContaining("inet 10.5.0.2/24"), ""]);
	expect(stdout).toEndWith("lo p0 p1 ");
});

everywhere("an import lists what is missing on standard error, and with --json in its output", async (ns) => {
	const { code, stdout, stderr } = await ns.run(["import", "--json", "bwrap", "--level-prefix", "--unshare-net", "ls"]);
	expect([code, stderr.includes("not in the profile: --level-prefix")]).toEqual([0, true]);
	expect(JSON.parse(stdout)).toMatchObject({
		profile: { net: { loopback: true }, command: { argv: ["ls"] } },
		missing: [{ what: "--level-prefix" }],
	});
});

everywhere("the root can be read-only with everything below it, less what later rules mount", async (ns) => {
	const kept = ns.directory("kept");
	const script = `
		for at in / /usr ${ns.folder} ${kept} /dev/shm /run /proc/self/oom_score_adj; do
			[ -w $at ] && echo "$at can be written to"
		done
		echo 0 > /proc/self/oom_score_adj && echo x > ${kept}/x && echo written; echo x > ${ns.folder}/x`;
	const found = await said(ns, ["--readonly-path", "/", "--bind", kept], script);
	expect(found).toEqual([
		`${kept} can be written to`,
		"/proc/self/oom_score_adj can be written to",
		"written",
		expect.stringContaining("Read-only file system"),
	]);
	expect([existsSync(join(kept, "x")), existsSync(join(ns.folder, "x"))]).toEqual([true, false]);
	expect(await ns.run(["run", "--dir", "/x", "--readonly-path", "/", "true"])).toMatchObject({
		code: 125,
		stderr: expect.stringContaining("the read-only target is the root"),
	});
});
