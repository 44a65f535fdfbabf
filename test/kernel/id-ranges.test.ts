/** Subordinate ids: what an ordinary user has by /etc/subuid and /etc/subgid, and what root has. */
import { expect } from "bun:test";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accounts, bob, withEtc } from "./etc.ts";
import { type Ns, rows } from "./harness.ts";

const asOrdinary = rows({ who: "ordinary", needs: ["root", "uidmap", "unshare", "setpriv"] });
const asRoot = rows({ who: "root", needs: ["root", "unshare", "setpriv"] });

/** The lines of maps as numbers. */
const numbers = (text: string): (number | string)[][] =>
	text
		.trim()
		.split("\n")
		.map((line) =>
			line
				.trim()
				.split(/\s+/)
				.map((word) => (/^\d+$/.test(word) ? Number(word) : word)),
		);

const showMaps = ["sh", "-c", "cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups"];
const own = (ns: Ns) => [ns.account.uid, ns.account.gid] as const;

asOrdinary("with `--map auto` the caller is root, and the subordinate ids follow", async (ns) => {
	const before = withEtc(ns, accounts(ns, "ann:200000:1000\n", "ann:300000:500\nann:310000:500\n"));
	const [uid, gid] = own(ns);
	expect(numbers(await ns.output(["run", "--user", "--map", "auto", ...showMaps], { before }))).toEqual([
		...[
			[0, uid, 1],
			[1, 200_000, 1000],
			[0, gid, 1],
			[1, 300_000, 500],
			[501, 310_000, 500],
		],
		["allow"],
	]);
	const script = "id -u; touch f && chown 1000:1000 f && stat -c %u:%g f; setpriv --groups 3,1000 id -G";
	expect(await ns.output(["run", "--map", "auto", "sh", "-c", script], { before })).toBe("0\n1000:1000\n0 3 1000\n");
	const made = statSync(join(ns.folder, "f"));
	expect([made.uid, made.gid]).toEqual([200_999, 310_499]);
});

asOrdinary("lines by number count, and more than five ranges are mapped whole", async (ns) => {
	const { uid } = ns.account;
	const starts = [10, 50, 30, 90, 70, 20, 80].map((n) => 200_000 + 100 * n);
	const before = withEtc(ns, accounts(ns, starts.map((start) => `${uid}:${start}:10\n`).join("")));
	const shown = numbers(await ns.output(["run", "--user", "--map", "auto", ...showMaps], { before }));
	expect(shown.slice(1, 8)).toEqual(starts.map((start, i) => [1 + 10 * i, start, 10]));
	const script = 'for i in 1 10 11 35 61 70; do touch "f$i"; chown $i:$i "f$i"; done';
	await ns.output(["run", "--user", "--map", "auto", "sh", "-c", script], { before });
	const outside = [1, 10, 11, 35, 61, 70].map((i) => statSync(join(ns.folder, `f${i}`)).uid);
	expect(outside).toEqual([201_000, 201_009, 205_000, 209_004, 208_000, 208_009]);
});

asOrdinary("words and names take the place of numbers", async (ns) => {
	const before = withEtc(ns, accounts(ns, "ann:200000:10\n"));
	const [uid, gid] = own(ns);
	const maps = async (...args: string[]) =>
		numbers(await ns.output(["run", "--user", ...args, ...showMaps], { before }));
	expect(await maps("--map", "subids")).toEqual([
		...[
			[uid, uid, 1],
			[200_000, 200_000, 10],
			[gid, gid, 1],
			[200_000, 200_000, 10],
		],
		["allow"],
	]);
	expect(await maps("--map", "bob:team")).toEqual([[bob.uid, uid, 1], [bob.gid, gid, 1], ["deny"]]);
	expect(await maps("--map-users", "bob:ann:1", "--map-users", "auto", "--map-groups", "7:ann:1")).toEqual([
		...[
			[0, 200_000, 10],
			[bob.uid, uid, 1],
			[7, gid, 1],
		],
		["deny"],
	]);
	const ids = ["--map", "auto", "--setuid", "root", "--setgid", "root", "--groups", "root", "id", "-G"];
	expect(await ns.output(["run", ...ids], { before })).toBe("0\n");
});

asOrdinary("who maps others, and not itself, becomes one of them, with no group of the caller's", async (ns) => {
	const before = withEtc(ns, accounts(ns, "ann:200000:10\n"));
	const args = ["--user", "--map-users", "5:200003:2", "--map-groups", "6:200004:2", "sh", "-c", "id -u; id -G"];
	expect(await ns.output(["run", ...args], { before })).toBe("5\n6\n");
});

asOrdinary("setgroups is denied where that is asked for", async (ns) => {
	const before = withEtc(ns, accounts(ns, "ann:200000:10\n"));
	const args = ["run", "--user", "--map", "auto", "--setgroups", "deny", "cat", "/proc/self/setgroups"];
	expect(await ns.output(args, { before })).toBe("deny\n");
});

asOrdinary("a range that is not owned is told with its line, and nothing is done", async (ns) => {
	const before = withEtc(ns, accounts(ns, "ann:200000:10\nbob:300000:10\nann:x:9\n"));
	const maps = ["--map-users", "0:200000:20", "--map-groups", "0:300000:10"];
	const { code, stdout, stderr } = await ns.run(["run", "--user", ...maps, "touch", "made"], { before });
	expect([code, stdout]).toEqual([125, ""]);
	expect(stderr).toContain("/etc/subuid has no line ann:200010:10; nobody can read its line 3");
	expect(stderr).toContain("/etc/subgid has no line ann:300000:10");
	expect(stderr).toContain("usermod --add-subuids 200010-200019 ann");
	const none = await ns.run(["run", "--map", "auto", "true"], { before: withEtc(ns, accounts(ns, "bob:1:1\n")) });
	expect(none).toMatchObject({
		code: 125,
		stderr: expect.stringContaining("/etc/subuid has no line for ann, such as"),
	});
});

asOrdinary("what newuidmap says is not lost, and the sandbox ends", async (ns) => {
	// The program is asked where there is no line, and this one knows of ids that newuidmap does not.
	const tools = ns.directory("tools");
	writeFileSync(join(tools, "getsubids"), "#!/bin/sh\necho '0: ann 400000 10'\n");
	chmodSync(join(tools, "getsubids"), 0o755);
	const before = withEtc(ns, accounts(ns, "bob:1:1\n"));
	const env = { PATH: `${tools}:/usr/sbin:/usr/bin:/sbin:/bin` };
	const { code, stderr } = await ns.run(["run", "--map", "auto", "touch", "made"], { before, env });
	expect(code).toBe(125);
	expect(stderr).toMatch(/^newgidmap: .*400000/m);
	expect(stderr).toContain("cannot let newgidmap map group ids");
	expect(stderr).toContain("has said why on standard error");
	expect(stderr.match(/^ns: /gm)).toHaveLength(1);
	const plan = await ns.output(["plan", "--user", "--map", "auto", "true"], { before, env });
	expect(plan).toContain('"1", "400000", "10"]');
});

asOrdinary("without the programs one error names their package", async (ns) => {
	writeFileSync(join(ns.folder, "nothing"), "", { mode: 0o644 });
	const hidden = ["newuidmap", "newgidmap"].map((name) => `mount --bind ${ns.folder}/nothing "$(command -v ${name})"`);
	const before = withEtc(ns, accounts(ns, "ann:200000:10\n"), hidden.join(" && "));
	const { code, stderr } = await ns.run(["run", "--map", "auto", "true"], { before });
	expect(code).toBe(125);
	expect(stderr).toContain("with newuidmap and newgidmap, and there is none here");
	expect(stderr).toContain("install the package uidmap");
	expect(stderr.match(/^ns: /gm)).toHaveLength(1);
});

asOrdinary("who may gain no privileges is told that the programs are of no use", async (ns) => {
	const before = withEtc(ns, accounts(ns, "ann:200000:10\n"));
	const line = ["setpriv", "--no-new-privs", ...ns.program, "run", "--map", "auto", "true"];
	const { code, stderr } = await ns.command(line, { before });
	expect(code).toBe(125);
	expect(stderr).toContain("no_new_privs");
});

asOrdinary("no file of ids can make more of itself than its lines say", async (ns) => {
	const hostile = `ann:0:1x\nann:-1:5\n\0ann:0:9\nann:4294967295:1\nann:1:4294967296\n${"x".repeat(100_000)}\nann:200000:7\n`;
	const before = withEtc(ns, accounts(ns, hostile));
	const [uid, gid] = own(ns);
	expect(numbers(await ns.output(["run", "--user", "--map", "auto", ...showMaps], { before }))).toEqual([
		...[
			[0, uid, 1],
			[1, 200_000, 7],
			[0, gid, 1],
			[1, 200_000, 7],
		],
		["allow"],
	]);
});

asOrdinary("a step that fails later is explained as ever", async (ns) => {
	const before = withEtc(ns, accounts(ns, "ann:200000:10\n"));
	const { code, stderr } = await ns.run(["run", "--map", "auto", "--bind", "/no/such:/mnt", "true"], { before });
	expect(code).toBe(125);
	expect(stderr).toContain("/no/such");
	expect(stderr).toContain("hint:");
});

asRoot("root's `--map auto` takes the lines of root, or of nskit, and says what it takes without", async (ns) => {
	for (const name of ["root", "0", "nskit", "containers"]) {
		const before = withEtc(ns, accounts(ns, `bob:1:1\n${name}:200000:10\n`));
		expect(numbers(await ns.output(["run", "--user", "--map", "auto", ...showMaps], { before }))).toEqual([
			...[
				[0, 0, 1],
				[1, 200_000, 10],
				[0, 0, 1],
				[1, 200_000, 10],
			],
			["allow"],
		]);
	}
	const before = withEtc(ns, accounts(ns, "bob:1:1\n"));
	const { code, stderr } = await ns.run(["run", "--map", "auto", "true"], { before });
	expect(code).toBe(125);
	expect(stderr).toContain("no line for root, nor for nskit or containers, such as root:100000:65536");
});

asRoot("`all` is every id of the caller's namespace, also of one that is not the first", async (ns) => {
	expect(numbers(await ns.output(["run", "--user", "--map", "all", "cat", "/proc/self/uid_map"]))).toEqual([
		[0, 0, 4_294_967_295],
	]);
	const inner = [...ns.program, "run", "--user", "--map", "all", "cat", "/proc/self/uid_map", "/proc/self/gid_map"];
	const maps = ["--map-users", "0:0:1", "--map-users", "3:300000:5", "--map-groups", "0:0:9"];
	expect(numbers(await ns.output(["run", "--user", ...maps, ...inner]))).toEqual([
		...[
			[0, 0, 1],
			[3, 3, 5],
			[0, 0, 9],
		],
	]);
	const { code, stderr } = await ns.run([
		"run",
		"--user",
		...maps,
		...ns.program,
		"run",
		"--map-users",
		"0:7:2",
		"true",
	]);
	expect(code).toBe(125);
	expect(stderr).toContain("the user range 0:7:2: there is no user 8 in the caller's user namespace");
});

asRoot("three hundred and forty ranges are mapped, in order, and those that can be one are", async (ns) => {
	const ranges = Array.from({ length: 340 }, (_, i) => ["--map-users", `${2 * (339 - i)}:${3 * (339 - i)}:1`]).flat();
	const shown = numbers(
		await ns.output(["run", "--user", ...ranges, "--map-groups", "1:1:1", "--map-groups", "0:0:1", ...showMaps]),
	);
	expect(shown).toHaveLength(342);
	expect(shown[339]).toEqual([678, 1017, 1]);
	expect(shown[340]).toEqual([0, 0, 2]);
});
