/** Landlock together with everything else: a root, a terminal, failures of its own calls, domains in domains. */
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { everywhere, rows } from "./harness.ts";

everywhere("it holds in a root of its own, on a terminal of its own, and behind every other option", async (ns) => {
	for (const name of ["bin", "lib", "lib64", "usr", "proc", "dev", "home"]) ns.directory(`root/${name}`);
	const binds = ["bin", "lib", "lib64", "usr"].flatMap((name) => ["--ro-bind", `/${name}`]);
	const root = ["--root", `${ns.folder}/root`, ...binds, "--tmpfs", "/home"];
	const lists = ["--landlock-execute", "/usr", "--landlock-write", "/home"];
	const script = "echo in > /home/file && cat /home/file; echo * > /proc/x; ls /; exit 3";
	// The loader is reached through another mount than /usr, which needs a path of its own.
	const loader = ["--landlock-execute", "/lib64", "--landlock-execute", "/lib"];
	expect((await ns.run(["run", ...root, ...lists, "sh", "-c", script])).code).toBe(126);
	const held = await ns.run(["run", ...root, ...lists, ...loader, "sh", "-c", script]);
	expect([held.code, held.stdout]).toEqual([3, "in\n"]);
	expect(held.stderr).toContain("cannot open directory '/': Permission denied");
	const pty = await ns.run([
		"run",
		"--pty",
		...lists.slice(0, 2),
		"sh",
		"-c",
		"test -t 0 && echo on one; cat /etc/passwd",
	]);
	expect(pty.stdout).toContain("on one");
	expect(pty.stdout).toContain("Permission denied");
	const own = await ns.run(["run", "--pty", ...lists.slice(0, 2), "sh", "-c", "echo x > /dev/tty"]);
	expect(own.code).not.toBe(0);
	const allowed = ["--landlock-write", "/dev"];
	expect((await ns.run(["run", "--pty", ...lists.slice(0, 2), ...allowed, "sh", "-c", "echo x > /dev/tty"])).code).toBe(
		0,
	);
	const all = ["--new-session", "--new-keyring", "--umask", "077", "--rlimit", "nofile=64", "--timeout", "20"];
	const users = ["--setuid", "0", "--setgid", "0"];
	expect(await ns.output(["run", ...all, ...users, ...lists.slice(0, 2), "sh", "-c", "echo ran"])).toBe("ran\n");
	expect(await ns.output(["run", "--mount", "--pid", "--no-init", ...lists.slice(0, 2), "sh", "-c", "echo ran"])).toBe(
		"ran\n",
	);
});

everywhere("a step before it that fails is explained as ever", async (ns) => {
	const { code, stderr } = await ns.run(["run", "--landlock-execute", "/usr", "--bind", "/no/such:/mnt", "true"]);
	expect(code).toBe(125);
	expect(stderr).toMatch(/^ns: cannot open \/no\/such: open_tree\(.*\): ENOENT \(No such file or directory\)\nhint: /);
});

everywhere("what cannot be mounted behind it cannot be mounted inside", async (ns) => {
	const inner = ["mount", "-t", "tmpfs", "none", "/mnt"];
	expect((await ns.run(["run", ...inner])).code).toBe(0);
	const { code, stderr } = await ns.run(["run", "--landlock-execute", "/usr", "--landlock-write", "/mnt", ...inner]);
	expect(code).not.toBe(0);
	expect(stderr).toMatch(/permission denied|not permitted/i);
});

rows({ needs: ["strace"] })(
	"whichever of its calls fails, the command is not run, and the call is named",
	async (ns) => {
		const ran = `${ns.folder}/ran`;
		const args = ["run", "--uts", "--allow-typing", "--landlock-execute", "/usr", "--landlock-write", ns.folder];
		const ports = ["--landlock-bind", "1", "touch", ran];
		for (const [call, when, error] of [
			["landlock_create_ruleset", 2, "ENOMEM"],
			["landlock_add_rule", 1, "ENOMEM"],
			["landlock_add_rule", 2, "EBADFD"],
			["landlock_add_rule", 3, "EAFNOSUPPORT"],
			["openat2", 1, "EACCES"],
			["openat2", 2, "ENOENT"],
			["seccomp", 1, "EINVAL"],
			["landlock_restrict_self", 1, "E2BIG"],
		] as const) {
			const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:error=${error}:when=${when}`];
			const traced = ["strace", "-f", "-qq", "-o", "/dev/null", ...inject, ...ns.program, ...args, ...ports];
			const { code, stdout, stderr } = await ns.command(traced);
			expect([call, when, code, stdout]).toEqual([call, when, 125, ""]);
			expect(stderr).toMatch(new RegExp(`^ns: cannot .*: ${call}\\(.*\\): ${error}\\n`));
		}
		expect(existsSync(ran)).toBe(false);
	},
);

rows({ how: "dist" })("a domain in a domain can take away, and not give back", async (ns) => {
	const usual = ["run", "--uts", "--landlock-execute", "/"];
	const outer = [...usual.slice(0, 2), "--landlock-execute", "/usr", "--landlock-execute", ns.program[0] ?? ""];
	const needed = [
		"--landlock-read",
		"/proc",
		"--landlock-write",
		"/dev",
		"--landlock-read",
		"/sys",
		"--landlock-write",
		"/tmp",
	];
	const nested = await ns.run([...outer, ...needed, ...ns.program, ...usual, "cat", "/etc/passwd"]);
	expect([nested.code, nested.stdout]).toEqual([1, ""]);
	// The kernel takes 16 of them.
	let line: string[] = ["echo", "deep"];
	for (let i = 0; i < 16; i++) line = [...ns.program, "run", "--uts", "--landlock-scope", "signal", ...line];
	expect(await ns.output(line.slice(ns.program.length))).toBe("deep\n");
	const deeper = await ns.run(["run", "--uts", "--landlock-scope", "signal", ...line]);
	expect([deeper.code, deeper.stdout]).toEqual([125, ""]);
	expect(deeper.stderr).toContain("E2BIG\nhint: the caller is in 16 Landlock domains already");
});
