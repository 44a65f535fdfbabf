import { describe, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Fragment, hardening, label, mount, NamespaceError, PlanError, sandbox, user } from "nskit";
import { call, step } from "../../src/plan/step.ts";
import { activeModules, labelProblems } from "../../src/preflight/labels.ts";
import { everywhere, library, type Ns, rows } from "./harness.ts";
import { textOf } from "./outside.ts";

/** A program for x86-64 without a loader, which would read the counter itself: these instructions, then exit(%edi). */
function program(ns: Ns, name: string, instructions: readonly number[]): string {
	const code = [...instructions, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];
	const [base, start] = [0x400000, 120];
	const view = new DataView(new ArrayBuffer(start + code.length));
	new Uint8Array(view.buffer).set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
	view.setUint16(16, 2, true);
	view.setUint16(18, 62, true);
	view.setUint32(20, 1, true);
	view.setUint32(24, base + start, true);
	view.setUint32(32, 64, true);
	view.setUint16(52, 64, true);
	view.setUint16(54, 56, true);
	view.setUint16(56, 1, true);
	view.setUint32(64, 1, true);
	view.setUint32(68, 5, true);
	for (const at of [80, 88]) view.setUint32(at, base, true);
	for (const at of [96, 104]) view.setUint32(at, start + code.length, true);
	view.setUint32(112, 0x1000, true);
	new Uint8Array(view.buffer).set(code, start);
	const path = join(ns.folder, name);
	writeFileSync(path, new Uint8Array(view.buffer));
	chmodSync(path, 0o755);
	return path;
}

/** xor %edi,%edi */
const zero = [0x31, 0xff];
const rdtsc = [0x0f, 0x31];
/** prctl(PR_SET_TSC, PR_TSC_ENABLE), with bits in the upper half of its first argument; edi becomes -result. */
const enable = [
	...[0x48, 0xbf, 26, 0, 0, 0, 1, 0, 0, 0],
	...[0xbe, 1, 0, 0, 0],
	...[0xb8, 157, 0, 0, 0, 0x0f, 0x05],
	...[0x89, 0xc7, 0xf7, 0xdf],
];

rows({ needs: ["x64"] })(
	"reading the time stamp counter ends the command, and it cannot be allowed again",
	async (ns) => {
		const [read, allow, plain] = [
			program(ns, "read", [...rdtsc, ...zero]),
			program(ns, "allow", enable),
			program(ns, "plain", zero),
		];
		const EPERM = 1;
		for (const set of [[], ["--pid", "--mount", "--no-init"], ["--uts"], ["--user", "--setuid", "0"]]) {
			const with_ = (path: string) => ns.run(["run", ...set, "--disable-tsc", path]);
			expect([set, await with_(read)]).toEqual([set, expect.objectContaining({ signal: "SIGSEGV", stderr: "" })]);
			expect([set, await with_(plain)]).toEqual([set, expect.objectContaining({ code: 0, stderr: "" })]);
			expect([set, await with_(allow)]).toEqual([set, expect.objectContaining({ code: EPERM, stderr: "" })]);
			expect([set, await ns.run(["run", ...set, read])]).toEqual([set, expect.objectContaining({ code: 0 })]);
			expect([set, await ns.run(["run", ...set, allow])]).toEqual([set, expect.objectContaining({ code: 0 })]);
		}
		// A second sandbox inside lives with it too: the stub reads no counter.
		expect(await ns.command([read])).toMatchObject({ code: 0 });
	},
);

/** What the kernel says of a mitigation for this process, and of what is started here. */
const stateOf = (name: string): string =>
	new RegExp(`^${name}:\\s*(.+)$`, "m").exec(textOf("/proc/self/status"))?.[1] ?? "unknown";

everywhere("mitigations are on inside, or it is said that the machine has none", async (ns) => {
	for (const [name, field] of [
		["store-bypass", "Speculation_Store_Bypass"],
		["indirect-branch", "SpeculationIndirectBranch"],
	] as const) {
		const before = stateOf(field);
		const ended = await ns.run(["run", "--mitigate", name, "cat", "/proc/self/status"]);
		if (/^(thread |conditional |not affected|globally mitigated|always disabled)/.test(before)) {
			expect([name, ended]).toMatchObject([name, { code: 0, stderr: "" }]);
			const inside = new RegExp(`^${field}:\\s*(.+)$`, "m").exec(ended.stdout)?.[1];
			expect(inside).toMatch(/^(thread force mitigated|conditional force disabled|not affected|globally|always dis)/);
		} else {
			expect([name, ended]).toMatchObject([name, { code: 125, stdout: "" }]);
			expect(ended.stderr).toMatch(/^ns: cannot switch on the mitigation \S+: prctl\(PR_GET_SPECULATION_CTRL, .*: E/);
			expect(ended.stderr).toContain("\nhint: ");
		}
		expect(stateOf(field)).toBe(before);
	}
	const flush = await ns.run(["run", "--mitigate", "l1d-flush", "echo", "ran"]);
	if (flush.code === 0) expect(flush.stdout).toBe("ran\n");
	else expect(flush).toMatchObject({ code: 125, stdout: "", stderr: expect.stringContaining("PR_SPEC_L1D_FLUSH") });
});

rows({ needs: ["perl"] })(
	"the command has its cores to itself, or it is said that the kernel cannot do that",
	async (ns) => {
		// PR_SCHED_CORE_GET of the process itself.
		const number = process.arch === "x64" ? 157 : 167;
		const ask = `my $c = pack("Q", 0); my $r = syscall(${number}, 62, 0, 0, 0, $c); print $r < 0 ? "none" : unpack("Q", $c)`;
		const outside = (await ns.command(["perl", "-e", ask])).stdout;
		const ended = await ns.run(["run", "--core-scheduling", "perl", "-e", ask]);
		if (outside === "none") {
			expect(ended).toMatchObject({ code: 125, stdout: "" });
			expect(ended.stderr).toMatch(
				/PR_SCHED_CORE_CREATE, .*: E(INVAL|NODEV)\nhint: (this kernel was built without|no core)/,
			);
		} else {
			expect(ended).toMatchObject({ code: 0, stderr: "" });
			expect(BigInt(ended.stdout)).toBeGreaterThan(0n);
			expect(ended.stdout).not.toBe(outside);
		}
		expect((await ns.command(["perl", "-e", ask])).stdout).toBe(outside);
	},
);

everywhere("what is no mitigation and no label is refused before anything is done", async (ns) => {
	for (const [args, message] of [
		[["--mitigate", ""], "there is no mitigation "],
		[["--mitigate", "store-bypass,meltdown"], "there is no mitigation meltdown"],
		[["--apparmor", " x"], '" x" names no AppArmor profile'],
		[["--selinux", "unconfined"], '"unconfined" is no SELinux context'],
		[["--uts", "--file-label", "a:b:c"], "no mount namespace is made"],
	] as const) {
		const { code, stdout, stderr } = await ns.run(["run", ...args, "echo", "ran"]);
		expect([args, code, stdout]).toEqual([args, 125, ""]);
		expect(stderr).toContain(message);
	}
});

const active = activeModules() ?? [];

everywhere("a label of a security module that is not active is refused before anything is done", async (ns) => {
	for (const [option, value, module] of [
		["--apparmor", "nskit-test-no-such-profile", "apparmor"],
		["--selinux", "no_u:no_r:no_t:s0", "selinux"],
		["--file-label", "no_u:no_r:no_t:s0", "selinux"],
	] as const) {
		const ended = await ns.run(["run", "--mount", "--tmpfs", "/tmp", option, value, "echo", "ran"]);
		expect(ended).toMatchObject({ code: 125, stdout: "" });
		if (active.includes(module)) expect(ended.stderr).toMatch(/^ns: cannot /);
		else
			expect(ended.stderr).toMatch(/^ns: --\S+: (AppArmor|SELinux) is not active on this machine\nhint: active are /);
	}
});

/** A label without what is looked at before anything is done. */
function unseen(options: Parameters<typeof label>[0]): Fragment {
	const { labels, ...rest } = label(options);
	expect(labels).toEqual(options);
	return rest;
}

/** Mounts of the test's own, in the new mount namespace and before the label's file is opened. */
const covered = (
	...mounts: readonly [source: string, target: string, type: string | null, flag: number][]
): Fragment => ({
	module: "sysctl",
	steps: () => [
		step({
			...{ phase: "sources", module: "sysctl", does: "cover it", why: "a test", man: "mount(2)" },
			calls: mounts.map(([source, target, type, flag]) => call("mount", [source, target, type, flag, null])),
		}),
	],
});

const MS_BIND = 0x1000;

/** The error of a run that must not happen. */
function refused(...fragments: Fragment[]): NamespaceError {
	try {
		sandbox(...fragments).spawnSync(["true"]);
	} catch (error) {
		if (error instanceof NamespaceError) return error;
		throw error;
	}
	throw new Error("the command ran");
}

library("the kernel's own refusal of a label is an error, and nothing runs", () => {
	for (const more of [[], [user(), mount()]]) {
		const { message, hint, code } = refused(unseen({ apparmor: "nskit-test-no-such-profile" }), ...more);
		expect(message).toContain('"exec nskit-test-no-such-profile"');
		expect(["EINVAL", "ENOENT", "EACCES", "EPERM"]).toContain(code);
		if (code === "EINVAL") expect(hint).toContain("no such security module is active");
		expect(refused(unseen({ selinux: "no_u:no_r:no_t:s0" }), ...more).message).toContain(
			'write($label.file, "no_u:no_r:no_t:s0"',
		);
	}
});

library("a label is not written to what has been mounted over /proc, or over its file", () => {
	const box = [user(), mount(), unseen({ selinux: "no_u:no_r:no_t:s0" })];
	// CVE-2019-16884: a /proc that is none.
	const fake = refused(...box, covered(["none", "/proc", "tmpfs", 0]));
	expect([fake.code, fake.message]).toEqual(["EXDEV", expect.stringContaining("fstatfs(")]);
	expect(fake.hint).toContain("/proc is no file system of the kernel's");
	// CVE-2025-52881: a file of procfs to which anything can be written.
	const other = refused(...box, covered(["/proc/thread-self/comm", "/proc/thread-self/attr/exec", null, MS_BIND]));
	expect([other.code, other.message]).toEqual(["EXDEV", expect.stringContaining("openat2(")]);
	expect(other.hint).toContain("something is mounted over the file");
});

describe("`labelProblems`", () => {
	test("goes by what is active, and leaves the word to the kernel where nobody tells", () => {
		const codes = (options: Parameters<typeof label>[0], ...given: Parameters<typeof labelProblems>[1][]) =>
			labelProblems([label(options)], ...(given as [string[]])).map(({ code }) => code);
		expect(codes({ apparmor: "a" }, ["capability", "apparmor"])).toEqual([]);
		expect(codes({ selinux: "a:b:c", files: "a:b:c" }, ["selinux"])).toEqual([]);
		expect(codes({ selinux: "a:b:c", files: "a:b:c" }, ["apparmor"])).toEqual(["LABEL_MODULE", "LABEL_MODULE"]);
		expect(codes({ apparmor: "a" }, [])).toEqual(["LABEL_MODULE"]);
		expect(labelProblems([hardening({})], [])).toEqual([]);
	});

	test("is told to the library's callers too", () => {
		if (active.includes("apparmor")) return;
		expect(() => sandbox(label({ apparmor: "a" })).spawnSync(["true"])).toThrow(PlanError);
	});
});
