import { expect } from "bun:test";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere, type Ns, rows } from "./harness.ts";
import { inside, mountAt, mounted, optionSets, put, refused, said, smallRoot } from "./mounts.ts";

/** Directories with a file `name` that says which it is, and one of their own. */
function layers(ns: Ns, ...names: string[]): string[] {
	return names.map((name) => {
		const path = ns.directory(name);
		put(ns, `${name}/name`, `${name}\n`);
		put(ns, `${name}/only-${name}`, "");
		return path;
	});
}

everywhere("what is written over a directory lies in memory, and the directory stays as it is", async (ns) => {
	const [dir = ""] = layers(ns, "dir");
	chmodSync(dir, 0o750);
	const before = statSync(dir);
	const script = `
		cd ${dir}; stat -c '%a %u:%g' .; echo more >> name; cat name; rm only-dir; mkdir new; echo x > new/file; mv new renamed
		chmod 700 .; ls -A; cat /proc/self/mountinfo`;
	for (const options of optionSets(ns)) {
		const lines = await said(ns, [...options, "--overlay", dir], script);
		expect(lines.slice(0, 5)).toEqual(["750 0:0", "dir", "more", "name", "renamed"]);
		const overlay = mountAt(lines.join("\n"), dir);
		expect(overlay?.type).toBe("overlay");
		expect(overlay?.flags).toEqual(expect.arrayContaining(["rw", "nosuid", "nodev"]));
		// The next run sees nothing of it.
		expect(await inside(ns, [...options, "--overlay", dir], `ls -A ${dir}; cat ${dir}/name`)).toBe(
			"name\nonly-dir\ndir\n",
		);
	}
	const { mode, mtimeMs, ctimeMs } = statSync(dir);
	expect({ mode, mtimeMs, ctimeMs }).toEqual({ mode: before.mode, mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs });
	expect([readdirSync(dir).toSorted(), readFileSync(join(dir, "name"), "utf8")]).toEqual([
		["name", "only-dir"],
		"dir\n",
	]);
});

everywhere("of several directories the first is on top, and with ro nothing is written", async (ns) => {
	const [a, b, c] = layers(ns, "a", "b", "c");
	const at = ns.directory("at");
	const script = `cat ${at}/name; ls ${at} | tr '\\n' ' '; echo; echo x > ${at}/name`;
	for (const options of optionSets(ns)) {
		const rule = (text: string) => said(ns, [...options, "--overlay", text], script);
		const denied = expect.stringContaining("Read-only file system");
		expect(await rule(`${a}:${at}:ro,lower=${b},lower=${c}`)).toEqual(["a", "name only-a only-b only-c ", denied]);
		expect(await rule(`${c}:${at}:lower=${a},ro`)).toEqual(["c", "name only-a only-c ", denied]);
		expect(await rule(`${b}:${at}:lower=${a}`)).toEqual(["b", "name only-a only-b"]);
	}
});

everywhere("twenty directories and a caller with many open descriptors are no hindrance", async (ns) => {
	const names = Array.from({ length: 20 }, (_, i) => `layer${i}`);
	const [top = "", ...others] = layers(ns, ...names);
	const at = ns.directory("at");
	const rule = [`${top}:${at}:ro`, ...others.map((path) => `lower=${path}`)].join();
	for (const open of [0, 62, 90]) {
		const script = `i=3; while [ $i -lt ${open} ]; do eval "exec $i</dev/null"; i=$((i+1)); done; exec "$@"`;
		const args = ["run", "--overlay", rule, "--", "sh", "-c", `cat ${at}/name; ls ${at} | wc -l`];
		const ended = await ns.shell(script, { bash: true, args });
		expect(ended).toMatchObject({ code: 0, stdout: "layer0\n21\n", stderr: "" });
	}
});

everywhere("what is written can be kept in a directory, and is there the next time", async (ns) => {
	const [dir = ""] = layers(ns, "dir");
	const kept = join(ns.folder, "kept");
	const options = ["--overlay", `${dir}:keep=${kept}`];
	expect(await inside(ns, options, `echo more >> ${dir}/name; rm ${dir}/only-dir; echo x > ${dir}/new`)).toBe("");
	expect(await inside(ns, options, `cat ${dir}/name; ls ${dir}`)).toBe("dir\nmore\nname\nnew\n");
	expect([readdirSync(dir).toSorted(), readFileSync(join(dir, "name"), "utf8")]).toEqual([
		["name", "only-dir"],
		"dir\n",
	]);
	expect(readFileSync(join(kept, "upper/name"), "utf8")).toBe("dir\nmore\n");
});

everywhere("no character of a name has a meaning to the overlay", async (ns) => {
	const at = ns.directory("at");
	const odd = [
		"a:b",
		"a,lowerdir=b",
		"back\\slash",
		"two words",
		"line\nbreak",
		"quote\"'",
		"--dashes",
		"#hash",
		"%41",
	];
	for (const [i, name] of odd.entries()) {
		ns.directory(name);
		put(ns, `${name}/name`, `${i}\n`);
	}
	// As the command line writes them: a colon or comma that belongs to the name has a backslash before it.
	const paths = odd.map((name) => `${ns.folder}/${name.replace(/[:,]/g, "\\$&")}`);
	for (const [i, path] of paths.entries()) {
		const run = (rule: string) => inside(ns, ["--overlay", rule], `cat ${at}/name; echo x > ${at}/new`);
		expect([odd[i], await run(`${path}:${at}`)]).toEqual([odd[i], `${i}\n`]);
		expect([odd[i], await run(`${path}:${at}:lower=${paths[(i + 1) % odd.length]}`)]).toEqual([odd[i], `${i}\n`]);
	}
	// Targets may be called what they like, too.
	const all = paths.flatMap((path, i) => ["--overlay", `${at}:${path}:lower=${paths[(i + 1) % odd.length]}`]);
	const names = odd.map((name) => join(ns.folder, name, "name"));
	const shown = await ns.output(["run", ...all, "--", "cat", ...names]);
	expect(shown).toBe(odd.map((_, i) => `${(i + 1) % odd.length}\n`).join(""));
	for (const name of odd) expect(readdirSync(join(ns.folder, name))).toEqual(["name"]);
});

everywhere("a name that is no UTF-8 is taken as it is", async (ns) => {
	const at = ns.directory("at");
	const script = `mkdir "$(printf 'odd\\377')" && echo odd > "$(printf 'odd\\377')/name"; "$@" --overlay "$PWD/$(printf 'odd\\377'):${at}" -- cat ${at}/name; rm -r odd*`;
	const { code, stdout, stderr } = await ns.shell(script, { bash: true, args: ["run"] });
	expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "odd\n", stderr: "" });
});

everywhere("rules below an overlay in memory are made in it, and overlays are stacked", async (ns) => {
	const [a, b] = layers(ns, "a", "b");
	const source = put(ns, "source", "text\n");
	const rules = [
		...[
			"--overlay",
			a ?? "",
			"--tmpfs",
			`${a}/new/deep`,
			"--file",
			`${source}:${a}/file`,
			"--overlay",
			`${b}:${a}/over`,
		],
	];
	for (const options of optionSets(ns)) {
		const script = `ls ${a}; cat ${a}/file ${a}/over/name; echo x > ${a}/new/deep/x; echo y > ${a}/over/name`;
		expect(await inside(ns, [...options, ...rules], script)).toBe("file\nname\nnew\nonly-a\nover\ntext\nb\n");
	}
	expect([readdirSync(a ?? "").toSorted(), readFileSync(join(b ?? "", "name"), "utf8")]).toEqual([
		["name", "only-a"],
		"b\n",
	]);
});

rows({ how: "dist" })("an overlay of an overlay is made inside, and a third is refused with the reason", async (ns) => {
	const [dir = ""] = layers(ns, "dir");
	const nest = (script: string): string[] => [...ns.program, "run", "--overlay", dir, "--", "sh", "-c", script];
	const quote = (words: string[]) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
	const third = quote(nest("echo third"));
	const second = quote(nest(`cat ${dir}/name; echo two >> ${dir}/name; cat ${dir}/name; ${third}; echo $?`));
	const first = nest(`echo one >> ${dir}/name; ${second}; cat ${dir}/name`);
	const { stdout, stderr } = await ns.command(first);
	expect(stdout).toBe("dir\none\ndir\none\ntwo\n125\ndir\none\n");
	expect(stderr).toContain("EINVAL");
	expect(stderr).toContain("hint: overlays can be stacked two deep");
	expect(readFileSync(join(dir, "name"), "utf8")).toBe("dir\n");
});

rows({ needs: ["root", "unshare"] })(
	"layers of several file systems, and an upper one elsewhere, go together",
	async (ns) => {
		const [a, b] = layers(ns, "a", "b");
		const kept = ns.directory("kept");
		const { uid, gid } = ns.account;
		const script = `mount -t tmpfs -o mode=755,uid=${uid},gid=${gid} other ${b}; echo tmpfs > ${b}/fs; chown ${uid}:${gid} ${b}/fs
		mount -t tmpfs -o mode=755,uid=${uid},gid=${gid} third ${kept}`;
		for (const more of [`lower=${b}`, `keep=${kept}`]) {
			const rule = ["--overlay", `${a}:${more}`];
			const other = more.startsWith("keep") ? `cp ${b}/fs ${a};` : "";
			const shown = await inside(ns, rule, `${other} cat ${a}/name ${a}/fs; echo x >> ${a}/fs; cat ${a}/fs`, {
				before: mounted(script),
			});
			expect(shown).toBe("a\ntmpfs\ntmpfs\nx\n");
		}
	},
);

rows({ who: "root" })("owners and modes of what is in a layer are as outside", async (ns) => {
	const [dir = ""] = layers(ns, "dir");
	chownSync(dir, 1234, 4321);
	chmodSync(dir, 0o2751);
	writeFileSync(join(dir, "owned"), "");
	chownSync(join(dir, "owned"), 99, 98);
	const options = ["--mount", "--pid", "--overlay", dir];
	const script = `stat -c '%a %u:%g' ${dir} ${dir}/owned; echo x >> ${dir}/owned; stat -c '%a %u:%g' ${dir}/owned`;
	expect(await inside(ns, options, script)).toBe("2751 1234:4321\n644 99:98\n644 99:98\n");
});

everywhere("layers that are missing or no directories are named", async (ns) => {
	const [dir] = layers(ns, "dir");
	const file = put(ns, "file", "");
	mkdirSync(join(ns.folder, "empty"));
	for (const [rule, ...words] of [
		[`${ns.folder}/none:${dir}`, "openat", "ENOENT", `hint: ${ns.folder}/none does not exist`],
		[`${dir}:lower=${file}`, "ENOTDIR", `hint: ${file} is no directory`],
		[`${dir}:keep=${ns.folder}/none/layer`, "ENOENT", "hint: "],
		[`${dir}:keep=${dir}/layer`, "lies inside", "hint: keep it beside"],
		[`${dir}:lower=${ns.folder}/empty,keep=${ns.folder}/kept`, "that of one directory", "hint: "],
		[`${dir}:${dir}:ro`, "one directory without a place to write to"],
		[`${dir}:ro,keep=${ns.folder}/kept`, "ro and keep= contradict each other"],
		[`${dir}:lower=`, "the overlay source is empty"],
		[`${dir}:lower=${dir}`, "ELOOP", "hint: a directory can be part of an overlay once"],
	] as const) {
		await refused(ns, ["--overlay", rule], words);
	}
	await refused(ns, ["--tmpfs", "/proc", "--overlay", `${dir}`], ["ENOENT", "hint: overlays need /proc"]);
	await refused(ns, [...smallRoot, "--overlay", `${dir}:/usr/none`], ["/usr/none", "ENOENT", "hint: "]);
});
