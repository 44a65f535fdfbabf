import { expect } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everywhere } from "./harness.ts";
import { inside, mountAt, optionSets, put, refused, said, smallRoot } from "./mounts.ts";

everywhere("links, directories and files are made with the mode and owner that were asked for", async (ns) => {
	const source = put(ns, "source", "text\n", 0o600);
	const rules = [
		...[
			"--symlink",
			"../to:/links/deep/link",
			"--dir",
			"/dir",
			"--dir",
			"/a/b:mode=1701",
			"--dir",
			"/a:mode=0750,uid=0,gid=0",
		],
		...[
			"--file",
			`${source}:/plain`,
			"--file",
			`${source}:/a/secret:mode=400,uid=0`,
			"--file",
			`${source}:/a/tool:mode=4755`,
		],
		...[
			"--file",
			`${source}:/a/b/new`,
			"--symlink",
			"a/b:/short",
			"--file",
			`${source}:/short/through`,
			"--dir",
			"/short/too",
		],
	];
	const script = `
		cd /; readlink links/deep/link; stat -c '%n %A %u:%g' links dir a a/b plain a/secret a/tool a/b/new a/b/through a/b/too
		cat a/secret a/b/through; echo more >> plain && cat plain`;
	for (const options of optionSets(ns)) {
		const lines = await said(ns, [...options, ...smallRoot, ...rules], `umask; ${script}`, {
			before: ["sh", "-c", 'umask 077; exec "$@"', "sh"],
		});
		expect(lines).toEqual([
			...["0077"],
			...["../to", "links drwxr-xr-x 0:0", "dir drwxr-xr-x 0:0", "a drwxr-x--- 0:0", "a/b drwx-----t 0:0"],
			...["plain -rw-r--r-- 0:0", "a/secret -r-------- 0:0", "a/tool -rwsr-xr-x 0:0"],
			...["a/b/new -rw-r--r-- 0:0", "a/b/through -rw-r--r-- 0:0", "a/b/too drwxr-xr-x 0:0"],
			...["text", "text", "text", "more"],
		]);
	}
	expect(readFileSync(source, "utf8")).toBe("text\n");
});

everywhere("a file takes the place of one on the host, which stays as it is", async (ns) => {
	const [source, target] = [put(ns, "source", "inside\n"), put(ns, "target", "outside\n", 0o640)];
	const before = statSync(target);
	const script = `cat ${target}; stat -c %A ${target}; echo more >> ${target}; tail -n 1 ${target}; rm ${target}`;
	for (const options of optionSets(ns)) {
		const lines = await said(ns, [...options, "--file", `${source}:${target}:mode=604`], script);
		expect(lines).toEqual(["inside", "-rw----r--", "more", expect.stringContaining("Device or resource busy")]);
		const readOnly = await said(
			ns,
			[...options, "--file", `${source}:${target}:ro`],
			`echo more >> ${target}; cat ${target}`,
		);
		expect(readOnly).toEqual([expect.stringContaining("Read-only file system"), "inside"]);
	}
	expect(readFileSync(target, "utf8")).toBe("outside\n");
	const { ino, mode, mtimeMs, ctimeMs } = statSync(target);
	expect({ ino, mode, mtimeMs, ctimeMs }).toEqual({
		...{ ino: before.ino, mode: before.mode, mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs },
	});
});

everywhere("what was there in a private place is replaced by a file, and by nothing else", async (ns) => {
	const [one, two] = [put(ns, "one", "one\n"), put(ns, "two", "two\n")];
	const twice = ["--file", `${one}:/f`, "--file", `${two}:/f`, "--symlink", "/usr:/l", "--file", `${one}:/l`];
	for (const options of optionSets(ns)) {
		expect(await inside(ns, [...options, ...smallRoot, ...twice], "cat /f /l; ls /usr/bin/env")).toBe(
			"two\none\n/usr/bin/env\n",
		);
		await refused(
			ns,
			[...options, ...smallRoot, "--dir", "/d", "--file", `${one}:/d`],
			["make the file /d", "EISDIR", "hint: a directory is there"],
		);
		await refused(
			ns,
			[...options, ...smallRoot, "--dir", "/d", "--symlink", "x:/d"],
			["EEXIST", "hint: something is there already"],
		);
		await refused(ns, [...options, ...smallRoot, "--file", `${one}:/f`, "--dir", "/f/d"], ["/f", "ENOTDIR"]);
	}
});

everywhere("a file that is no plain file, or does not fit, is refused and not cut", async (ns) => {
	const big = put(ns, "big", "x".repeat(100_000));
	expect((await ns.command(["mkfifo", join(ns.folder, "pipe")])).code).toBe(0);
	for (const options of optionSets(ns)) {
		const small = [...options, ...smallRoot, "--tmpfs", "/t:size=8k"];
		await refused(
			ns,
			[...small, "--file", `${big}:/t/big`],
			["make the file /t/big", "ENOSPC", "hint: the file system"],
		);
		for (const name of ["", "/pipe"]) {
			const rule = ["--file", `${ns.folder}${name}:/x`];
			await refused(ns, [...small, ...rule], ["make the file /x", "EINVAL", "hint: only what a plain file holds"]);
		}
		expect(await inside(ns, [...options, ...smallRoot, "--file", `${big}:/big`], "wc -c < /big")).toBe("100000\n");
	}
});

everywhere("a mask hides files and directories, through links too, and stays in its place", async (ns) => {
	ns.directory("dir");
	const [secret, inDir] = [put(ns, "secret", "secret\n"), put(ns, "dir/secret", "secret\n")];
	const link = join(ns.folder, "link");
	symlinkSync("linked", link);
	put(ns, "linked", "linked\n");
	const dir = join(ns.folder, "dir");
	const masks = ["--mask", secret, "--mask", dir, "--mask", link];
	const script = `
		wc -c < ${secret}; wc -c < ${ns.folder}/linked; ls -A ${dir}; cat ${inDir}
		stat -c %A ${secret} ${dir}
		echo x > ${secret}; echo x > ${dir}/new; rm ${secret}; rmdir ${dir}; mv ${dir} ${dir}.aside; mv ${secret} ${secret}.aside
		chmod 777 ${secret}`;
	for (const options of optionSets(ns)) {
		const lines = await said(ns, [...options, ...masks], script);
		const ends = lines.map((line) => line.replace(/^.*: (?=[^:]*$)/, ""));
		expect(ends).toEqual([
			...["0", "0", "No such file or directory", "----------", "d---------"],
			...["Read-only file system", "Read-only file system", "Device or resource busy", "Device or resource busy"],
			...["Device or resource busy", "Device or resource busy", "Read-only file system"],
		]);
		// In a root of its own, and over what a rule has put there.
		const own = [...smallRoot, "--file", `${secret}:/f`, "--dir", "/d/e", "--mask", "/f", "--mask", "/d"];
		expect(await said(ns, [...options, ...own], "cat /f; ls -A /d; echo x > /f")).toEqual([
			expect.stringContaining("Read-only file system"),
		]);
		await refused(ns, [...options, "--mask", join(ns.folder, "none")], [join(ns.folder, "none"), "ENOENT", "hint: "]);
	}
	expect([readFileSync(secret, "utf8"), readFileSync(inDir, "utf8")]).toEqual(["secret\n", "secret\n"]);
});

everywhere("paths become read-only with all below them, or one mount alone", async (ns) => {
	for (const name of ["dir", "dir/deep"]) ns.directory(name);
	const [file, dir] = [put(ns, "file", "text\n"), join(ns.folder, "dir")];
	const write = (...paths: string[]) => paths.map((path) => `echo x > ${path} && echo wrote`).join("; ");
	const denied = expect.stringContaining("Read-only file system");
	for (const options of optionSets(ns)) {
		const rules = ["--readonly-path", file, "--readonly-path", dir];
		expect(
			await said(ns, [...options, ...rules], `${write(file, `${dir}/new`, `${dir}/deep/new`)}; cat ${file}`),
		).toEqual([...[denied, denied, denied, "text"]]);
		const remounted = ["--bind", `${dir}:${dir}`, "--tmpfs", `${dir}/deep`, "--remount-ro", dir];
		const lines = await said(
			ns,
			[...options, ...remounted],
			`${write(`${dir}/new`, `${dir}/deep/new`)}; cat /proc/self/mountinfo`,
		);
		expect(lines.slice(0, 2)).toEqual([denied, "wrote"]);
		expect(mountAt(lines.join("\n"), dir)?.flags).toContain("ro");
		expect(mountAt(lines.join("\n"), `${dir}/deep`)?.flags).toContain("rw");
		await refused(
			ns,
			[...options, "--remount-ro", dir],
			[`make ${dir} read-only`, "EINVAL", "hint: nothing is mounted right there"],
		);
		// The whole root, once it is filled.
		const root = [...options, ...smallRoot, "--tmpfs", "/tmp", "--dir", "/d", "--remount-ro", "/"];
		expect(await said(ns, root, `${write("/new", "/d/new", "/tmp/new")}`)).toEqual([denied, denied, "wrote"]);
	}
	expect(readdirSync(dir)).toEqual(["deep"]);
});

everywhere("nothing is made on the caller's disk: neither by rules nor for their targets", async (ns) => {
	const source = put(ns, "source", "text\n");
	mkdirSync(join(ns.folder, "root/proc"), { recursive: true });
	writeFileSync(join(ns.folder, "root/file"), "");
	const tree = () => readdirSync(ns.folder, { recursive: true }).map(String).toSorted();
	const before = tree();
	for (const options of optionSets(ns).slice(-1)) {
		for (const [root, at] of [
			[[], ns.folder],
			[["--root", join(ns.folder, "root")], ""],
			[[...smallRoot, "--bind", `${ns.folder}:/host`], "/host"],
		] as const) {
			for (const rule of [
				["--bind", `/usr:${at}/new`],
				["--tmpfs", `${at}/new/deep`],
				["--dev", `${at}/new`],
				["--overlay", `/usr:${at}/new`],
				["--dir", `${at}/new`],
				["--file", `${source}:${at}/new`],
				["--symlink", `x:${at}/new`],
			]) {
				const words = rule[0] === "--dev" ? [`--dev=${rule[1]}`] : rule;
				await refused(ns, [...options, ...root, ...words], ["hint: "]);
			}
		}
	}
	expect(tree()).toEqual(before);
});
