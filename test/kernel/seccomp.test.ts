/** Filters of system calls, by real calls from inside: CVE-2021-41133, CVE-2019-10063, profiles, programs, set-user-ID bits. */
import { expect } from "bun:test";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sandbox, seccomp, uts } from "../../src/index.ts";
import { callNumbers, wordsOf } from "../../src/linux/calls.ts";
import { encode } from "../../src/seccomp/bpf.ts";
import { everywhere, library, type Ns, rows } from "./harness.ts";

const [EPERM, ENOSYS] = [1, 38];
const machine = process.arch === "x64" ? "x64" : "arm64";
const numberOf = (name: string): number => callNumbers(machine).get(name) ?? -1;

/** Makes calls with these arguments; prints an error number for each, or 0. */
const attempts = (calls: readonly (readonly (string | number)[])[]): string[] => {
	const lists = calls.map(
		(one) => `[${one.map((word) => (typeof word === "string" ? numberOf(word) : word)).join(",")}]`,
	);
	const made = "syscall($a[0], $a[1] // 0, $a[2] // 0, $a[3] // 0, $a[4] // 0, $a[5] // 0)";
	const script = `for (${lists.join(",")}) { my @a = map { int } @$_; my $r = ${made}; print(($r < 0 ? $! + 0 : 0), " "); }`;
	return ["perl", "-e", script];
};
const errors = (text: string) => text.trim().split(/\s+/).map(Number);

const refused = `open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr mount umount2 pivot_root
	keyctl add_key request_key bpf perf_event_open userfaultfd kexec_load init_module swapon reboot acct setns unshare
	quotactl syslog chroot open_by_handle_at`;
const absent = "clone3 io_uring_setup io_uring_enter io_uring_register";

rows({ needs: ["perl"] })("the built-in profile refuses what it says, by every way", async (ns) => {
	const calls = [...wordsOf(refused), ...wordsOf(absent)].map((name) => [name, -1, -1, -1]);
	const x32 = machine === "x64" ? [[0x40000000 + 39], [0x40000000 + 514, 0, 0x5412]] : [];
	const rest = [
		[469 + 20],
		["clone", 0x10000011],
		["clone", 0x20011],
		["socket", 38, 5, 0],
		["socket", 40, 1, 0],
		...x32,
	];
	const said = await ns.output(["run", "--seccomp", "default", ...attempts([...calls, ...rest])]);
	expect(errors(said)).toEqual([
		...wordsOf(refused).map(() => EPERM),
		...wordsOf(absent).map(() => ENOSYS),
		...[ENOSYS, EPERM, EPERM, EPERM, EPERM],
		...x32.map(() => ENOSYS),
	]);
});

rows({ needs: ["perl"] })("requests of ioctl are compared by the bits that the kernel takes", async (ns) => {
	const calls = [0, 1, 0xfffff].flatMap((upper) =>
		[0x5412, 0x541c].map((request) => ["ioctl", 0, upper * 2 ** 32 + request] as const),
	);
	const line = ["run", "--allow-typing", "--seccomp", "default", ...attempts(calls)];
	expect(errors(await ns.output(line))).toEqual(calls.map(() => EPERM));
});

/** Programs that need more than a little, where they are installed. */
const programs: readonly (readonly [name: string, ...args: string[]])[] = [
	["sh", "-c", "echo $((40 + 2))"],
	["perl", "-e", "fork == 0 ? exit : wait; print 42"],
	[
		"python3",
		"-c",
		"import subprocess, threading, socket; print(subprocess.run(['echo', '42'], capture_output=True, text=True).stdout)",
	],
	["node", "-e", "new (require('worker_threads').Worker)('1', { eval: true }).on('exit', () => console.log(42))"],
	["git", "-c", "alias.n=!echo 42", "n"],
	["sh", "-c", "echo 'int main(void) { return 42; }' | gcc -x c -o a.out - && { ./a.out; echo $?; }"],
	["sh", "-c", "tar c /etc/passwd 2>/dev/null | xz -T2 | wc -c | sed 's/.*/42/'"],
];

everywhere("ordinary programs run under the built-in profile", async (ns) => {
	for (const [name, ...args] of programs) {
		// Shims of version managers lie where an ordinary user cannot go.
		const path = Bun.which(name, { PATH: "/usr/bin:/bin" });
		if (!path) continue;
		const { stdout, code, stderr } = await ns.run(["run", "--seccomp", "default", "--deny-set-id", path, ...args]);
		expect([name, code, stdout.trim(), stderr]).toEqual([name, 0, "42", expect.any(String)]);
	}
});

everywhere("the runtime runs under the built-in profile", async (ns) => {
	const [bun = ""] = ns.how === "source" ? ns.program : [process.execPath];
	if ((await ns.command([bun, "--version"])).code !== 0) return;
	const script =
		"new Worker('data:text/javascript,1').addEventListener('close', () => console.log(Bun.spawnSync(['echo', '42']).stdout.toString().trim()))";
	expect((await ns.run(["run", "--seccomp", "default", bun, "-e", script])).stdout).toBe("42\n");
});

async function withProfile(ns: Ns, profile: unknown, command: readonly string[], more: readonly string[] = []) {
	const path = join(ns.folder, "profile.json");
	writeFileSync(path, typeof profile === "string" ? profile : JSON.stringify(profile));
	chmodSync(path, 0o644);
	return ns.run(["run", "--seccomp", path, ...more, ...command]);
}

const compares = (op: string, value: number) => ({ index: 0, op: `SCMP_CMP_${op}`, value });

rows({ needs: ["perl"] })("a profile in a file refuses, kills and compares arguments", async (ns) => {
	const syscalls = [
		{ names: ["getppid"], action: "SCMP_ACT_ERRNO", errnoRet: 77 },
		{ names: ["umask"], action: "SCMP_ACT_ERRNO", errnoRet: 5, args: [compares("GT", 0x1_0000_0000)] },
		{ names: ["getsid"], action: "SCMP_ACT_KILL_PROCESS" },
	];
	const profile = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], syscalls };
	const calls = [["getppid"], ["umask", 0x1_0000_0000], ["umask", 0x1_0000_0001], ["umask", 0xffffffff]];
	const { stdout, stderr } = await withProfile(ns, profile, attempts(calls));
	expect([stderr, errors(stdout)]).toEqual(["", [77, 0, 5, 0]]);
	// SIGSYS
	const killed = await withProfile(ns, profile, ["sh", "-c", '"$@"; echo $?', "sh", ...attempts([["getsid"]])]);
	expect(killed.stdout).toBe("159\n");
	const logged = await withProfile(ns, profile, attempts([["getppid"], ["getsid"]]), ["--seccomp-log"]);
	expect(errors(logged.stdout)).toEqual([0, 0]);
});

everywhere("a profile that is wrong is refused, with every problem, and nothing runs", async (ns) => {
	const syscalls = [
		{ names: ["reed"], action: "SCMP_ACT_ALLOW" },
		{ names: ["wriet"], action: "SCMP_ACT_ALLOW" },
	];
	const said = await withProfile(ns, { defaultAction: "SCMP_ACT_ERRNO", syscalls }, ["echo", "ran"]);
	expect([said.code, said.stdout]).toEqual([125, ""]);
	for (const name of ["reed", "wriet"]) expect(said.stderr).toContain(`there is no system call "${name}"`);
	const broken = await withProfile(ns, '{\n"defaultAction" 1}', ["echo", "ran"]);
	expect([broken.code, broken.stdout]).toEqual([125, ""]);
	expect(broken.stderr).toContain("line 2, column 17: a colon is missing");
	const missing = await ns.run(["run", "--seccomp", "nowhere.json", "echo", "ran"]);
	expect([missing.code, missing.stdout]).toEqual([125, ""]);
	expect(missing.stderr).toContain("nowhere.json");
});

everywhere("programs come from descriptors, one after the other", async (ns) => {
	const refuse = (call: string, error: number) =>
		encode([
			[0x20, 0, 0, 0],
			[0x15, 0, 1, numberOf(call)],
			[0x06, 0, 0, 0x50000 + error],
			[0x06, 0, 0, 0x7fff0000],
		]);
	writeFileSync(join(ns.folder, "one"), refuse("sethostname", 1));
	writeFileSync(join(ns.folder, "two"), refuse("mkdirat", 12));
	writeFileSync(join(ns.folder, "bad"), refuse("mkdir", 12).subarray(0, 24));
	for (const name of ["one", "two", "bad"]) chmodSync(join(ns.folder, name), 0o644);
	const both = '"$@" run --seccomp-fd 3 --seccomp-fd 4 grep Seccomp_filters /proc/self/status 3<one 4<two';
	expect((await ns.shell(both, { cwd: ns.folder })).stdout).toBe("Seccomp_filters:\t3\n");
	const pipe = 'cat one | "$@" run --seccomp-fd 0 hostname box';
	expect(await ns.shell(pipe, { cwd: ns.folder })).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("hostname: "),
	});
	expect((await ns.run(["run", "hostname", "box"])).code).toBe(0);
	const refused = await ns.shell('"$@" run --seccomp-fd 3 echo ran 3<bad', { cwd: ns.folder });
	expect([refused.code, refused.stdout]).toEqual([125, ""]);
	expect(refused.stderr).toContain("seccomp program 1: instruction 1 jumps behind the end");
	const closed = await ns.shell('"$@" run --seccomp-fd 9 echo ran', { cwd: ns.folder });
	expect([closed.code, closed.stdout]).toEqual([125, ""]);
	expect(closed.stderr).toContain("descriptor 9: there is no such descriptor");
});

everywhere("a filter that cannot be set is told with its step, also when what it was read from is gone", async (ns) => {
	// Refuses seccomp(2), so that the second cannot be set.
	const first = encode([
		[0x20, 0, 0, 0],
		[0x15, 0, 1, numberOf("seccomp")],
		[0x06, 0, 0, 0x50000 + 1],
		[0x06, 0, 0, 0x7fff0000],
	]);
	writeFileSync(join(ns.folder, "first"), first);
	chmodSync(join(ns.folder, "first"), 0o644);
	const { code, stderr, stdout } = await ns.shell(
		'cat first | "$@" run --seccomp-fd 0 --seccomp-fd 3 echo ran 3<first',
		{
			cwd: ns.folder,
		},
	);
	expect([code, stdout]).toEqual([125, ""]);
	expect(stderr).toContain("cannot set the seccomp program 2");
	expect(stderr).toContain("EPERM");
	expect(stderr).toContain("hint: a filter that was set before it, here or around ns, refuses seccomp(2)");
});

rows({ needs: ["perl"] })("no file gets a set-user-ID bit, and other modes are as they were", async (ns) => {
	const path = join(ns.directory("files"), "file");
	const script = `
		my $path = shift; my $x = "$path.x";
		open(my $file, ">", $path); print(chmod(04755, $path) ? 0 : $! + 0, " ", chmod(0755, $path) ? 0 : $! + 0, " ");
		for my $call ([${numberOf("openat")}, -100, $x, 0101, 06755], [${numberOf("openat")}, -100, $x, 0101, 0755],
			[${numberOf("openat")}, -100, $x, 0, 06755], [${numberOf("mknodat")}, -100, "$x.n", 0102755, 0],
			[${numberOf("fchmodat2")}, -100, $x, 04755, 0], [${numberOf("openat2")}, -100, $x, 0, 0]) {
			my $r = syscall($call->[0], $call->[1], $call->[2], $call->[3], $call->[4]); print($r < 0 ? $! + 0 : 0, " ");
		}`;
	const said = errors(await ns.output(["run", "--deny-set-id", "perl", "-e", script, path]));
	expect(said).toEqual([EPERM, 0, EPERM, 0, 0, EPERM, EPERM, ENOSYS]);
	expect((statSync(path).mode | statSync(`${path}.x`).mode) & 0o6000).toBe(0);
});

/** An i386 program that makes one call with these arguments, and exits with the error number. */
function smallProgram(ns: Ns, call: number, first: number): string {
	const base = 0x08048000;
	const bytes = new Uint8Array(0x80);
	const view = new DataView(bytes.buffer);
	bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
	for (const [i, half] of [2, 3].entries()) view.setUint16(0x10 + 2 * i, half, true);
	for (const [i, word] of [1, base + 0x54, 0x34, 0, 0].entries()) view.setUint32(0x14 + 4 * i, word, true);
	for (const [i, half] of [0x34, 0x20, 1].entries()) view.setUint16(0x28 + 2 * i, half, true);
	const load = [1, 0, base, base, bytes.length, bytes.length, 5, 0x1000];
	for (const [i, word] of load.entries()) view.setUint32(0x34 + 4 * i, word, true);
	// mov eax, call; mov ebx, first; xor ecx, ecx; xor edx, edx; int 0x80; neg eax; mov ebx, eax; mov eax, 1; int 0x80
	bytes.set([0xb8, 0, 0, 0, 0, 0xbb, 0, 0, 0, 0, 0x31, 0xc9, 0x31, 0xd2, 0xcd, 0x80], 0x54);
	view.setUint32(0x55, call, true);
	view.setUint32(0x5a, first, true);
	bytes.set([0xf7, 0xd8, 0x89, 0xc3, 0xb8, 1, 0, 0, 0, 0xcd, 0x80], 0x64);
	const path = join(ns.folder, `small-${call}-${first}`);
	writeFileSync(path, bytes);
	chmodSync(path, 0o755);
	return path;
}

rows({ needs: ["x64"] })(
	"calls of 32-bit programs are refused as well, and killed where no profile names them",
	async (ns) => {
		const numbers = callNumbers("i386");
		const probe = await ns.command(["sh", "-c", '"$0"; echo $?', smallProgram(ns, numbers.get("getpid") ?? 0, 0)]);
		// Where the kernel runs no such programs, none makes a call.
		if (/^12[67]\n/.test(probe.stdout)) return;
		const cases = [
			["unshare", 0x10000000, EPERM],
			["socketcall", 1, ENOSYS],
			["clone3", 0, ENOSYS],
			["personality", 0x40000, EPERM],
			["personality", 0xffffffff, 0],
		] as const;
		for (const [name, first, error] of cases) {
			const path = smallProgram(ns, numbers.get(name) ?? 0, first);
			expect([name, first, (await ns.run(["run", "--seccomp", "default", path])).code]).toEqual([name, first, error]);
		}
		const path = smallProgram(ns, numbers.get("unshare") ?? 0, 0);
		const profile = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"] };
		expect((await withProfile(ns, profile, ["sh", "-c", '"$0"; echo $?', path])).stdout).toBe("159\n");
	},
);

rows({ needs: ["perl", "x64"] })("single calls are allowed in spite of a profile, and no others", async (ns) => {
	const program = "print join ' ', map { syscall(250, $_, -3, 1) > 0 ? 'key' : $!{EPERM} ? 'refused' : 'failed' } 0";
	const tried = (...options: string[]) => ns.output(["run", ...options, "perl", "-MErrno", "-e", program]);
	writeFileSync(
		join(ns.folder, "p.json"),
		JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["keyctl"], action: "SCMP_ACT_ERRNO" }] }),
	);
	for (const profile of ["default", "p.json"]) {
		expect(await tried("--seccomp", profile)).toBe("refused");
		expect(await tried("--seccomp", profile, "--seccomp-allow", "bpf,add_key")).toBe("refused");
		expect(await tried("--seccomp", profile, "--seccomp-allow", "bpf,keyctl")).toBe("key");
	}
	expect(await tried("--strict", "--seccomp-allow", "keyctl")).toBe("key");
	const { code, stderr } = await ns.run(["run", "--seccomp-allow", "kexctl,kecctl", "true"]);
	expect(code).toBe(125);
	expect(stderr.match(/did you mean keyctl\?/g)).toHaveLength(2);
});

everywhere("log refuses nothing, none sets nothing", async (ns) => {
	const count = ["grep", "Seccomp_filters", "/proc/self/status"];
	expect(await ns.output(["run", "--seccomp", "none", ...count])).toBe("Seccomp_filters:\t1\n");
	expect(await ns.output(["run", "--seccomp", "log", ...count])).toBe("Seccomp_filters:\t2\n");
	expect(await ns.output(["run", "--seccomp", "log", "unshare", "--user", "echo", "made"])).toBe("made\n");
	expect((await ns.run(["run", "--seccomp", "default", "unshare", "--user", "echo", "made"])).code).toBe(1);
});

library(
	"the library sets the same filters, and changes nothing in this process",
	() => {
		const calls = attempts([["unshare", 0x10000000], ["clone3", 0, 0], ["getpid"]]);
		expect(errors(String(sandbox(uts(), seccomp()).spawnSync(calls).stdout))).toEqual([EPERM, ENOSYS, 0]);
		const profile = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["getpid"], action: "SCMP_ACT_ERRNO" }] };
		expect(errors(String(sandbox(uts(), seccomp({ profile })).spawnSync(calls.slice()).stdout)).at(-1)).toBe(EPERM);
		expect(process.pid).toBeGreaterThan(0);
	},
	"perl",
);
