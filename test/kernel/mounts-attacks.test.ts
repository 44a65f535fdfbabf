import { expect } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { busyboxTree } from "./busybox.ts";
import { checkout } from "./checkout.ts";
import { everywhere, type Ns, rows } from "./harness.ts";
import { inside, mountLines, optionSets, put, refused, said, smallRoot } from "./mounts.ts";
import { treeOf } from "./mounts-tree.ts";
import { Transcript } from "./transcript.ts";
import { inTime } from "./waiting.ts";

const withBusybox = rows({ needs: ["busybox"] });

/** A directory outside with a file, which must stay as it is. */
function outsideOf(ns: Ns): string {
	const outside = ns.directory("outside");
	put(ns, "outside/victim", "victim\n");
	return outside;
}

rows({ how: "dist" })("CVE-2026-87766: what is made below a link does not come to lie outside", async (ns) => {
	const outside = outsideOf(ns);
	const source = put(ns, "source", "text\n");
	const tree = ns.directory("tree");
	ns.directory("tree/proc");
	symlinkSync(outside, join(tree, "absolute"));
	symlinkSync("../outside", join(tree, "relative"));
	symlinkSync("../../../../../../../../proc/self/cwd/outside", join(tree, "magic"));
	const before = treeOf(ns.folder);
	for (const options of optionSets(ns)) {
		for (const [root, at] of [
			[["--root", tree], ""],
			[["--overlay", tree], tree],
			[[...smallRoot, "--overlay", `${tree}:/t`, "--bind", `${outside}:/outside`], "/t"],
		] as const) {
			for (const link of ["absolute", "relative", "magic"]) {
				for (const rule of [
					["--dir", `${at}/${link}/sub`],
					["--dir", `${at}/${link}/sub/deep`],
					["--file", `${source}:${at}/${link}/new`],
					["--symlink", `x:${at}/${link}/new`],
					["--tmpfs", `${at}/${link}/sub`],
				])
					await refused(ns, [...options, ...root, ...rule], ["hint: "]);
			}
		}
	}
	expect(treeOf(ns.folder)).toEqual(before);
});

everywhere("what a link leads to outside gets no other owner and mode", async (ns) => {
	const outside = outsideOf(ns);
	const tree = ns.directory("tree");
	symlinkSync(outside, join(tree, "link"));
	const before = treeOf(ns.folder);
	for (const options of optionSets(ns)) {
		await refused(ns, [...options, "--overlay", tree, "--dir", `${tree}/link:mode=777,uid=0`], ["EXDEV", "hint: "]);
		await refused(ns, [...options, ...smallRoot, "--symlink", `${outside}:/l`, "--dir", "/l:mode=777"], ["hint: "]);
		const bound = ["--bind", `${outside}:/o`, "--symlink", "o:/l", "--dir", "/l:mode=777"];
		await refused(ns, [...options, ...smallRoot, ...bound], ["EXDEV", "hint: "]);
	}
	expect(treeOf(ns.folder)).toEqual(before);
});

rows({ how: "dist", needs: ["busybox"] })(
	"CVE-2021-30465, CVE-2024-45310: targets that become links while rules are applied lead nowhere",
	async (ns) => {
		const root = busyboxTree(ns);
		const target = ns.directory("tree/target");
		const outside = outsideOf(ns);
		const source = put(ns, "source", "text\n");
		symlinkSync(outside, join(root, "link"));
		const before = treeOf(outside);
		const { bun, project } = checkout();
		const flipper = ns.start([bun, join(project, "test/kernel/fixtures/flipper.ts"), target, join(root, "link")]);
		await new Transcript(flipper.stdout).has("ready");
		const ends = new Set<number | null>();
		for (const options of optionSets(ns)) {
			for (const rule of [
				["--bind", `${outside}:/target`],
				["--bind-try", `${source}:/target/file`],
				["--dir", "/target/sub"],
				["--file", `${source}:/target/victim`],
				["--dev=/target"],
				["--overlay", `${root}/bin:/target`],
				["--mask", "/target"],
				["--readonly-path", "/target"],
			]) {
				for (let i = 0; i < 5; i++) {
					const { code, stdout } = await ns.run([
						"run",
						...options,
						"--root",
						root,
						...rule,
						"cat",
						"/proc/self/mountinfo",
					]);
					ends.add(code);
					const points = code === 0 ? mountLines(stdout).map(({ point }) => point.split("/")[1] ?? "") : [];
					expect([
						rule,
						points.filter((name) => !["", "proc", "target", "target.aside", "link"].includes(name)),
					]).toEqual([rule, []]);
				}
			}
		}
		await flipper.stdin.end();
		expect(await inTime("the end of the flipper", flipper.exited)).toBe(0);
		expect([...ends].filter((code) => code !== 0 && code !== 125)).toEqual([]);
		expect(treeOf(outside)).toEqual(before);
	},
);

withBusybox("CVE-2019-19921, CVE-2023-27561: a /proc that is a link or no directory is refused", async (ns) => {
	const outside = outsideOf(ns);
	const root = busyboxTree(ns);
	for (const options of optionSets(ns)) {
		for (const [to, errno] of [
			["tmp", "ELOOP"],
			[outside, "ELOOP"],
			["../outside", "ELOOP"],
			["bin/busybox", "ELOOP"],
		] as const) {
			rmSync(join(root, "proc"), { recursive: true });
			symlinkSync(to, join(root, "proc"));
			await refused(ns, [...options, "--root", root], ["mount a new /proc", errno, "hint: proc is, or leads through"]);
		}
		rmSync(join(root, "proc"));
		put(ns, "tree/proc", "");
		await refused(ns, [...options, "--root", root], ["mount a new /proc", "ENOTDIR", "hint: "]);
		// A rule that puts something there does not hide that from the kernel either.
		rmSync(join(root, "proc"));
		await refused(ns, [...options, "--root", root, "--tmpfs", "/proc"], ["mount a new /proc", "ENOENT", "hint: "]);
		mkdirSync(join(root, "proc"));
	}
});

withBusybox("CVE-2025-31133, CVE-2025-52565: devices that a root has made links of are not used", async (ns) => {
	const outside = outsideOf(ns);
	const root = busyboxTree(ns);
	ns.directory("tree/dev");
	put(ns, "tree/victim", "victim\n");
	for (const name of ["null", "zero", "full", "random", "urandom", "tty", "console", "ptmx"])
		symlinkSync("/victim", join(root, "dev", name));
	for (const name of ["pts", "shm"]) symlinkSync(outside, join(root, "dev", name));
	put(ns, "tree/secret", "secret\n");
	const before = treeOf(outside);
	const script =
		"echo x > /dev/null; cat /dev/null /secret; echo y > /dev/shm/file; echo z > /dev/pts/file; echo a > /secret; cat /victim";
	for (const options of optionSets(ns)) {
		const lines = await said(ns, [...options, "--root", root, "--dev", "--mask", "/secret"], script);
		expect(lines).toEqual([
			...[expect.stringContaining("can't create /dev/pts/file"), expect.stringContaining("can't create /secret")],
			"victim",
		]);
	}
	expect(treeOf(outside)).toEqual(before);
	expect(readFileSync(join(root, "victim"), "utf8")).toBe("victim\n");
});

withBusybox("CVE-2026-41579, CVE-2026-47766: a /dev that is a link leads no device out of the root", async (ns) => {
	const outside = outsideOf(ns);
	const root = busyboxTree(ns);
	const before = treeOf(outside);
	for (const options of optionSets(ns)) {
		for (const to of ["../outside", "../../outside", outside, "../../../../../../../../../../../../tmp/../outside"]) {
			rmSync(join(root, "dev"), { force: true });
			symlinkSync(to, join(root, "dev"));
			await refused(ns, [...options, "--root", root, "--dev"], ["/dev", "ENOENT", "hint: "]);
		}
		// Where it leads inside, it is taken there.
		rmSync(join(root, "dev"));
		symlinkSync("../../../mnt", join(root, "dev"));
		expect(await said(ns, [...options, "--root", root, "--dev"], "ls /mnt/null /tmp")).toEqual([
			"/mnt/null",
			"",
			"/tmp:",
		]);
		expect([readdirSync(join(root, "mnt")), readdirSync(join(root, "tmp"))]).toEqual([[], []]);
	}
	expect(treeOf(outside)).toEqual(before);
});

everywhere("CVE-2025-24965: a file goes to no place that a link in its way leads to", async (ns) => {
	const outside = outsideOf(ns);
	const source = put(ns, "source", "text\n");
	const tree = ns.directory("tree");
	ns.directory("tree/proc");
	symlinkSync(join(outside, "victim"), join(tree, "passwd"));
	symlinkSync(join(outside, "new"), join(tree, "dangling"));
	const before = treeOf(ns.folder);
	for (const options of optionSets(ns)) {
		const rules = ["--overlay", `${tree}:/etc`, "--file", `${source}:/etc/passwd`, "--file", `${source}:/etc/dangling`];
		expect(await inside(ns, [...options, ...smallRoot, ...rules], "cat /etc/passwd /etc/dangling")).toBe(
			"text\ntext\n",
		);
		for (const name of ["passwd", "dangling"])
			await refused(ns, [...options, "--root", tree, "--file", `${source}:/${name}`], [`/${name}`, "ENOENT", "hint: "]);
	}
	expect(treeOf(ns.folder)).toEqual(before);
});

everywhere("CVE-2024-32462: a path that begins with dashes is a path", async (ns) => {
	ns.directory("--tmpfs");
	put(ns, "--tmpfs/file", "text\n");
	ns.directory("at");
	const at = join(ns.folder, "at");
	for (const rule of [
		["--bind", `--tmpfs:${at}`],
		[`--bind=--tmpfs:${at}`],
		["--overlay", `--tmpfs:${at}`],
		["--file", `--tmpfs/file:${at}/file`, "--symlink", `--x:${at}/link`],
	]) {
		const before = rule[0] === "--file" ? ["--tmpfs", at] : [];
		expect([rule, await inside(ns, [...before, ...rule], `cat ${at}/file; readlink ${at}/link`).catch(String)]).toEqual(
			[rule, rule.length === 4 ? "text\n--x\n" : expect.stringContaining("text\n")],
		);
	}
});
