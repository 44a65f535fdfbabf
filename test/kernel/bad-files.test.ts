import { expect } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { busyboxTree } from "./busybox.ts";
import { everywhere, rows } from "./harness.ts";

everywhere("a root that is none is refused", async (ns) => {
	writeFileSync(join(ns.folder, "file"), "");
	const bare = ns.directory("bare");
	const linked = ns.directory("linked");
	symlinkSync("/tmp", join(linked, "proc"));
	const filed = ns.directory("filed");
	writeFileSync(join(filed, "proc"), "");
	for (const [root, ...words] of [
		["/no/such", "cannot open the new root /no/such", "ENOENT", "hint: /no/such does not exist"],
		["no/such", `cannot open the new root ${ns.folder}/no/such`, "ENOENT"],
		[`${ns.folder}/file`, "ENOTDIR", "file is no directory"],
		[bare, "cannot mount a new /proc", "ENOENT", "does not exist in the root"],
		[linked, "cannot mount a new /proc", "ELOOP", "symbolic link"],
		[filed, "cannot mount a new /proc", "ENOTDIR"],
		["", "the root is empty"],
	]) {
		const { code, stdout, stderr } = await ns.run(["run", "--root", root ?? "", "true"]);
		expect([root, code, stdout]).toEqual([root, 125, ""]);
		for (const word of words) expect([root, stderr]).toEqual([root, expect.stringContaining(word)]);
	}
	// Without /proc there is no need for the directory; what is missing then is the command.
	const withoutProc = await ns.run(["run", "--root", bare, "--no-proc", "true"]);
	expect([withoutProc.code, withoutProc.stderr]).toEqual([127, expect.stringContaining("cannot run true: ENOENT")]);
});

everywhere("binds of what is not there, or onto what is not there, are refused, and nothing is made", async (ns) => {
	const { folder } = ns;
	writeFileSync(join(folder, "file"), "text");
	const directory = ns.directory("directory");
	symlinkSync("/no/such", join(folder, "dangling"));
	for (const [options, ...words] of [
		[["--bind", "/no/such:/mnt"], "cannot open /no/such", "ENOENT", "hint: /no/such does not exist"],
		[["--ro-bind", "/no/such"], "cannot open /no/such", "ENOENT"],
		[["--bind", "dangling:/mnt"], "cannot open", "dangling", "ENOENT"],
		[["--bind", `${folder}/file/below:/mnt`], "ENOTDIR"],
		[["--bind", `/etc:${directory}/new`], "cannot bind /etc at", "ENOENT", "does not exist in the root"],
		[["--tmpfs", `${directory}/new`], "cannot mount an empty file system", "ENOENT"],
		[["--bind", "/etc:mnt"], '"mnt" is no path that begins with /'],
		[["--tmpfs", "mnt"], "the tmpfs target mnt does not begin with /"],
		[["--bind", `${folder}/file:${directory}`], "cannot bind", "a directory can only be bound on a directory"],
		[["--bind", `${directory}:${folder}/file`], "cannot bind", "a directory can only be bound on a directory"],
		[["--bind", ""], "the bind source is empty"],
		[["--bind", "/etc:"], '"" is no path that begins with /'],
	] as const) {
		const { code, stdout, stderr } = await ns.run(["run", ...options, "true"]);
		expect([options, code, stdout]).toEqual([options, 125, ""]);
		for (const word of words) expect([options, stderr]).toEqual([options, expect.stringContaining(word)]);
	}
	expect(await Bun.file(`${directory}/new`).exists()).toBe(false);
});

rows({ who: "ordinary", needs: ["root"] })("a bind from where the user may not look is refused", async (ns) => {
	const closed = join(ns.folder, "closed");
	mkdirSync(join(closed, "below"), { recursive: true });
	chmodSync(closed, 0o700);
	const { code, stderr } = await ns.run(["run", "--bind", `${closed}/below:/mnt`, "true"]);
	expect([code, stderr]).toEqual([125, expect.stringContaining("EACCES")]);
	expect(stderr).toContain("hint: a directory on the way to");
});

rows({ needs: ["busybox"] })("links in the root do not lead a bind or a tmpfs out of it", async (ns) => {
	const root = busyboxTree(ns);
	const outside = ns.directory("outside");
	ns.directory("tree/inside");
	symlinkSync(outside, join(root, "absolute"));
	symlinkSync("../../../../../../..", join(root, "up"));
	symlinkSync("/inside", join(root, "within"));
	for (const target of ["/absolute", "/absolute/below", "/proc/self/root", "/proc/1/cwd"]) {
		for (const options of [
			["--bind", `/etc:${target}`],
			["--tmpfs", target],
		]) {
			const { code, stdout } = await ns.run(["run", "--root", root, ...options, "true"]);
			expect([options, code, stdout]).toEqual([options, 125, ""]);
		}
	}
	// A link that stays within is followed there.
	const shown = await ns.output(["run", "--root", root, "--tmpfs", "/within", "cat", "/proc/self/mountinfo"]);
	expect(shown.split("\n").map((line) => line.split(" ")[4])).toContain("/inside");
	// The way up ends at the root's own top.
	const top = await ns.output(["run", "--root", root, "--tmpfs", "/up/inside", "cat", "/proc/self/mountinfo"]);
	expect(top.split("\n").map((line) => line.split(" ")[4])).toContain("/inside");
});

everywhere("a read-only bind cannot be written to, nor what is mounted below it", async (ns) => {
	const folder = ns.directory("shared");
	const within = ns.directory("shared/within");
	const write = "touch /mnt/file; touch /mnt/within/file; rmdir /mnt/within; ls /mnt";
	for (const options of [
		["--ro-bind", `${folder}:/mnt`],
		["--tmpfs", within, "--ro-bind", `${folder}:/mnt`],
	]) {
		const { stdout, stderr } = await ns.run(["run", ...options, "sh", "-c", write]);
		expect(stdout).toBe("within\n");
		expect(stderr.match(/Read-only file system/g)?.length).toBe(3);
	}
	const below = ["--tmpfs", folder, "--bind", `${folder}:/mnt`];
	expect(await ns.output(["run", ...below, "sh", "-c", ": > /mnt/file; ls /mnt"])).toBe("file\nwithin\n");
	expect(await Bun.file(join(folder, "file")).exists()).toBe(true);
});
