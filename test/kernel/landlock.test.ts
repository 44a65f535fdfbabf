/** Landlock on the real kernel: what of the files is refused from inside. */
import { expect } from "bun:test";
import { chmodSync, chownSync, copyFileSync, existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { landlock, mount, NamespaceError, pid, sandbox } from "nskit";
import { library, type Ns, rows } from "./harness.ts";

const everywhere = rows({ needs: ["perl"] });

/** Without a mount namespace, with all eight, and with the command as PID 1. */
const optionSets = [["--uts"], [], ["--pid", "--mount", "--no-init"]];

/** What perl needs, which opens /dev/null for its -e. */
const forPerl = ["--landlock-execute", "/usr", "--landlock-read", "/dev/null"];

/** A program of perl's in which `t` says how something went. */
const perl = (body: string): string[] => [
	"perl",
	"-MErrno",
	"-e",
	`sub t { my ($name, $fine) = @_; my $error = $!;
		print "$name ", $fine ? "ok" : $error == Errno::EACCES ? "EACCES" : $error == Errno::EXDEV ? "EXDEV" : $error, "\\n" }
	${body}`,
];

/** Everything that Landlock knows of files, tried in the directories that are named. */
const tryAll = perl(`for my $in (@ARGV) {
	my $name = $in =~ s,.*/,,r;
	t("$name read", open(my $f, "<", "$in/file"));
	t("$name list", opendir(my $d, $in));
	t("$name stat", -s "$in/file");
	t("$name write", open($f, ">>", "$in/file"));
	t("$name empty", truncate("$in/file", 0));
	t("$name execute", system("$in/true") == 0);
	t("$name make", open($f, ">", "$in/new"));
	t("$name make directory", mkdir("$in/directory"));
	t("$name make link", symlink("to", "$in/link"));
	t("$name make fifo", system("/usr/bin/mkfifo $in/fifo 2>&-") == 0);
	t("$name rename", rename("$in/file", "$in/other"));
	t("$name remove", unlink("$in/true"));
	t("$name remove directory", rmdir("$in/empty"));
}`);

const made = (ns: Ns, name: string): string => {
	const path = ns.directory(name);
	ns.directory(`${name}/empty`);
	writeFileSync(`${path}/file`, "text");
	copyFileSync("/usr/bin/true", `${path}/true`);
	chmodSync(`${path}/true`, 0o755);
	for (const file of ["file", "true"]) chownSync(`${path}/${file}`, ns.account.uid, ns.account.gid);
	return path;
};

const looking = ["read", "list"];
const changing = [
	...["write", "empty", "make", "make directory", "make link", "make fifo"],
	...["rename", "remove", "remove directory"],
];

/** The operations on a directory that went well, of those that are there. */
const fine = (output: string, name: string): string[] =>
	output.split("\n").flatMap((line) => new RegExp(`^${name} (.*) ok$`).exec(line)?.[1] ?? []);

everywhere("each list gives what it says, and nothing else is given", async (ns) => {
	for (const set of optionSets) {
		const id = optionSets.indexOf(set);
		const paths = ["r", "w", "x", "o"].map((name) => made(ns, `${id}/${name}`));
		const [r = "", w = "", x = ""] = paths;
		const lists = [...forPerl, "--landlock-read", r, "--landlock-write", w, "--landlock-execute", x];
		const output = await ns.output(["run", ...set, ...lists, ...tryAll, ...paths]);
		expect(fine(output, "r")).toEqual([...looking, "stat"]);
		expect(fine(output, "x")).toEqual([...looking, "stat", "execute"]);
		expect(fine(output, "w")).toEqual([...looking, "stat", ...changing]);
		expect(fine(output, "o")).toEqual(["stat"]);
		// What is refused is refused by Landlock, and has changed nothing.
		const refused = output.split("\n").filter((line) => line !== "" && !line.endsWith(" ok"));
		expect(refused.filter((line) => !/ (EACCES|0)$/.test(line))).toEqual([]);
		for (const path of [r, x, `${ns.folder}/${id}/o`]) {
			expect(readdirSync(path).toSorted()).toEqual(["empty", "file", "true"]);
			expect(await Bun.file(`${path}/file`).text()).toBe("text");
		}
	}
	// The same without Landlock: everything goes well.
	const free = made(ns, "free");
	const all = fine(await ns.output(["run", "--uts", ...tryAll, free]), "free");
	expect(all.toSorted()).toEqual([...looking, "stat", "execute", ...changing].toSorted());
});

everywhere("what is no directory gets the rights that files have", async (ns) => {
	const path = made(ns, "files");
	const body = `my $f; t("read", open($f, "<", "file")); t("write", open($f, ">>", "file")); t("empty", truncate("file", 0));
		t("execute", system("./true") == 0); t("beside", open($f, "<", "other")); t("remove", unlink("file"));
		t("null", open($f, ">", "/dev/null")); t("zero", open($f, "<", "/dev/zero"));`;
	writeFileSync(`${path}/other`, "");
	const run = async (...lists: string[]) =>
		(await ns.output(["run", ...forPerl, ...lists, ...perl(body)], { cwd: path }))
			.split("\n")
			.flatMap((line) => /^(.*) ok$/.exec(line)?.[1] ?? []);
	expect(await run("--landlock-read", "file")).toEqual(["read"]);
	expect(await run("--landlock-write", "file", "--landlock-write", "/dev/null")).toEqual([
		...["read", "write", "empty", "null"],
	]);
	expect(await run("--landlock-execute", "./true", "--landlock-read", "/dev/zero")).toEqual(["execute", "zero"]);
	expect(existsSync(`${path}/file`)).toBe(true);
});

everywhere("files move between the paths of --landlock-write, and to no other", async (ns) => {
	const [one, two, three] = ["one", "two", "three"].map((name) => made(ns, name)) as [string, string, string];
	const body = `my ($one, $two, $three) = @ARGV;
		t("between", rename("$one/file", "$two/moved")); t("link", link("$two/moved", "$one/linked"));
		t("directory", rename("$one/empty", "$two/full/empty")); t("out", rename("$one/true", "$three/moved"));
		t("in", rename("$three/file", "$one/file"));`;
	ns.directory("two/full");
	const lists = [...forPerl, "--landlock-write", one, "--landlock-write", two];
	for (const set of [["--uts"]]) {
		const lines = (await ns.output(["run", ...set, ...lists, ...perl(body), one, two, three])).trim().split("\n");
		expect(lines.slice(0, 3)).toEqual(["between ok", "link ok", "directory ok"]);
		expect(lines.slice(3).every((line) => /^(out|in) (EACCES|EXDEV)$/.test(line))).toBe(true);
	}
	expect(readdirSync(three).toSorted()).toEqual(["empty", "file", "true"]);
});

everywhere("no device is made, and ioctl(2) on devices is refused but where --landlock-write says so", async (ns) => {
	const path = ns.directory("devices");
	// TCGETS of /dev/tty needs a terminal; /dev/ptmx is one that everybody can open.
	const body = `my $f; open($f, "+<", "/dev/ptmx") or open($f, "<", "/dev/ptmx") or die "ptmx: $!";
		my $size = "\\0" x 64; t("ioctl", ioctl($f, 0x5401, $size)); t("device", system("/usr/bin/mknod $ARGV[0]/null c 1 3 2>&-") == 0);`;
	const run = async (list: string) =>
		ns.output([
			...["run", "--uts", "--landlock-execute", "/usr", `--landlock-${list}`, "/dev", "--landlock-write", path],
			...[...perl(body), path],
		]);
	expect(await run("read")).toStartWith("ioctl EACCES\ndevice ");
	expect(await run("write")).toStartWith("ioctl ok\ndevice ");
	expect(readdirSync(path)).toEqual([]);
});

everywhere("paths mean what they mean inside, relative ones and symbolic links too", async (ns) => {
	const path = made(ns, "real");
	symlinkSync("real", `${ns.folder}/link`);
	const read = (...words: string[]) => ns.run(["run", "--landlock-execute", "/usr", ...words]);
	expect(await read("--landlock-read", "link", "cat", "real/file")).toMatchObject({ code: 0, stdout: "text" });
	expect(await read("--landlock-read", "real", "cat", "link/file")).toMatchObject({ code: 0, stdout: "text" });
	expect(await read("--landlock-read", ".", "cat", "link/file")).toMatchObject({ code: 0, stdout: "text" });
	expect((await read("--landlock-read", "real/empty", "cat", "link/file")).stderr).toContain("Permission denied");
	// What is mounted over a path is what is allowed.
	const inside = await read("--tmpfs", path, "--landlock-write", path, "sh", "-c", `ls ${path}; echo in > ${path}/new`);
	expect(inside).toMatchObject({ code: 0, stdout: "", stderr: "" });
	expect(readdirSync(path).toSorted()).toEqual(["empty", "file", "true"]);
	// Nothing is mounted behind it, and the command's own /proc is there for who names it.
	const own = await read("--landlock-read", "/proc", "sh", "-c", "read a b c < /proc/self/stat; echo $b");
	expect(own.stdout).toBe("(sh)\n");
	expect((await read("sh", "-c", "cat /proc/self/stat")).code).toBe(1);
});

everywhere("names may hold any bytes, and there may be a hundred of them", async (ns) => {
	const odd = ["a b", "ü", "tab\there", "new\nline", "'\"\\", "--read", ":,=", "*"];
	const names = [...odd, ...Array.from({ length: 100 - odd.length }, (_, i) => `n${i}`)];
	for (const name of names) writeFileSync(`${ns.folder}/${name}`, `${name};`);
	const left = `${ns.folder}/left`;
	writeFileSync(left, "left");
	const lists = names.flatMap((name) => ["--landlock-read", `./${name}`]);
	for (const set of optionSets) {
		const files = names.map((name) => `./${name}`);
		const args = ["run", ...set, "--landlock-execute", "/usr", ...lists];
		expect(await ns.output([...args, "cat", ...files])).toBe(names.map((name) => `${name};`).join(""));
		expect((await ns.run([...args, "cat", left])).stderr).toContain("Permission denied");
	}
	const bytes = `printf x > "$(printf 'b\\377')"; exec "$@" --landlock-read "$(printf 'b\\377')" cat "$(printf 'b\\377')"`;
	const args = ["run", "--uts", "--landlock-execute", "/usr"];
	expect(await ns.shell(bytes, { args })).toMatchObject({ code: 0, stdout: "x", stderr: "" });
});

everywhere("a path that is not there is one clear error that names it, and nothing is run", async (ns) => {
	await Bun.write(`${ns.folder}/file`, "");
	symlinkSync("circle", `${ns.folder}/circle`);
	const ran = `${ns.folder}/ran`;
	for (const set of optionSets) {
		for (const [path, ...words] of [
			["/no/such", 'openat2(AT_FDCWD, "/no/such"', "ENOENT", "hint: /no/such does not exist inside"],
			["file/below", "ENOTDIR", "is below a file"],
			["circle", "ELOOP", "in a circle"],
			["/proc/self/fd/0", "ELOOP", "through a link of /proc"],
			["/proc/self/cwd", "ELOOP"],
			["x".repeat(300), "ENAMETOOLONG"],
		] as const) {
			const lists = ["--landlock-execute", "/usr", "--landlock-write", ns.folder, "--landlock-read", path];
			const { code, stdout, stderr } = await ns.run(["run", ...set, ...lists, "touch", ran]);
			expect([set, path, code, stdout]).toEqual([set, path, 125, ""]);
			expect(stderr).toStartWith("ns: cannot allow reading /");
			for (const word of words) expect(stderr).toContain(word);
			expect(stderr.trimEnd().split("\n").length).toBeLessThan(3);
		}
	}
	expect(existsSync(ran)).toBe(false);
});

everywhere("a command that Landlock lets nobody execute says what to add", async (ns) => {
	for (const set of optionSets) {
		for (const argv of [["true"], ["/usr/bin/true"]]) {
			const { code, stderr } = await ns.run(["run", ...set, "--landlock-execute", "/usr/lib/locale", ...argv]);
			expect(code).toBe(126);
			expect(stderr).toContain("EACCES\nhint: it is no executable file; or it, the interpreter of a script");
			expect(stderr).toContain("add --landlock-execute");
		}
	}
	const script = `${ns.folder}/script`;
	writeFileSync(script, "#!/usr/bin/perl\nprint 1;\n", { mode: 0o755 });
	const allowed = ["--landlock-execute", script, "--landlock-read", "/usr"];
	expect((await ns.run(["run", ...allowed, script])).code).toBe(126);
	expect((await ns.run(["run", "--landlock-execute", "/usr", "--landlock-execute", script, script])).stdout).toBe("1");
});

everywhere("what is open already stays of use, and limits of open files leave room or say so", async (ns) => {
	writeFileSync(`${ns.folder}/file`, "text");
	const open = 'exec "$@"  7<file';
	const args = ["run", "--pass-fd", "7", "--landlock-execute", "/usr", "cat", "/dev/fd/7"];
	// By its number, not by a path, which would be opened anew.
	const byNumber = [...args.slice(0, -2), "sh", "-c", "cat <&7; cat file"];
	const { stdout, stderr } = await ns.shell(open, { args: byNumber });
	expect([stdout, stderr]).toEqual(["text", expect.stringContaining("Permission denied")]);
	const few = ["run", "--uts", "--rlimit", "nofile=3", "--landlock-execute", "/usr", "true"];
	const ended = await ns.run(few);
	expect([ended.code, ended.stderr]).toEqual([125, expect.stringContaining("hint: Landlock takes two descriptors")]);
	expect((await ns.run(few.with(3, "nofile=8"))).code).toBe(0);
});

everywhere("no set-user-ID program gains anything behind it", async (ns) => {
	const status = ["grep", "NoNewPrivs", "/proc/self/status"];
	const lists = ["--landlock-scope", "signal"];
	for (const set of optionSets) expect(await ns.output(["run", ...set, ...lists, ...status])).toBe("NoNewPrivs:\t1\n");
});

library("the library's clone, spawn and image are held, and a failure is one with a hint", async () => {
	const policy = landlock({ execute: ["/usr"], write: ["/dev/null"] });
	const script = ["sh", "-c", "cat /etc/hostname; cat /etc/passwd 2> /dev/null || echo refused"];
	// The first is a process in Bun's memory, the second an image.
	for (const box of [sandbox(policy), sandbox(policy, pid(), mount())]) {
		expect(box.spawnSync(script, { stderr: "ignore" }).stdout?.toString()).toBe("refused\n");
		const child = await box.spawn(script, { stdout: "pipe", stderr: "ignore" });
		expect(await child.stdout.text()).toBe("refused\n");
		expect(box.plan(["true"]).reduced).toBeUndefined();
	}
	// The process that started them is not held.
	expect(existsSync("/etc/passwd")).toBe(true);
	expect(await Bun.file("/etc/passwd").text()).toContain("root");
	for (const more of [[], [pid(), mount()]]) {
		const box = sandbox(landlock({ execute: ["/usr"], read: ["/no/such"] }), ...more);
		for (const run of [async () => box.spawnSync(["true"]), () => box.spawn(["true"])]) {
			const error = await run().catch((reason: unknown) => reason);
			expect(error).toBeInstanceOf(NamespaceError);
			expect(error).toMatchObject({ code: "ENOENT", path: "/no/such", hint: "/no/such does not exist inside" });
		}
		const closed = sandbox(landlock({ execute: ["/usr/lib/locale"] }), ...more);
		const error = await closed.spawn(["true"]).catch((reason: unknown) => reason);
		expect(error).toMatchObject({ code: "EACCES", exitCode: 126, hint: expect.stringContaining("--landlock-execute") });
	}
});
