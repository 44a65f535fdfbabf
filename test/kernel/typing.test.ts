/** Nothing inside can type into the caller's terminal: CVE-2017-5226, CVE-2019-10063, CVE-2023-28100. */
import { expect } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SyncResult, sandbox, terminal, uts } from "../../src/index.ts";
import { missing } from "../needs.ts";
import { checkout } from "./checkout.ts";
import { everywhere, library, type Ns, quoted, rows } from "./harness.ts";
import { textOf } from "./outside.ts";
import { Terminal } from "./terminal.ts";
import { inTime } from "./waiting.ts";

const [EPERM, ENOTTY, ENOSYS] = [1, 25, 38];
/** ioctl(2), and its x32 number where that exists. */
const numbers = process.arch === "x64" ? [16, 0x40000000 + 514] : [29];
const native = numbers.slice(0, 1);

/** Tries to type and to paste by each of these numbers; prints an error number for each, or 0. */
const attempts = (calls: readonly number[]): string => `
for my $number (${calls.join(",")}) {
	for my $request (0x5412, 0x541c) {
		for my $upper (0, 1, 0x7fffffff) {
			my $letter = "x";
			my $result = syscall($number, 0, $request + ($upper << 32), $letter);
			print(($result < 0 ? $! + 0 : 0), "\\n");
		}
	}
}`;

const perl = (calls: readonly number[]) => ["perl", "-e", attempts(calls)];
const errors = (text: string) => [...new Set(text.trim().split(/\s+/).map(Number))];

/** Everything that makes a sandbox, with and without processes of ours, and each kind of session. */
const sandboxes = ["--mount --pid", "--uts", "--net", "--user", "--pty", "--new-session", "--uts --pty"];

rows({ needs: ["perl"] })("typing and pasting are refused, also with more than 32 bits, and as x32", async (ns) => {
	expect(errors((await ns.command(perl(native))).stdout)).toEqual([ENOTTY]);
	for (const options of ["", ...sandboxes]) {
		const line = ["run", ...options.split(" ").filter((word) => word !== "")];
		expect([options, errors(await ns.output([...line, ...perl(native)]))]).toEqual([options, [EPERM]]);
		const all = errors(await ns.output([...line, ...perl(numbers)])).filter((error) => error !== ENOSYS);
		expect([options, all]).toEqual([options, [EPERM]]);
	}
});

/** An i386 program that calls ioctl(0, TIOCSTI, "X") and exits with the error number. */
function smallProgram(ns: Ns, request: number): string {
	const base = 0x08048000;
	const bytes = new Uint8Array(0x80);
	const view = new DataView(bytes.buffer);
	bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
	const halves = [2, 3];
	for (const [i, half] of halves.entries()) view.setUint16(0x10 + 2 * i, half, true);
	for (const [i, word] of [1, base + 0x54, 0x34, 0, 0].entries()) view.setUint32(0x14 + 4 * i, word, true);
	for (const [i, half] of [0x34, 0x20, 1].entries()) view.setUint16(0x28 + 2 * i, half, true);
	const load = [1, 0, base, base, bytes.length, bytes.length, 5, 0x1000];
	for (const [i, word] of load.entries()) view.setUint32(0x34 + 4 * i, word, true);
	// mov eax, 54; xor ebx, ebx; mov ecx, request; mov edx, base + 0x7c; int 0x80; neg eax; mov ebx, eax; mov eax, 1; int 0x80
	bytes.set([0xb8, 54, 0, 0, 0, 0x31, 0xdb, 0xb9, 0, 0, 0, 0, 0xba, 0x7c, 0x80, 0x04, 0x08, 0xcd, 0x80], 0x54);
	view.setUint32(0x5c, request, true);
	bytes.set([0xf7, 0xd8, 0x89, 0xc3, 0xb8, 1, 0, 0, 0, 0xcd, 0x80], 0x67);
	bytes[0x7c] = 0x58;
	const path = join(ns.folder, `small-${request}`);
	writeFileSync(path, bytes);
	chmodSync(path, 0o755);
	return path;
}

rows({ needs: ["x64"] })("a 32-bit program is refused as well", async (ns) => {
	for (const request of [0x5412, 0x541c]) {
		const path = smallProgram(ns, request);
		const outside = await ns.command(["sh", "-c", '"$0"; echo $?', path]);
		// Where the kernel runs no such programs, none can type.
		if (!outside.stdout.startsWith(`${ENOTTY}\n`)) {
			expect(outside.stdout).toMatch(/^12[67]\n/);
			continue;
		}
		for (const options of ["--pid", "--uts", "--pty", "--new-session"]) {
			const { code } = await ns.run(["run", options, path]);
			expect([options, code]).toEqual([options, EPERM]);
		}
	}
});

/** A line of a shell, on one line of which nothing means anything to its editor. */
const typing = `perl -e '$r=syscall(${native},0,0x5412,$_) for split//,"echo typed \\$((40+2))\\n"; print "said ", $r<0?$!+0:0,"\\n"'`;

/** What a command that types leaves at the prompt of the caller's shell. */
async function leftAtPrompt(ns: Ns, before: string): Promise<string> {
	const shell = await Terminal.open(ns);
	const left = await shell.does(`${before} ${typing}`);
	// What was typed is executed before this.
	const then = await shell.does("echo the end");
	const rest = await shell.does("echo the very end");
	expect(await inTime("the end of the shell", shell.leave())).toBe(0);
	return left + then + rest;
}

rows({ needs: ["script", "perl"] })("nothing is left at the caller's prompt", async (ns) => {
	for (const options of ["--mount --pid", "--uts", "--pty", "--new-session"]) {
		expect([options, await leftAtPrompt(ns, `ns run ${options}`)]).toEqual([
			options,
			expect.stringMatching(/^said 1\nthe end\nthe very end\n$/),
		]);
	}
});

/** Whether the kernel lets processes without CAP_SYS_ADMIN type. */
const isTypingAllowed = textOf("/proc/sys/dev/tty/legacy_tiocsti").trim() !== "0";

// Shows that the test above would notice.
rows({ how: "source", needs: ["script", "perl"] })("injection: true lets it be typed", async (ns) => {
	const { bun, project } = checkout();
	const become = quoted([bun, join(project, "test/kernel/fixtures/become.ts"), "typing"]);
	const left = await leftAtPrompt(ns, `${become} 2>/dev/null`);
	if (isTypingAllowed || ns.who === "root") expect(left).toContain("typed 42");
	else expect(left).toContain("said 5\n");
});

const errorsOf = ({ stdout }: SyncResult) => errors(String(stdout));

library(
	"the library refuses it in a sandbox, and changes nothing without one",
	() => {
		const line = perl(native);
		expect(errorsOf(sandbox(uts()).spawnSync(line))).toEqual([EPERM]);
		expect(errorsOf(sandbox().spawnSync(line))).toEqual([ENOTTY]);
		expect(errorsOf(sandbox(uts(), terminal({ injection: true })).spawnSync(line))).toEqual([ENOTTY]);
		if (process.geteuid?.() === 0) {
			expect(errorsOf(sandbox(terminal({ injection: false })).spawnSync(line))).toEqual([EPERM]);
		}
	},
	"perl",
);

everywhere("what other requests a terminal takes is not changed", async (ns) => {
	const size = "--pty sh -c".split(" ");
	expect(await ns.output(["run", ...size, "stty rows 12 cols 34; stty size"])).toBe("12 34\r\n");
});

everywhere("the filter is there unless it is left out, and what to do is said where none can be set", async (ns) => {
	const status = ["--", "grep", "Seccomp:", "/proc/self/status"];
	expect(await ns.output(["run", ...status])).toBe("Seccomp:\t2\n");
	expect(await ns.output(["run", "--allow-typing", ...status])).toBe("Seccomp:\t0\n");
	if (missing(["strace"]).length > 0) return;
	const inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=seccomp", "-e", "inject=seccomp:error=EINVAL"];
	const { code, stderr } = await ns.command([...inject, ...ns.program, "run", "--uts", "true"]);
	expect(code).toBe(125);
	expect(stderr).toContain("cannot forbid typing into the terminal");
	expect(stderr).toContain("hint: no filter of system calls can be set here: with --allow-typing there is none");
});
