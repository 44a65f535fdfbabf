/** The preset in odd surroundings, on a terminal, and with the programs that people run in it. */
import { expect } from "bun:test";
import { chmodSync, chownSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRoot } from "./checkout.ts";
import { everywhere, type Ns, rows } from "./harness.ts";
import { keys, sizes, Terminal } from "./terminal.ts";

const where = ["run", "--strict", "sh", "-c", "pwd; ls -A; (: > new) 2>/dev/null && echo written; true"];

everywhere("a directory of work is shown read-only, whatever it is called, and wherever it lies", async (ns) => {
	for (const name of ["plain", "with space", "ö\u202e", "quote'\"$(x)`", "-dash", "new\nline", "deep/er"]) {
		const cwd = ns.directory(name);
		writeFileSync(join(cwd, "file"), "");
		expect(await ns.output(where, { cwd })).toBe(`${cwd}\nfile\n`);
	}
	// Below the home directory, which is empty else.
	const home = ns.directory("home");
	const cwd = ns.directory("home/project");
	writeFileSync(join(home, "secret"), "");
	const seen = await ns.output([...where.slice(0, -1), "pwd; ls -A ~"], { cwd, env: { HOME: home } });
	expect(seen).toBe(`${cwd}\nproject\n`);
	const made = "cd && : > file && ls -A";
	expect(await ns.output([...where.slice(0, -1), made], { cwd, env: { HOME: home } })).toBe("file\nproject\n");
});

everywhere("a home directory, what is above it, and what is the machine's are not shown", async (ns) => {
	const home = ns.directory("above/home");
	const link = join(ns.folder, "link");
	symlinkSync(home, link);
	writeFileSync(join(home, "secret"), "");
	writeFileSync(join(ns.folder, "above/secret"), "");
	for (const [HOME, cwd] of [
		[home, home],
		[`${home}/`, home],
		[link, home],
		[link, join(ns.folder, "above")],
		[home, join(ns.folder, "above")],
		[undefined, join(ns.folder, "above")],
		["", join(ns.folder, "above")],
		["relative", join(ns.folder, "above")],
	] as const) {
		const seen = await ns.output(where, { cwd, env: { HOME } });
		expect([HOME, cwd, seen]).toEqual([HOME, cwd, expect.not.stringContaining("secret")]);
	}
	const places = ["/", "/etc", "/etc/ssl", "/proc", "/sys", "/home", "/var", "/var/log", "/tmp", "/boot"];
	// Only root's runner can start somebody there.
	for (const cwd of isRoot ? [...places, "/root"] : places) {
		const plan = JSON.parse(await ns.output(["plan", "--json", "--strict", "true"], { cwd })) as {
			steps: { does: string }[];
		};
		expect([cwd, plan.steps.some(({ does }) => does === `bind ${cwd} at ${cwd}` || does === `bind ${cwd}`)]).toEqual([
			cwd,
			false,
		]);
	}
	expect((await ns.output(where, { cwd: "/sys" })).split("\n")[0]).toBe("/");
	expect((await ns.output(where, { cwd: "/var" })).split("\n")[0]).toBe("/");
});

rows({ who: "ordinary", needs: ["root"] })("a working directory that is out of reach is left out", async (ns) => {
	const closed = ns.directory("closed");
	const cwd = ns.directory("closed/inner");
	writeFileSync(join(cwd, "file"), "");
	chownSync(closed, 0, 0);
	chmodSync(closed, 0o700);
	const { code, stdout, stderr } = await ns.run(where, { cwd });
	expect([code, stdout, stderr]).toEqual([0, expect.not.stringContaining("file"), ""]);
});

rows({ how: "source" })("a working directory that was removed is left out", async (ns) => {
	ns.directory("gone");
	const { code, stdout, stderr } = await ns.shell(`cd gone && rmdir ../gone && exec "$@" run --strict pwd`);
	expect([code, stdout, stderr]).toEqual([0, "/\n", ""]);
});

everywhere("standard input may be closed, and nothing of the caller's gets in", async (ns) => {
	const list = `run --strict sh -c 'ls /proc/self/fd; cat /proc/self/stat | cut -d" " -f6'`;
	const { code, stdout, stderr } = await ns.shell(`exec 7< /etc/hostname; "$@" ${list} <&-`);
	expect([code, stdout.includes("7"), stderr]).toEqual([0, false, ""]);
});

rows({ who: "root", needs: ["setpriv"] })("users without a name, and with groups, can use it", async (ns) => {
	chmodSync(ns.folder, 0o755);
	for (const groups of ["--clear-groups", "--groups=4,6,100"]) {
		const user = ["setpriv", "--reuid=54321", "--regid=54322", groups, "--"];
		const seen = await ns.command([
			...user,
			...ns.program,
			"run",
			"--strict",
			"sh",
			"-c",
			"id -un; id -u; id -g; cat /proc/self/setgroups",
		]);
		expect(seen).toMatchObject({ code: 0, stdout: "user\n54321\n54322\ndeny\n", stderr: "" });
	}
});

/** What each program has to print, with the words behind it. */
const programs: readonly (readonly [argv: readonly string[], prints: string])[] = [
	[["sh", "-c", "echo $((6 * 7))"], "42\n"],
	[["bash", "-c", "a=(4 2); cat <(echo $((a[0] * 10 + a[1])))"], "42\n"],
	[["perl", "-e", 'print 6 * 7, "\\n"'], "42\n"],
	[
		[
			"/usr/bin/python3",
			"-c",
			"import json, subprocess, tempfile, hashlib, threading; print(subprocess.check_output(['echo', '42'], text=True), end='')",
		],
		"42\n",
	],
	[
		["node", "-e", "setTimeout(() => console.log(require('child_process').execSync('echo 42').toString().trim()), 1)"],
		"42\n",
	],
	[["bun", "-e", "console.log((await Bun.$`echo 42`.text()).trim())"], "42\n"],
	[["git", "-c", "init.defaultBranch=main", "init", "-q", "/tmp/x"], ""],
	[
		[
			"sh",
			"-c",
			"cd /tmp && git -c init.defaultBranch=main init -q x && cd x && echo 42 > a && git add a && git -c user.name=a -c user.email=b commit -qm m && git show HEAD:a",
		],
		"42\n",
	],
	[
		[
			"sh",
			"-c",
			`cd /tmp && printf '#include <stdio.h>\\nint main(void) { puts("42"); }' > a.c && gcc -o a a.c && ./a`,
		],
		"42\n",
	],
	[["sh", "-c", "printf '2\\n1\\n' | sort | tar -cf - -T /dev/null | wc -c"], "10240\n"],
];

everywhere("programs run in it: shells, interpreters, git, the compiler", async (ns) => {
	for (const [argv, prints] of programs) {
		const words = argv.join(" ");
		const needed = /\b(gcc|git)\b/.exec(words)?.[1] ?? argv[0] ?? "";
		const found = Bun.which(needed, { PATH: ns.env().PATH });
		if (!found) continue;
		const { code, stdout, stderr } = await ns.run(["run", "--strict", "--", ...argv]);
		expect([words, code, stdout, stderr]).toEqual([words, 0, prints, ""]);
	}
});

/** A person at a shell, who uses the preset. */
const atTerminal = (body: (terminal: Terminal, ns: Ns) => Promise<void>) => async (ns: Ns) => {
	const terminal = await Terminal.open(ns);
	await terminal.does("ulimit -c 0");
	await body(terminal, ns);
	expect(await terminal.leave()).toBe(0);
};

rows({ needs: ["script"] })(
	"at a terminal it has one of its own: an interactive shell, Ctrl-C, Ctrl-Z, fg, sizes",
	atTerminal(async (terminal, ns) => {
		const path = (await terminal.does("tty")).trim();
		terminal.type("ns run --strict sh -i\n");
		await terminal.sees(/[$#] /);
		terminal.type("PS1='inside> '\n");
		await terminal.sees("inside> ");
		terminal.type("tty; echo seen\n");
		const tty = await terminal.reads("seen\n");
		expect(tty).toBe("/dev/console\nseen\n");
		await terminal.sees("inside> ");
		terminal.type("sleep 100\n");
		await terminal.hasKeys("sleep");
		terminal.type(keys.interrupt);
		await terminal.sees("inside> ");
		terminal.type("exit 5\n");
		await terminal.sees("prompt> ");
		expect(await terminal.does("echo code $?")).toBe("code 5\n");

		terminal.type(`ns run --strict bash -c '${sizes}'\n`);
		await terminal.sees("ready");
		await ns.command(["stty", "-F", path, "rows", "33", "cols", "77"]);
		await terminal.sees("33 77\n");
		terminal.type("\n");
		await terminal.sees("prompt> ");

		terminal.type("ns run --strict sh -c 'echo started; exec cat'\n");
		await terminal.sees("started");
		await terminal.hasKeys("cat");
		terminal.type(keys.suspend);
		await terminal.sees(/Stopped.*\n/);
		await terminal.sees("prompt> ");
		await terminal.stands("cat");
		terminal.type("fg\n");
		await terminal.hasKeys("cat");
		terminal.type("hello\n");
		await terminal.sees("hello\n");
		terminal.type(keys.endOfFile);
		await terminal.sees("prompt> ");
		// What a profile builds on it has the same terminal.
		writeFileSync(join(ns.folder, "own.toml"), 'extends = "strict"\n');
		expect(await terminal.does("ns run --profile own.toml tty")).toBe("/dev/console\n");
	}),
);
