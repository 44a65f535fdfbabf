import { expect } from "bun:test";
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { everywhere, rows } from "./harness.ts";
import { inside, mountAt, mounted, mountLines, optionSets, put, refused, said, smallRoot } from "./mounts.ts";

const withRoot = rows({ needs: ["root", "unshare"] });

everywhere("each flag of a bind shows by what cannot be done below it", async (ns) => {
	ns.directory("src");
	put(ns, "src/run", "#!/bin/sh\necho ran\n", 0o755);
	symlinkSync("run", join(ns.folder, "src/link"));
	const src = join(ns.folder, "src");
	const binds = ["ro", "nosuid", "nodev", "noexec", "nosymfollow"].flatMap((flag) => [
		"--bind",
		`${src}:/${flag}:${flag}`,
	]);
	const all = [
		"--bind",
		`${src}:/plain`,
		...binds,
		"--bind",
		"/dev/null:/null",
		"--bind",
		"/dev/null:/nodev-null:nodev",
	];
	const script = `
		for at in plain ro nosuid nodev noexec nosymfollow; do
			/$at/run; cat /$at/link | tail -n 1; echo x > /$at/file && rm /$at/file
		done
		cat /null; cat /nodev-null; echo x > /null; echo x > /nodev-null
		cat /proc/self/mountinfo`;
	for (const options of optionSets(ns)) {
		const lines = await said(ns, [...options, ...smallRoot, ...all], script);
		const shown = lines.map((line) => line.replace(/^(sh|cat): (\d+: )?/, ""));
		expect(shown.slice(0, 15)).toEqual([
			...["ran", "echo ran"],
			...["ran", "echo ran", "cannot create /ro/file: Read-only file system"],
			...["ran", "echo ran"],
			...["ran", "echo ran"],
			...["/noexec/run: Permission denied", "echo ran"],
			...["ran", "/nosymfollow/link: Too many levels of symbolic links"],
			...["/nodev-null: Permission denied", "cannot create /nodev-null: Permission denied"],
		]);
		const info = lines.join("\n");
		for (const flag of ["ro", "nosuid", "nodev", "noexec", "nosymfollow"]) {
			expect([flag, mountAt(info, `/${flag}`)?.flags]).toEqual([flag, expect.arrayContaining([flag])]);
			expect([flag, mountAt(info, "/plain")?.flags]).toEqual([flag, expect.not.arrayContaining([flag])]);
		}
	}
	expect(readdirSync(src).toSorted()).toEqual(["link", "run"]);
});

rows({ who: "root" })("below a bind with nosuid, set-user-ID bits do nothing", async (ns) => {
	const program = join(ns.folder, "id");
	copyFileSync("/usr/bin/id", program);
	chownSync(program, 65534, 65534);
	chmodSync(program, 0o4755);
	const binds = ["--bind", `${ns.folder}:/plain`, "--bind", `${ns.folder}:/nosuid:nosuid`];
	const options = ["--mount", "--pid", ...smallRoot, ...binds];
	expect(await inside(ns, options, "/plain/id -u; /nosuid/id -u")).toBe("65534\n0\n");
});

withRoot("a read-only bind is so all the way down, over mounts that can be written to", async (ns) => {
	for (const name of ["src", "src/nested", "src/nested/deep", "dst"]) ns.directory(name);
	const [src, dst] = [join(ns.folder, "src"), join(ns.folder, "dst")];
	const script = `mount -t tmpfs -o mode=777 one ${src}/nested; mkdir ${src}/nested/deep
		mount -t tmpfs -o mode=777 two ${src}/nested/deep`;
	const write = (at: string) => `for d in . nested nested/deep; do echo x > ${at}/$d/file && echo wrote; done`;
	for (const options of optionSets(ns)) {
		const before = { before: mounted(script) };
		const denied = Array.from({ length: 3 }, () => expect.stringContaining("Read-only file system"));
		expect(await said(ns, [...options, "--ro-bind", `${src}:${dst}`], write(dst), before)).toEqual(denied);
		expect(await said(ns, [...options, "--bind", `${src}:${dst}:ro`], write(dst), before)).toEqual(denied);
		expect(await said(ns, [...options, "--readonly-path", src], write(src), before)).toEqual(denied);
		expect(await said(ns, [...options, "--bind", `${src}:${dst}`], write(dst), before)).toEqual([
			...["wrote", "wrote", "wrote"],
		]);
		// A rule of a later mind: a place to write to within what is read-only.
		const more = ["--ro-bind", `${src}:${dst}`, "--bind", `${src}/nested:${dst}/nested`];
		expect(await said(ns, [...options, ...more], write(dst), before)).toEqual([...[denied[0], "wrote", "wrote"]]);
	}
});

// A ro-remount that does not restate them is refused by the kernel: nsjail PR #330.
withRoot("flags that an outer namespace has locked stay", async (ns) => {
	const [src, dst] = [ns.directory("src"), ns.directory("dst")];
	const script = `mount -t tmpfs -o nosuid,nodev,noexec,mode=777 locked ${src}; echo 'echo ran' > ${src}/run; chmod 755 ${src}/run`;
	for (const options of optionSets(ns)) {
		for (const rule of [
			["--ro-bind", `${src}:${dst}`],
			["--bind", `${src}:${dst}:nosymfollow`],
			["--readonly-path", src],
			["--remount-ro", src],
		] as const) {
			const at = rule[1].includes(":") ? dst : src;
			const run = [...options, ...rule];
			const lines = await said(ns, run, `${at}/run; cat /proc/self/mountinfo`, { before: mounted(script) });
			expect(lines[0]).toContain("Permission denied");
			const more = rule[1].includes("nosymfollow") ? "nosymfollow" : "ro";
			expect([rule, mountAt(lines.join("\n"), at)?.flags]).toEqual([
				rule,
				expect.arrayContaining(["nosuid", "nodev", "noexec", more]),
			]);
		}
	}
});

// CVE-2024-42472: a source that is swapped after it was looked at.
everywhere("what a descriptor is open on is bound, whatever has its path by then", async (ns) => {
	for (const name of ["given", "dst"]) ns.directory(name);
	put(ns, "given/file", "given\n");
	put(ns, "plain", "plain\n");
	put(ns, "dst/plain", "");
	const script = `
		exec 8<plain 9<given
		mv given aside; mkdir given; echo other > given/file; mv plain plain.aside; echo other > plain
		"$@"; code=$?
		rm -r given; mv aside given; mv plain.aside plain; exit $code`;
	const dst = join(ns.folder, "dst");
	for (const options of optionSets(ns)) {
		const args = (rule: string) => [
			...["run", ...options, `--${rule}`, `8:${dst}/plain`, `--${rule}`, `9:${dst}`, "--", "sh", "-c"],
			`cat ${dst}/file; echo more >> ${dst}/file; cat ${dst}/file`,
		];
		const readOnly = await ns.shell(script, { args: args("ro-bind-fd") });
		expect(readOnly).toMatchObject({ code: 0, stdout: "given\ngiven\n" });
		expect(readOnly.stderr).toContain("Read-only file system");
		expect(await ns.shell(script, { args: args("bind-fd") })).toMatchObject({ stdout: "given\ngiven\nmore\n" });
		put(ns, "given/file", "given\n");
		const file = ["run", ...options, "--ro-bind-fd", `8:${dst}/plain`, "--", "cat", join(dst, "plain")];
		expect(await ns.shell(script, { args: file })).toMatchObject({ code: 0, stdout: "plain\n", stderr: "" });
	}
	expect(readFileSync(join(dst, "plain"), "utf8")).toBe("");
});

everywhere("a descriptor that is closed, or of what has no path, is refused", async (ns) => {
	const dst = ns.directory("dst");
	await refused(ns, ["--bind-fd", `77:${dst}`], ["there is no descriptor 77", "hint: it has to be open"]);
	const gone = (rule: string) => `mkdir gone; exec 9<gone; rmdir gone; ${rule} exec "$@"`;
	for (const [rule, errno] of [
		["", "ENOENT"],
		["mkdir 'gone (deleted)';", "ESTALE"],
	] as const) {
		const args = ["run", "--bind-fd", `9:${dst}`, "true"];
		const { code, stderr } = await ns.shell(gone(rule), { args });
		expect([code, stderr]).toEqual([125, expect.stringContaining(errno)]);
		expect(stderr).toContain("hint: what the descriptor is open on has no path any more");
	}
});

rows({ needs: ["root"] })(
	"a rule with -try comes to nothing where it cannot be followed, and breaks no other",
	async (ns) => {
		const folder = ns.directory("closed");
		ns.directory("closed/within");
		symlinkSync("loop", join(ns.folder, "loop"));
		put(ns, "file", "text\n");
		chmodSync(folder, 0o700);
		chownSync(folder, process.getuid?.() ?? 0, 0);
		const at = ns.folder;
		// One of root's, which root may search.
		const sources = [
			`${at}/missing`,
			`${at}/loop`,
			`${at}/file/below`,
			...(ns.who === "root" ? [] : [`${folder}/within`]),
		];
		const skipped = [
			...sources.flatMap((source, i) => [
				"--bind-try",
				`${source}:/skipped/${i}`,
				"--ro-bind-try",
				`${source}:/skipped/${i}`,
			]),
			...["--symlink", "nowhere:/dangling", "--bind-try", "/usr:/dangling/usr"],
			...["--symlink", "usr:/foreign", "--bind-try", "/usr:/foreign/none/such", "--bind-try", "/usr:/foreign/none"],
			...["--bind-try", `/usr:/usr/bin/env/below`, "--bind-try", "/usr:/usr/none"],
			...["--mask-try", "/none", "--mask-try", "/usr/bin/env/below", "--readonly-path-try", "/none"],
		];
		// What lies at and below a target of a rule that came to nothing can still be made.
		const below = [
			"--tmpfs",
			"/skipped/0/tmp",
			"--file",
			`${at}/file:/skipped/1`,
			"--bind-try",
			`${at}/file:/shown/file`,
		];
		for (const options of optionSets(ns)) {
			const script =
				"ls /skipped; cat /skipped/1 /shown/file; stat -f -c %T /skipped/0/tmp; ls -d /usr/none /none; wc -l < /proc/self/mountinfo";
			expect(await said(ns, [...options, ...smallRoot, ...skipped, ...below], script)).toEqual([
				...["0", "1", "text", "text", "tmpfs"],
				"ls: cannot access '/usr/none': No such file or directory",
				"ls: cannot access '/none': No such file or directory",
				String(3 + 2 + nestedMounts("/usr")),
			]);
		}
	},
);

/** Mounts of the machine below a path. */
const nestedMounts = (path: string): number =>
	mountLines(readFileSync("/proc/self/mountinfo", "utf8")).filter(({ point }) => point.startsWith(`${path}/`)).length;

everywhere("a file is bound on a file, and a file on a directory is refused", async (ns) => {
	const [source, target] = [put(ns, "source", "source\n"), put(ns, "target", "target\n")];
	const folder = ns.directory("folder");
	for (const options of optionSets(ns)) {
		expect(await inside(ns, [...options, "--ro-bind", `${source}:${target}`], `cat ${target}`)).toBe("source\n");
		await refused(ns, [...options, "--bind", `${source}:${folder}`], ["move_mount", "a file on a file"]);
		await refused(ns, [...options, "--bind", `${folder}:${source}`], ["move_mount", "a file on a file"]);
	}
	expect(readFileSync(target, "utf8")).toBe("target\n");
	mkdirSync(join(folder, "still writable"));
});
