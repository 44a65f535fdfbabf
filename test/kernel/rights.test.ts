/** Copies of `dist/ns` that would give rights to whoever runs them. */
import { expect } from "bun:test";
import { chmodSync, chownSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { checkout, ordinary } from "./checkout.ts";
import { rows } from "./harness.ts";

const nobody = 65_534;
const dist = rows({ how: "dist", who: "ordinary", needs: ["root", "python3"] });

const forms = [["--version"], ["run", "id"], ["list"], ["help"], ["doctor"]];

dist("a file with a set-user-ID or set-group-ID bit refuses to run, whatever it is asked", async (ns) => {
	const copy = join(ns.folder, "ns");
	copyFileSync(checkout().dist, copy);
	chownSync(copy, nobody, nobody);
	for (const [mode, words] of [
		...forms.map((words) => [0o4755, words] as const),
		[0o2755, ["run", "id"]] as const,
		[0o6755, ["run", "id"]] as const,
	]) {
		chmodSync(copy, mode);
		const { code, stdout, stderr } = await ns.command([copy, ...words]);
		expect([mode, words, code, stdout, stderr]).toEqual([
			...[mode, words, 125, ""],
			`ns: this program has a set-user-ID or set-group-ID bit, and refuses to run: it would give its owner's rights to anybody\nhint: as root: chmod ug-s ${copy}\n`,
		]);
	}
	chmodSync(copy, 0o755);
	expect(await ns.command([copy, "run", "id", "-u"])).toMatchObject({ code: 0, stdout: "0\n", stderr: "" });
});

dist("a file with capabilities refuses to run, and ambient ones of the caller's are the caller's", async (ns) => {
	const copy = join(ns.folder, "ns");
	copyFileSync(checkout().dist, copy);
	chmodSync(copy, 0o755);
	// struct vfs_cap_data, version 2: CAP_NET_BIND_SERVICE, effective at once.
	const give =
		"import os,struct,sys; os.setxattr(sys.argv[1],'security.capability',struct.pack('<5I',0x2000001,1<<10,0,0,0))";
	expect(Bun.spawnSync(["python3", "-c", give, copy]).exitCode).toBe(0);
	const { code, stdout, stderr } = await ns.command([copy, "run", "id", "-u"]);
	expect([code, stdout, stderr]).toEqual([
		125,
		"",
		`ns: the file of this program has capabilities, and refuses to run: it would give them to anybody\nhint: as root: setcap -r ${copy}\n`,
	]);
	const { uid, gid } = ordinary();
	const caps = ["--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service"];
	const words = [
		"setpriv",
		`--reuid=${uid}`,
		`--regid=${gid}`,
		"--clear-groups",
		...caps,
		checkout().dist,
		"run",
		"id",
		"-u",
	];
	const ambient = Bun.spawnSync(words, { cwd: "/", env: { PATH: "/usr/bin:/bin" }, stderr: "pipe" });
	expect([ambient.exitCode, String(ambient.stdout), String(ambient.stderr)]).toEqual([0, "0\n", ""]);
});
