import { expect } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { everywhere, type Ns, rows } from "./harness.ts";
import { inside, optionSets, put, refused, said, smallRoot } from "./mounts.ts";
import { treeOf } from "./mounts-tree.ts";

/** Every rule that takes a source, with the source in its place. */
const withSource = (source: string, target: string): string[][] => [
	...["bind", "ro-bind", "idmap-bind"].map((name) => [`--${name}`, `${source}:${target}`]),
	["--overlay", `${source}:${target}`],
	["--overlay", `/usr:${target}:lower=${source}`],
	["--file", `${source}:${target}`],
];

/** Every rule that takes a target, with the target in its place. */
const withTarget = (target: string): string[][] => [
	...["bind", "ro-bind", "bind-try", "ro-bind-try", "overlay"].map((name) => [`--${name}`, `/usr:${target}`]),
	...["--tmpfs", "--dir", "--mask", "--mask-try", "--readonly-path", "--readonly-path-try", "--remount-ro"].map(
		(name) => [name, target],
	),
	...["--dev", "--mqueue", "--sys"].map((name) => [`${name}=${target}`]),
	["--symlink", `to:${target}`],
	["--file", `/etc/passwd:${target}`],
	["--bind-fd", `0:${target}`],
];

/** Nothing of the test's folder changes while these are refused. */
async function allRefused(ns: Ns, rules: readonly string[][], words: readonly string[]): Promise<void> {
	const before = treeOf(ns.folder);
	for (const rule of rules) {
		const { stderr } = await refused(ns, rule, words);
		expect([rule, stderr.length < 10_000]).toEqual([rule, true]);
	}
	expect(treeOf(ns.folder)).toEqual(before);
}

const dist = rows({ how: "dist" });

dist("sources that are missing, loops, below a file, or too long are named", async (ns) => {
	const dir = ns.directory("at");
	const at = ns.folder;
	const file = put(ns, "file", "");
	symlinkSync("loop", join(at, "loop"));
	const privileged = (rules: string[][]) => rules.filter(([name]) => name !== "--idmap-bind");
	await allRefused(ns, privileged(withSource(`${at}/none`, dir)), [
		`${at}/none`,
		"ENOENT",
		`hint: ${at}/none does not exist`,
	]);
	await allRefused(ns, privileged(withSource(`${at}/loop`, dir)), [`${at}/loop`, "ELOOP", "hint: "]);
	await allRefused(ns, privileged(withSource(`${file}/below`, dir)), [`${file}/below`, "ENOTDIR", "hint: "]);
	await allRefused(ns, privileged(withSource(`${file}/`, dir)), [`${file}/`, "ENOTDIR", "hint: "]);
	await allRefused(ns, privileged(withSource(`${at}/${"n".repeat(256)}`, dir)), ["ENAMETOOLONG", "hint: "]);
	await allRefused(ns, privileged(withSource(`/${"a/".repeat(2048)}`, dir)), [
		"source has 4097 bytes, and the kernel takes 4095",
	]);
});

dist("sources that are empty are refused", async (ns) => {
	const dir = ns.directory("at");
	for (const [rule, words] of [
		["--bind", "the bind source is empty"],
		["--overlay", "the overlay source is empty"],
		["--file", "the file source is empty"],
		["--bind-fd", '"" is no number'],
		["--symlink", "a link says something"],
	] as const)
		await allRefused(ns, [[rule, `:${dir}`]], [words]);
	await allRefused(
		ns,
		[
			["--bind", ""],
			["--overlay", ""],
			["--file", ""],
		],
		["is empty"],
	);
	await allRefused(
		ns,
		[
			["--tmpfs", ""],
			["--mask", ""],
			["--dir", ""],
			["--remount-ro", ""],
		],
		["target is empty"],
	);
});

dist("targets that are relative, the root, go up, or are too long are refused", async (ns) => {
	for (const target of ["relative", "./relative", "--dashes"]) {
		for (const rule of ["--tmpfs", "--dir", "--mask", "--readonly-path", "--remount-ro"])
			await allRefused(
				ns,
				[[rule, target]],
				[`target ${target} does not begin with /`, "hint: targets are paths inside"],
			);
		await allRefused(
			ns,
			[
				["--bind", `/usr:${target}`],
				["--symlink", `to:${target}`],
				["--file", `/etc/passwd:${target}`],
			],
			[target],
		);
	}
	const but = (name: string) => withTarget("/").filter(([rule]) => rule !== name);
	// As the first rule the others make exceptions to it.
	const second = (rule: string[]) => (rule[0]?.startsWith("--readonly") ? ["--tmpfs", "/mnt", ...rule] : rule);
	await allRefused(ns, but("--remount-ro").map(second), [
		"target is the root",
		"hint: the root itself is chosen with --root",
	]);
	await allRefused(ns, withTarget("/usr/../etc"), ["goes up with ..", "hint: "]);
	await allRefused(ns, withTarget(`/${"a/".repeat(2048)}`), ["target has 4097 bytes, and the kernel takes 4095"]);
});

dist("targets that are missing, loops, or below a file are named", async (ns) => {
	const at = ns.folder;
	const file = put(ns, "file", "");
	symlinkSync("loop", join(at, "loop"));
	const must = (target: string) =>
		withTarget(target).filter(([rule = ""]) => !rule.endsWith("-try") && !/^--(bind-fd|sys|mqueue)/.test(rule));
	await allRefused(ns, must(`${at}/none/x`), [at, "ENOENT", "hint: "]);
	await allRefused(ns, must(`${at}/loop/x`), [at, "ELOOP", "hint: "]);
	await allRefused(ns, [["--symlink", `to:${at}/none`]], [at, "EXDEV", "hint: this lies on the caller's disk"]);
	await allRefused(ns, must(`${file}/below`), [file, "ENOTDIR", "hint: "]);
});

everywhere("several mistakes are said at once, each on its own line", async (ns) => {
	const rules = [
		"--bind",
		":/a",
		"--tmpfs",
		"b",
		"--tmpfs",
		"/c:size=x,mode=9",
		"--bind",
		"/d:/e:rw",
		"--file",
		"/f:/g:mode=8",
	];
	const { code, stdout, stderr } = await ns.run(["run", ...rules, "true"]);
	expect([code, stdout]).toEqual([125, ""]);
	for (const words of [
		"bind source is empty",
		"tmpfs target b does not",
		"mode=9 is no octal",
		'"rw" is no path',
		"mode=8 is no octal",
	])
		expect(stderr).toContain(words);
});

everywhere("a path that ends with a slash, has them twice, or is no UTF-8 is as good as any", async (ns) => {
	const dir = ns.directory("dir");
	put(ns, "dir/file", "text\n");
	const rules = [
		"--bind",
		`${dir}/:/a/`,
		"--bind",
		`${dir}//.//:/b//c/./`,
		"--tmpfs",
		"/t///",
		"--dir",
		"//d//e//",
		"--symlink",
		"dir/:/l/",
	];
	for (const options of optionSets(ns)) {
		expect(
			await inside(ns, [...options, ...smallRoot, ...rules], "cat /a/file /b/c/file; ls -d /t /d/e; readlink /l"),
		).toBe("text\ntext\n/d/e\n/t\ndir/\n");
	}
	const odd = "$(printf 'odd\\377')";
	const script = `"$@" ${smallRoot.join(" ")} --dir "/${odd}" --tmpfs "/${odd}/t${odd}" --symlink "${odd}:/l${odd}" --bind "${dir}:/b${odd}" -- sh -c 'ls -d /*odd* /odd*/* | od -An -c | tr -d " \\n"'`;
	const { code, stdout, stderr } = await ns.shell(script, { bash: true, args: ["run"] });
	expect({ code, stdout, stderr }).toEqual({
		code: 0,
		stderr: "",
		stdout: "/bodd377\\n/lodd377\\n/odd377\\n/odd377/todd377\\n",
	});
});

everywhere("a rule that is repeated covers the one before", async (ns) => {
	const [a, b] = ["a", "b"].map((name) => {
		ns.directory(name);
		put(ns, `${name}/name`, `${name}\n`);
		return join(ns.folder, name);
	});
	const rules = [
		"--bind",
		`${a}:/x`,
		"--bind",
		`${b}:/x`,
		"--tmpfs",
		"/y",
		"--dir",
		"/y/one",
		"--tmpfs",
		"/y",
		"--dir",
		"/y/two",
	];
	const again = ["--dir", "/z", "--dir", "/z", "--dev", "--dev", "--remount-ro", "/", "--remount-ro", "/"];
	const twice = ["--mask", "/x", "--mask", "/x", "--readonly-path", "/x", "--readonly-path", "/x"];
	for (const options of optionSets(ns)) {
		const shown = await said(ns, [...options, ...smallRoot, ...rules, ...again], "cat /x/name; ls /y; echo x > /new");
		expect(shown).toEqual(["b", "two", expect.stringContaining("Read-only file system")]);
		expect(await inside(ns, [...options, ...smallRoot, ...rules, ...twice], "ls -A /x")).toBe("");
	}
});

/** As many as can be asked for. */
const five = (rule: (i: number) => string[]): string[] => Array.from({ length: 5_000 }, (_, i) => rule(i)).flat();

dist("5,000 binds are made, and where there are too few descriptors that is said once", async (ns) => {
	const dir = ns.directory("dir");
	put(ns, "dir/file", "text\n");
	const script = `cat ${dir}/7/file /m/4999/file /m/0/file 2>&-; grep -c dir /proc/self/mountinfo`;
	for (let i = 0; i < 50; i++) ns.directory(`dir/${i}`);
	const same = five((i) => ["--ro-bind", `${dir}:${dir}/${i % 50}`]);
	const many = five((i) => ["--ro-bind", `${dir}:/m/${i}`]);
	for (const options of optionSets(ns).slice(-1)) {
		expect(await inside(ns, [...options, ...same], script)).toBe("text\n5000\n");
		expect(await inside(ns, [...options, ...smallRoot, ...many], script)).toBe("text\ntext\n5000\n");
	}
	const few = { before: ["prlimit", "--nofile=256"] };
	const { stderr } = await refused(ns, [...smallRoot, ...many], [`open ${dir}`, "EMFILE"], few);
	expect(stderr).toContain("hint: every source takes a descriptor until the command starts: raise ulimit -n");
});

// A .. on the way makes the kernel give up when anything is renamed meanwhile.
rows({ how: "dist", needs: ["strace"] })(
	"a path that the kernel could not follow at once is tried again",
	async (ns) => {
		const dir = ns.directory("dir");
		const inject = [
			"strace",
			"-f",
			"-o",
			"/dev/null",
			"-e",
			"trace=openat2",
			"-e",
			"inject=openat2:error=EAGAIN:when=1..7",
		];
		const rules = ["--tmpfs", "/tmp", "--bind-try", `${dir}:/new`, "--bind", `${dir}:/tmp/new`];
		const ended = await ns.command([...inject, ...ns.program, "run", ...rules, "--", "ls", "/tmp"]);
		expect(ended).toMatchObject({ code: 0, stdout: "new\n", stderr: "" });
	},
);
