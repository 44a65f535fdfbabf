import { expect } from "bun:test";
import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { everywhere, type Ns, quoted } from "./harness.ts";
import { textOf } from "./outside.ts";

/** With an init, without one, and with nothing of ours in between. */
const optionSets = [[], ["--pid", "--mount", "--no-init"], ["--user"]];

/** Runs a program with exactly these bytes, and returns the bytes it writes in base64. */
async function exactly(ns: Ns, argv: readonly (string | Buffer)[], env: readonly (string | Buffer)[]): Promise<Buffer> {
	const encode = (words: readonly (string | Buffer)[]) => words.map((word) => Buffer.from(word).toString("base64"));
	const { bun, project } = checkout();
	const input = JSON.stringify({ argv: encode(argv), env: encode(env) });
	const { code, stdout, stderr } = await ns.command([bun, join(project, "test/kernel/fixtures/execve.ts")], {
		stdin: input,
	});
	expect([code, stderr]).toEqual([0, ""]);
	return Buffer.from(stdout, "base64");
}

const bytes = (...parts: (string | number)[]): Buffer =>
	Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part))));
/** As the kernel keeps strings: with a NUL behind. */
const terminated = (word: string | Buffer): Buffer => Buffer.concat([Buffer.from(word), Buffer.of(0)]);
const [base64, shell] = ["/usr/bin/base64", "/bin/sh"];

everywhere("the environment is the caller's, byte for byte", async (ns) => {
	const odd = [
		"PATH=/usr/bin:/bin",
		bytes("LATIN=caf", 0xe9),
		bytes("BROKEN=", 0xff, 0xfe, "x", 0xc3),
		"UTF8=žluťoučký 🐴",
		"TWICE=one",
		"TWICE=two",
		"EMPTY=",
		"NO_EQUALS_SIGN",
		"LINES=a\nb\tc",
		bytes(0x80, "=", 0x81),
		`LONG=${"x".repeat(100_000)}`,
		"NODE_ENV=caller",
		"BUN_ENV=caller",
	];
	const expected = Buffer.concat(odd.map(terminated));
	for (const options of optionSets) {
		const argv = [...ns.program, "run", ...options, base64, "-w0", "/proc/self/environ"];
		expect((await exactly(ns, argv, odd)).equals(expected)).toBe(true);
	}
	expect(await exactly(ns, [...ns.program, "run", base64, "-w0", "/proc/self/environ"], [])).toEqual(Buffer.alloc(0));
});

everywhere("the arguments are the caller's, byte for byte", async (ns) => {
	const odd = [
		"",
		"two words",
		bytes("caf", 0xe9),
		bytes(0xff, 0x80, 0xc3),
		"žluť 🐴",
		"--help",
		"--",
		"-x",
		"",
		"$HOME `id`",
		"\n",
	];
	// The shell's own command line holds the words.
	const argv = [shell, "-c", `${base64} -w0 /proc/$$/cmdline; exit`, ...odd];
	const expected = Buffer.concat(argv.map(terminated));
	for (const options of optionSets) {
		const line = [...ns.program, "run", ...options, ...argv];
		expect((await exactly(ns, line, ["PATH=/usr/bin:/bin"])).equals(expected)).toBe(true);
		expect(
			(await exactly(ns, line.toSpliced(ns.program.length + 1 + options.length, 0, "--"), [])).equals(expected),
		).toBe(true);
	}
});

everywhere("twenty thousand arguments arrive", async (ns) => {
	const many = Array.from({ length: 20_000 }, (_, i) => `argument ${i}`);
	const count = await ns.output(["run", "sh", "-c", 'echo "$#"; shift 19999; echo "$1"', "sh", ...many]);
	expect(count).toBe("20000\nargument 19999\n");
});

everywhere("the working directory is kept where it exists inside", async (ns) => {
	const folder = ns.directory("some where");
	for (const options of [...optionSets, ["--tmpfs", "/mnt"]]) {
		expect(await ns.output(["run", ...options, "pwd"], { cwd: folder })).toBe(`${folder}\n`);
	}
	// Something is mounted over it: it is not there any more.
	const hidden = await ns.output(["run", "--tmpfs", ns.folder, "sh", "-c", "pwd; ls"], { cwd: folder });
	expect(hidden.split("\n")[0]).toBe("/");
});

everywhere("a working directory whose name is no text is kept", async (ns) => {
	for (const options of [[], ["--tmpfs", "/mnt"]]) {
		const script = `name=$(printf 'd\\351\\377'); mkdir -p "$name"; cd "$name"; exec "$@"`;
		const { code, stdout } = await ns.shell(script, { args: ["run", ...options, "sh", "-c", "pwd | base64 -w0"] });
		const path = Buffer.from(stdout, "base64").toString("latin1");
		expect([options, code, path]).toEqual([options, 0, `${ns.folder}/d\xe9\xff\n`]);
	}
});

everywhere(
	"from a working directory that has been removed the command starts in /, if Bun starts at all",
	async (ns) => {
		const script = `mkdir gone; cd gone; rmdir ../gone; exec "$@"`;
		const { code, stdout, stderr } = await ns.shell(script, { args: ["run", "--tmpfs", "/mnt", "pwd"] });
		if (ns.how === "source") expect([code, stdout, stderr]).toEqual([0, "/\n", ""]);
		// An executable made by `bun build --compile` gives up there before any line of ours runs.
		else expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining("working directory was deleted")]);
	},
);

everywhere("limits, umask, priority and the like are the caller's", async (ns) => {
	const show = [
		"cat /proc/self/limits /proc/self/oom_score_adj /proc/self/coredump_filter; umask; nice; nproc",
		"grep -E '^(NoNewPrivs|THP_enabled|CoreDumping|Cpus_allowed|Mems_allowed|SigQ)' /proc/self/status | grep -v SigQ",
		"ulimit -a",
	].join("; ");
	const setting = "umask 027; ulimit -Sn 1024; ulimit -Ss 4096; ulimit -c 0; ulimit -Sv 90000000000";
	for (const before of [":", setting]) {
		const directly = await ns.command(["sh", "-c", `${before}; sh -c ${quoted([show])}; true`]);
		for (const options of optionSets) {
			const args = ["run", ...options, "sh", "-c", show];
			const { stdout } = await ns.shell(`${before}; "$@"; true`, { args });
			expect([options, stdout.split("\n")]).toEqual([options, directly.stdout.split("\n")]);
		}
	}
});

everywhere("a hard limit of open files below the caller's soft limit is no trouble", async (ns) => {
	const limited = ["prlimit", "--nofile=600:700", ...ns.program, "run", "sh", "-c", "ulimit -Hn"];
	expect(await ns.command(limited)).toMatchObject({ code: 0, stdout: "700\n", stderr: "" });
});

everywhere("without a PID namespace the command is the very process that was started", async (ns) => {
	const script = 'echo $$; exec "$@"';
	for (const options of [["--uts"], ["--user", "--mount", "--net", "--ipc", "--uts", "--cgroup", "--time"]]) {
		const { stdout } = await ns.shell(script, { args: ["run", ...options, "sh", "-c", "echo $$ $PPID"] });
		const [before, after] = stdout.trim().split("\n");
		expect([before ?? "", String(process.pid)]).toEqual(after?.split(" ") ?? []);
	}
	expect(textOf("/proc/self/comm")).not.toBe("");
});
