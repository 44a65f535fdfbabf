import { expect } from "bun:test";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere, rows } from "./harness.ts";

const [overflowUser, overflowGroup] = ["overflowuid", "overflowgid"].map((name) =>
	Number(readFileSync(`/proc/sys/kernel/${name}`, "utf8")),
);
const showIds = ["sh", "-c", "id -u; id -g; id -G"];

everywhere("with no map the command is nobody", async (ns) => {
	const [user, group] = (await ns.output(["run", "--user", "--map", "none", ...showIds])).split("\n").map(Number);
	expect([user, group]).toEqual([overflowUser, overflowGroup]);
	expect(await ns.output(["run", "--user", "--map", "none", "cat", "/proc/self/uid_map"])).toBe("");
});

everywhere("a command mapped to root is 0 inside, and its files belong to the caller outside", async (ns) => {
	const { uid, gid } = ns.account;
	const script = "id -u; id -g; : > made; stat -c %u:%g made";
	expect(await ns.output(["run", "--user", "--map", "root", "sh", "-c", script])).toBe("0\n0\n0:0\n");
	const made = statSync(join(ns.folder, "made"));
	expect([made.uid, made.gid]).toEqual([uid, gid]);
});

everywhere("a command mapped to itself keeps its ids, one mapped to another has those", async (ns) => {
	const { uid, gid } = ns.account;
	const [user, group] = (await ns.output(["run", "--user", "--map", "self", ...showIds])).split("\n");
	expect([user, group]).toEqual([String(uid), String(gid)]);
	const [other, otherGroup] = (await ns.output(["run", "--user", "--map", "7:8", ...showIds])).split("\n");
	expect([other, otherGroup]).toEqual(["7", "8"]);
	expect(await ns.output(["run", "-c", "id", "-u"])).toBe(`${uid}\n`);
	expect(await ns.output(["run", "-r", "id", "-u"])).toBe("0\n");
});

everywhere("setgroups is denied inside to who mapped only itself", async (ns) => {
	expect(await ns.output(["run", "--user", "cat", "/proc/self/setgroups"])).toBe("deny\n");
	const { code } = await ns.run(["run", "--user", "setpriv", "--groups", "0", "true"]);
	expect(code).not.toBe(0);
});

const asRoot = rows({ who: "root" });
const rootOfOne = ["--user", "--map-users", "0:1001:1", "--map-groups", "0:1001:1"];

asRoot("root of one is 0 inside and an ordinary user outside", async (ns) => {
	expect(await ns.output(["run", ...rootOfOne, ...showIds])).toBe("0\n0\n0\n");
	chmodSync(ns.folder, 0o777);
	const shared = ["--mount", "--bind", `${ns.folder}:/mnt`];
	await ns.output(["run", ...rootOfOne, ...shared, "sh", "-c", ": > /mnt/made"]);
	const made = statSync(join(ns.folder, "made"));
	expect([made.uid, made.gid]).toEqual([1001, 1001]);
});

asRoot("root of one reads nothing that the ordinary user may not read", async (ns) => {
	chmodSync(ns.folder, 0o755);
	const secret = join(ns.folder, "secret");
	writeFileSync(secret, "secret", { mode: 0o600 });
	const { code, stdout, stderr } = await ns.run(["run", ...rootOfOne, "cat", secret]);
	expect([code, stdout]).toEqual([1, ""]);
	expect(stderr).toContain("Permission denied");
	chmodSync(secret, 0o644);
	expect(await ns.output(["run", ...rootOfOne, "cat", secret])).toBe("secret");
});

asRoot("root of one keeps none of the caller's groups", async (ns) => {
	chmodSync(ns.folder, 0o755);
	const secret = join(ns.folder, "secret");
	writeFileSync(secret, "secret");
	await ns.command(["chgrp", "4", secret]);
	chmodSync(secret, 0o640);
	const run = [...ns.program, "run", ...rootOfOne];
	const inGroups = ["setpriv", "--groups", "0,4,27", "--"];
	const groups = await ns.command([...inGroups, ...run, "grep", "Groups", "/proc/self/status"]);
	expect(groups).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Groups:\s*$/) });
	const { code, stdout } = await ns.command([...inGroups, ...run, "cat", secret]);
	expect([code, stdout]).toEqual([1, ""]);
});

asRoot("ranges of ids are mapped as given, and setgroups stays allowed", async (ns) => {
	const maps = ["--map-users", "0:1001:1", "--map-users", "1:200000:1000", "--map-groups", "0:100000:65536"];
	const script = "cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; setpriv --groups 1,2 id -G";
	const lines = (await ns.output(["run", "--user", ...maps, "sh", "-c", script])).trim().split("\n");
	expect(
		lines.map((line) =>
			line
				.trim()
				.split(/\s+/)
				.map((word) => Number(word) || word),
		),
	).toEqual([["0", 1001, 1], [1, 200000, 1000], ["0", 100000, 65536], ["allow"], ["0", 1, 2]]);
});
