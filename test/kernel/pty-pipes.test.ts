/** A terminal of the sandbox's own, where the caller has none. */
import { expect } from "bun:test";
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pid, sandbox, terminal, uts } from "../../src/index.ts";
import { everywhere, inTime, library, rows } from "./harness.ts";
import { descendants, haveEnded } from "./outside.ts";
import { Transcript } from "./transcript.ts";
import { until } from "./waiting.ts";

const sandboxes = [[], ["--uts"]];
const pty = (options: readonly string[], script: string) => ["run", ...options, "--pty", "sh", "-c", script];

everywhere(
	"without any terminal of the caller's there is one inside, and the exit code is the command's",
	async (ns) => {
		for (const options of sandboxes) {
			const ended = await ns.run(pty(options, "test -t 0 && test -t 1 && test -t 2 && tty; : </dev/tty; exit 4"));
			expect(ended).toMatchObject({ code: 4, stdout: expect.stringMatching(/^\/dev\/pts\/\d+\r\n$/), stderr: "" });
		}
		for (const [word, code] of [
			["no-such-command", 127],
			["/etc", 126],
			["--root=/no/such", 125],
		] as const) {
			const ended = await ns.run(["run", "--pty", word, "true"]);
			expect([word, ended.code]).toEqual([word, code]);
			// It may be said through the new terminal, or before there is one.
			expect(ended.stdout + ended.stderr).toMatch(/^ns: cannot [^\n]*\n/);
			expect(ended.stdout.replaceAll("\r\n", "")).not.toContain("\n");
		}
	},
);

everywhere("a command killed by a signal ends ns by the same", async (ns) => {
	for (const options of sandboxes) {
		for (const signal of ["TERM", "KILL", "INT", "PIPE", "USR1"]) {
			const { code, signal: by } = await ns.run(pty(options, `kill -${signal} $$; sleep 1000`));
			expect([options, code, `${by}`]).toEqual([options, null, `SIG${signal}`]);
		}
	}
});

everywhere(
	"the end of a pipe is the end of the input, however its last line ends, and however long it is",
	async (ns) => {
		for (const [input, count] of [
			["", 0],
			["one\n", 4],
			["no end", 6],
			["one\nno end", 10],
			["x\n".repeat(2048), 4096],
			["x\n".repeat(100_000), 200_000],
			[`${"x\n".repeat(100_000)}no end`, 200_006],
		] as const) {
			// Slow to read: the new terminal takes no more for a while.
			const script = "stty -echo; echo ready; sleep 0.05; wc -c";
			const child = ns.startNs(pty(["--uts"], script));
			const said = new Transcript(child.stdout);
			await said.has("ready\n");
			child.stdin.write(input);
			await child.stdin.end();
			expect([input.length, await inTime("the end", child.exited)]).toEqual([input.length, 0]);
			await said.has(/\n/, "ready\n".length);
			expect(said.text).toBe(`ready\n${count}\n`);
		}
	},
);

everywhere("ten megabytes come out complete and in order, the last byte too", async (ns) => {
	const script = "stty -opost; seq 1000000000 1000909090";
	const wanted = createHash("sha256");
	for (let n = 1000000000; n <= 1000909090; n++) wanted.update(`${n}\n`);
	const child = ns.startNs(pty([], script));
	const hash = createHash("sha256");
	let size = 0;
	for await (const bytes of child.stdout) {
		hash.update(bytes);
		size += bytes.length;
	}
	expect(await inTime("the end", child.exited)).toBe(0);
	expect([size, hash.digest("hex")]).toEqual([909091 * 11, wanted.digest("hex")]);
});

everywhere("what was written last is shown before ns ends", async (ns) => {
	// Far more than fits on the way.
	const script = "stty -opost; head -c 300000 /dev/zero | tr '\\0' x; printf end";
	for (let i = 0; i < 3; i++) {
		const { stdout } = await ns.run(pty(["--uts"], script));
		expect([stdout.length, stdout.slice(-4)]).toEqual([300003, "xend"]);
	}
});

everywhere("a megabyte of any bytes gets in, to a command that reads them raw", async (ns) => {
	const input = Uint8Array.from({ length: 2 ** 20 }, (_, i) => (i * 7 + (i >> 8)) % 256);
	const child = ns.startNs(pty([], `stty raw -echo; echo ready; head -c ${input.length} | sha256sum`));
	const said = new Transcript(child.stdout);
	await said.has("ready\n");
	child.stdin.write(input);
	await child.stdin.flush();
	await said.has(createHash("sha256").update(input).digest("hex"));
	expect(await inTime("the end", child.exited)).toBe(0);
	await child.stdin.end();
});

everywhere("both ways at once, with a reader who is slow at first, do not wait for each other", async (ns) => {
	const input = Buffer.from("0123456789abcde\n".repeat(2 ** 15));
	const child = ns.startNs(pty([], `stty raw -echo; printf ready; head -c ${input.length}`));
	const reader = child.stdout.getReader();
	const first = await inTime("the start", reader.read());
	expect(Buffer.from(first.value ?? []).toString()).toBe("ready");
	child.stdin.write(input);
	await Promise.race([child.stdin.flush(), Bun.sleep(100)]);
	const parts: Uint8Array[] = [];
	const size = () => parts.reduce((sum, { length }) => sum + length, 0);
	while (size() < input.length) {
		const { value } = await inTime("more", reader.read());
		parts.push(value ?? new Uint8Array());
	}
	expect(Buffer.concat(parts).equals(input)).toBe(true);
	expect(await inTime("the end", child.exited)).toBe(0);
	await child.stdin.end();
});

everywhere("signals reach a command whose output nobody reads", async (ns) => {
	for (const options of sandboxes) {
		const child = ns.startNs(pty(options, "exec yes"));
		const yes = await until("yes", () => descendants(child.pid).find(({ name }) => name === "yes"));
		child.kill("SIGTERM");
		await until("the end of yes", () => haveEnded([yes.pid]));
		// What is left may not find its way: a second signal ends the attempt.
		child.kill("SIGTERM");
		expect(await inTime("the end", child.exited)).toBe(143);
	}
});

everywhere("output that nobody reads any more ends the command, as a pipe does", async (ns) => {
	for (const options of sandboxes) {
		const script = '"$@" | head -n 1; echo "$' + '{PIPESTATUS[@]}"';
		const { stdout } = await ns.shell(script, { bash: true, args: pty(options, "exec yes") });
		expect(stdout).toBe("y\r\n141 0\n");
	}
});

everywhere("closed descriptors of the caller's are no obstacle", async (ns) => {
	for (const [how, says, code] of [
		["<&-", "hi\r\n", 3],
		[">&-", "", 3],
		["2>&-", "hi\r\n", 3],
		["<&- >&- 2>&-", "", 3],
	] as const) {
		const ended = await ns.shell(`"$@" ${how}; echo $?`, { args: pty([], "echo hi; exit 3") });
		expect([how, ended.stdout, ended.stderr]).toEqual([how, `${says}${code}\n`, ""]);
	}
});

everywhere("what is appended to stays appended to", async (ns) => {
	const { code } = await ns.shell('echo before >file; "$@" >>file; echo after >>file', {
		args: pty([], "echo inside"),
	});
	expect([code, readFileSync(join(ns.folder, "file"), "utf8")]).toEqual([0, "before\ninside\r\nafter\n"]);
});

everywhere("neither relay nor supervisor can be looked into from inside", async (ns) => {
	// Without a PID namespace the command sees them: the supervisor is its parent.
	const look = (pid: string) =>
		`for file in mem environ fd/0 cwd exe maps; do (: <"/proc/${pid}/$file") 2>/dev/null && echo "open $file"; done`;
	const script = `relay=$(cut -d' ' -f4 /proc/$PPID/stat); ${look("$PPID")}; ${look("$relay")}; echo end $relay $PPID`;
	const said = await ns.output(pty(["--uts"], script));
	if (ns.who === "ordinary") expect(said).toMatch(/^end \d+ \d+\r\n$/);
	const child = ns.startNs(pty(["--uts"], "exec sleep 1000"));
	await until("sleep", () => descendants(child.pid).some(({ name }) => name === "sleep"));
	const [supervisor] = descendants(child.pid);
	const owner = (pid: number) => Bun.spawnSync(["stat", "-c", "%u", `/proc/${pid}/mem`]).stdout.toString();
	// The files of processes that may not be looked into belong to root.
	expect([owner(child.pid), owner(supervisor?.pid ?? 0)]).toEqual(["0\n", "0\n"]);
	child.kill("SIGTERM");
	expect(await inTime("the end", child.exited)).toBe(143);
});

const held = (child: number) => ["/proc", String(child), "fd"].join("/");

rows({ who: "root" })(
	"the relay holds the caller's two ends and its own, and sits in the root directory",
	async (ns) => {
		const child = ns.startNs(pty(["--uts"], "exec sleep 1000"));
		await until("sleep", () => descendants(child.pid).some(({ name }) => name === "sleep"));
		const { stdout } = await ns.command([
			"sh",
			"-c",
			`cd ${held(child.pid)} && for fd in *; do echo "$fd $(readlink $fd)"; done; readlink ../cwd`,
		]);
		const lines = stdout.trim().split("\n");
		expect(lines.slice(2)).toEqual(["2 /dev/ptmx", "3 anon_inode:[signalfd]", "/"]);
		child.kill("SIGTERM");
		expect(await inTime("the end", child.exited)).toBe(143);
	},
);

library("the library gives a terminal to what it starts with pipes, and waits for it", async () => {
	const box = sandbox(uts(), terminal({ session: "pty" }));
	const child = await box.spawn(["sh", "-c", "stty -echo; tty; cat; exit 3"], { stdin: "pipe", stdout: "pipe" });
	child.stdin.write("hello\n");
	await child.stdin.end();
	expect(await inTime("the output", child.stdout.text())).toMatch(/^(hello\r\n)?\/dev\/pts\/\d+\r\n(hello\r\n)+$/);
	expect(await inTime("the end", child.exited)).toBe(3);
	for (const fragments of [[uts()], [pid()], []]) {
		const done = sandbox(...fragments, terminal({ session: "pty" })).spawnSync(["sh", "-c", "tty; kill -TERM $$"]);
		expect([done.stdout?.toString(), done.signalCode]).toEqual([
			expect.stringMatching(/^\/dev\/pts\/\d+\r\n$/),
			"SIGTERM",
		]);
	}
});

library("the library tells what cannot be started, also through a relay", () => {
	const box = sandbox(uts(), terminal({ session: "pty" }));
	expect(() => box.spawnSync(["no-such-command"])).toThrow(/no-such-command/);
	const fd = openSync("/dev/null", "r");
	expect(box.spawnSync(["sh", "-c", "wc -c"], { stdin: fd }).stdout?.toString()).toBe("0\r\n");
	closeSync(fd);
});
