/** Kept layers from a run to the end: written to, locked meanwhile, compared, applied, dropped; and ids that are mapped. */
import { expect } from "bun:test";
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diffLayer, mount, pid, sandbox, user } from "nskit";
import { everywhere, type Ns, rows } from "./harness.ts";
import { inside, put, refused } from "./mounts.ts";

/** A project with two files, and options that keep what is written in a layer beside it. */
function project(ns: Ns): { dir: string; layer: string; options: string[] } {
	const dir = ns.directory("project");
	put(ns, "project/kept", "one\n");
	put(ns, "project/removed", "two\n");
	const layer = join(ns.folder, "layer");
	return { dir, layer, options: ["--overlay", `${dir}:keep=${layer}`] };
}

everywhere("what a run writes is kept, shown, and applied", async (ns) => {
	const { dir, layer, options } = project(ns);
	expect(await inside(ns, options, `cd ${dir}; echo three >> kept; rm removed; mkdir d; echo new > d/added`)).toBe("");
	expect(readdirSync(dir).toSorted()).toEqual(["kept", "removed"]);
	expect(await ns.output(["diff", layer])).toBe("A d\nA d/added\nM kept (content)\nD removed\n");
	expect(await inside(ns, options, `cd ${dir}; echo again > d/added`)).toBe("");
	expect(await ns.output(["commit", layer])).toContain("4 changes");
	expect(readFileSync(join(dir, "kept"), "utf8")).toBe("one\nthree\n");
	expect(readFileSync(join(dir, "d/added"), "utf8")).toBe("again\n");
	expect([existsSync(join(dir, "removed")), existsSync(layer)]).toEqual([false, false]);
	expect(statSync(join(dir, "d")).uid).toBe(ns.account.uid);
});

everywhere("what a run writes can be dropped", async (ns) => {
	const { dir, layer, options } = project(ns);
	expect(await inside(ns, options, `rm -r ${dir}/*`)).toBe("");
	expect(await ns.output(["discard", layer])).toBe("");
	expect([readdirSync(dir).toSorted(), existsSync(layer)]).toEqual([["kept", "removed"], false]);
});

everywhere("a layer belongs to one sandbox at a time, until everything in it has ended", async (ns) => {
	const { dir, layer, options } = project(ns);
	const child = ns.startNs(["run", ...options, "--", "sh", "-c", `echo ready; cat; echo x > ${dir}/late`]);
	const reader = child.stdout.getReader();
	expect(new TextDecoder().decode((await reader.read()).value)).toBe("ready\n");
	await refused(ns, options, ["is in use", "hint: wait until"]);
	for (const command of ["commit", "discard"]) {
		const { code, stderr } = await ns.run([command, layer]);
		expect([code, stderr]).toEqual([125, expect.stringContaining("is in use")]);
	}
	await child.stdin.end();
	expect(await child.exited).toBe(0);
	expect(await ns.output(["diff", layer])).toBe("A late\n");
	expect(await ns.output(["discard", layer])).toBe("");
});

everywhere("a layer of another directory, or of something else, is refused and left as it is", async (ns) => {
	const { layer, options } = project(ns);
	await inside(ns, options, "true");
	const other = ns.directory("other");
	await refused(ns, ["--overlay", `${other}:keep=${layer}`], [layer, "hint: "]);
	const full = ns.directory("full");
	put(ns, "full/file", "mine");
	await refused(ns, ["--overlay", `${other}:keep=${full}`], [full, "hint: "]);
	expect(readFileSync(join(full, "file"), "utf8")).toBe("mine");
	expect(await ns.run(["plan", "--overlay", `${other}:keep=${ns.folder}/planned`, "true"])).toMatchObject({ code: 0 });
	expect(existsSync(join(ns.folder, "planned"))).toBe(false);
});

rows({ how: "source", who: "root" })("the library keeps layers too, by every launch", async (ns) => {
	const { dir, layer } = project(ns);
	const box = sandbox(
		pid(),
		mount({ mounts: [{ type: "overlay", lower: [dir], target: dir, writes: { keep: layer } }] }),
	);
	expect(box.spawnSync(["touch", join(dir, "sync")]).exitCode).toBe(0);
	const child = await box.spawn(["touch", join(dir, "async")]);
	expect(await child.exited).toBe(0);
	expect(diffLayer(layer).map(({ kind, path }) => `${kind} ${path}`)).toEqual(["added async", "added sync"]);
});

rows({ who: "root" })("a bind with mapped ids shows what 0 owns on disk as 0 inside", async (ns) => {
	// Without the map, the source is opened by a user that owns nothing here.
	chmodSync(ns.folder, 0o755);
	const dir = ns.directory("dir");
	for (const [name, id] of [
		["zero", 0],
		["one", 1],
	] as const) {
		writeFileSync(join(dir, name), "");
		chownSync(join(dir, name), id, id);
	}
	const maps = ["--map-users", "0:100000:65536", "--map-groups", "0:100000:65536"];
	const script = "cd /mnt; stat -c '%n %u:%g' *; touch new; chown 5:6 new";
	expect(await inside(ns, [...maps, "--idmap-bind", `${dir}:/mnt`], script)).toBe("one 1:1\nzero 0:0\n");
	const { uid, gid } = statSync(join(dir, "new"));
	expect([uid, gid]).toEqual([5, 6]);
	expect(await inside(ns, [...maps, "--bind", `${dir}:/mnt`], "stat -c '%n %u:%g' /mnt/one")).toBe(
		"/mnt/one 65534:65534\n",
	);
	await refused(ns, ["--mount", "--idmap-bind", dir], ["the ids of an id-mapped mount", "hint: add --user"]);
});

rows({ who: "ordinary" })("mapped ids take privilege", async (ns) => {
	await refused(ns, ["--idmap-bind", ns.directory("dir")], ["takes the privilege", "hint: run as root"]);
	expect(() =>
		sandbox(user(), mount({ mounts: [{ type: "bind", source: "/", target: "/x", idmap: true }] })),
	).not.toThrow();
});

everywhere("a terminal of its own is the console of a minimal /dev", async (ns) => {
	const script = "tty; test -c /dev/console && stty size < /dev/console >/dev/null && echo console; ls /dev/pts";
	const shown = await ns.output(["run", "--pty", "--dev", "--", "sh", "-c", script]);
	expect(shown.replaceAll("\r", "")).toBe("/dev/console\nconsole\nptmx\n");
	const { stdout } = await ns.run(["run", "--dev", "--", "sh", "-c", "ls /dev/console; true"]);
	expect(stdout).toBe("");
});
