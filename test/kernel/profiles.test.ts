/** Profiles in files, on the real kernel: what they say is done, and what is wrong with them is told with nothing done. */
import { expect } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { profileSandbox } from "../../src/index.ts";
import { everywhere, library, rows } from "./harness.ts";

const box = `
[uts]
hostname = "in-a-profile"

[pid]

[mount]
mounts = [
	{ type = "bind", source = "shown", target = "/mnt", readOnly = true },
	{ type = "tmpfs", target = "/tmp" },
]

[limits]
nofile = 77

[environment]
clear = true
keep = ["PATH"]
set = { FROM = "profile" }

[command]
argv = ["sh", "-c", "hostname; cat /mnt/file; ls /tmp; ulimit -n; echo $FROM $SECRET; echo no > /mnt/new; echo $$"]
`;

everywhere("a command runs as its profile says", async (ns) => {
	mkdirSync(join(ns.folder, "project/shown"), { recursive: true });
	writeFileSync(join(ns.folder, "project/shown/file"), "text\n");
	writeFileSync(join(ns.folder, "project/box.toml"), box);
	const { code, stdout, stderr } = await ns.run(["run", "--profile", "project/box.toml"], { env: { SECRET: "s" } });
	expect([code, stdout]).toEqual([0, "in-a-profile\ntext\n77\nprofile\n2\n"]);
	expect(stderr).toContain("Read-only file system");
	expect(readdirSync(join(ns.folder, "project/shown"))).toEqual(["file"]);
	// Options count before it, and so does the command.
	const words = ["run", "--profile", "project/box.toml", "--hostname", "other", "--setenv", "FROM=line", "--"];
	expect(await ns.output([...words, "sh", "-c", 'hostname; echo "$FROM"'])).toBe("other\nline\n");
	// The project may lie elsewhere.
	renameSync(join(ns.folder, "project"), join(ns.folder, "moved"));
	expect(await ns.output(["run", "--profile", "moved/box.toml", "cat", "/mnt/file"])).toBe("text\n");
});

everywhere("a profile that was saved does the same, where the project lies by then", async (ns) => {
	ns.directory("one");
	ns.directory("one/hidden");
	writeFileSync(join(ns.folder, "one/hidden/key"), "secret");
	for (const ending of ["toml", "yaml", "json", "jsonc", "json5"]) {
		const name = `one/box.${ending}`;
		const words = ["--root", "tmpfs", "--ro-bind", "/usr", "--symlink", "usr/bin:/bin", "--symlink", "usr/lib:/lib"];
		words.push("--ro-bind-try", "/lib64", "--dir", "/proc", "--bind", "one", "--tmpfs", `${ns.folder}/one/hidden`);
		words.push(
			"--wd",
			"one",
			"--setenv",
			"X=1 2",
			"--umask",
			"27",
			"--",
			"sh",
			"-c",
			'ls hidden; umask; echo "$X"; pwd',
		);
		expect(await ns.output(["plan", "--save", name, ...words])).toBe("");
		const here = await ns.output(["run", "--profile", name]);
		expect([name, here]).toEqual([name, `0027\n1 2\n${ns.folder}/one\n`]);
		const plan = await ns.output(["plan", "--json", ...words]);
		expect(await ns.output(["plan", "--json", "--profile", name])).toBe(plan);
		renameSync(join(ns.folder, "one"), join(ns.folder, "two"));
		expect(await ns.output(["run", "--profile", `two/box.${ending}`])).toBe(`0027\n1 2\n${ns.folder}/two\n`);
		renameSync(join(ns.folder, "two"), join(ns.folder, "one"));
	}
	const text = await ns.output(["plan", "--save", "-", "--uts", "--hostname", "x"]);
	expect(text).toContain('[uts]\nhostname = "x"\n');
});

everywhere("a profile that is wrong is told, with everything, and nothing is done", async (ns) => {
	const put = (name: string, text: string): void => writeFileSync(join(ns.folder, name), text);
	put("syntax.toml", 'uts = true\nnet = "x\n');
	put("keys.yaml", "utz: true\nuts: {hostnam: x, hostname: 5}\n");
	put("a.toml", 'extends = "b.toml"');
	put("b.toml", 'extends = "./a.toml"');
	put("modules.json", '{"uts": {"hostname": ""}}');
	put("hostile.json", '{"__proto__": {"user": true}, "mount": {"mounts": [{"type": "bind", "source": "~/x"}]}}');
	put("secret.toml", "");
	chmodSync(join(ns.folder, "secret.toml"), 0);
	for (const [profile, ...words] of [
		["none.toml", "none.toml: cannot be read: ENOENT"],
		["keys.txt", 'there is no profile "keys.txt"', "the name has to end in .toml"],
		["syntax.toml", "syntax.toml: line 2 is no TOML"],
		["keys.yaml", "keys.yaml: utz: there is no such key", "did you mean hostname?", "uts.hostname: must be a string"],
		["a.toml", `in a circle: a.toml -> ${ns.folder}/b.toml -> ${ns.folder}/./a.toml`],
		["modules.json", "the hostname is empty"],
		["hostile.json", "__proto__: there is no such key", "mount.mounts[0].source: begins with ~"],
		...(ns.who === "ordinary" ? [["secret.toml", "secret.toml: cannot be read: EACCES"]] : []),
	]) {
		const made = join(ns.folder, "made");
		const { code, stdout, stderr } = await ns.run(["run", "--profile", profile ?? "", "touch", made]);
		expect([profile, code, stdout, existsSync(made)]).toEqual([profile, 125, "", false]);
		for (const word of words) expect([profile, stderr]).toEqual([profile, expect.stringContaining(word)]);
	}
	for (const words of [["--uts", "--hostname", ""], ["--json"], ["--raw"], ["--profile", "keys.yaml"]]) {
		const saved = await ns.run(["plan", "--save", "new.toml", ...words]);
		expect([words, saved.code, existsSync(join(ns.folder, "new.toml"))]).toEqual([words, 125, false]);
	}
});

everywhere("a step that fails is explained by what the profile said then", async (ns) => {
	writeFileSync(join(ns.folder, "p.toml"), '[mount]\nmounts = [{ type = "bind", source = "none", target = "/mnt" }]\n');
	const { code, stderr } = await ns.run(["run", "--profile", "p.toml", "true"]);
	expect([code, stderr]).toEqual([125, expect.stringContaining(`hint: ${ns.folder}/none does not exist`)]);
});

rows({ who: "root", how: "source" })("`ns plan --schema` prints the published schema", async (ns) => {
	const published = readFileSync(join(import.meta.dir, "../../docs/profile.schema.json"), "utf8");
	expect(await ns.output(["plan", "--schema"])).toBe(published);
});

library("a sandbox of a profile has its environment and its command", async () => {
	const box = profileSandbox({
		uts: { hostname: "box" },
		environment: { clear: true, keep: ["PATH"], set: { A: "1" } },
		command: { argv: ["sh", "-c", "hostname; echo $A$SECRET; pwd"], cwd: "/usr" },
	});
	const env = { PATH: process.env.PATH, SECRET: "s" };
	expect(box.spawnSync([], { stdout: "pipe", env }).stdout?.toString()).toBe("box\n1\n/usr\n");
	const child = await box.spawn(["sh", "-c", "echo $A$SECRET; pwd"], { stdout: "pipe", env, cwd: "/" });
	expect(await child.stdout.text()).toBe("1\n/\n");
	await child.exited;
	expect(() => profileSandbox({ utz: true } as object)).toThrow("did you mean uts?");
});
