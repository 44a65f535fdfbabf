import { describe, expect, test } from "bun:test";
import { callNumbers, isCallName, wordsOf } from "../../src/linux/calls.ts";
import { answers, isAllowed } from "../../src/seccomp/actions.ts";
import { profileProblems } from "../../src/seccomp/check.ts";
import { compile } from "../../src/seccomp/compile.ts";
import { allowed, allowedWith, defaultPolicy, missing } from "../../src/seccomp/default.ts";
import { profilePolicy } from "../../src/seccomp/oci.ts";
import { architectures } from "../../src/seccomp/policy.ts";
import { dockerProfile } from "./docker.ts";
import { run } from "./interpreter.ts";

const none: ReadonlySet<string> = new Set();
const machines = { x64: ["x64", "i386"], arm64: ["arm64", "arm"] } as const;
/** Arguments that tell the rules apart. */
const argumentLists = [0n, 8n, 1n, 38n, 40n, 0x5412n, 0x541cn, 0x10000000n, 0x20000n, 0xffffffffn, 1n << 32n].map(
	(one) => Array<bigint>(6).fill(one),
);

describe("the built-in profile", () => {
	for (const arch of ["x64", "arm64"] as const)
		for (const capabilities of [[], ["CAP_SYS_ADMIN"], Object.keys(allowedWith)])
			test(`allows nothing on ${arch} that Docker's refuses, with ${capabilities.length} capabilities`, () => {
				const host = { arch, kernel: 618, capabilities: new Set(capabilities) };
				expect(profileProblems(dockerProfile, host)).toEqual([]);
				const theirs = compile(profilePolicy(dockerProfile, host));
				const ours = compile(defaultPolicy(arch, host.capabilities));
				// Newer than Docker's profile, of the kind it allows with the same capability.
				const newer = capabilities.includes("CAP_SYS_ADMIN") ? ["open_tree_attr", "fanotify_mark"] : [];
				const more = new Set<string>();
				for (const machine of machines[arch])
					for (const [name, call] of callNumbers(machine))
						for (const args of argumentLists) {
							const seen = { call, architecture: architectures[machine], args };
							if (isAllowed(run(ours, seen).answer) && !isAllowed(run(theirs, seen).answer)) more.add(name);
						}
				expect([...more].filter((name) => !newer.includes(name))).toEqual([]);
			});

	test("refuses a few more than Docker's, and these are all of them", () => {
		const host = { arch: "x64", kernel: 618, capabilities: none } as const;
		const [theirs, ours] = [compile(profilePolicy(dockerProfile, host)), compile(defaultPolicy("x64"))];
		const less = new Set<string>();
		for (const machine of machines.x64)
			for (const [name, call] of callNumbers(machine)) {
				const seen = { call, architecture: architectures[machine] };
				if (!isAllowed(run(ours, seen).answer) && isAllowed(run(theirs, seen).answer)) less.add(name);
			}
		expect([...less].toSorted()).toEqual(["fanotify_mark", "modify_ldt", "socketcall"]);
	});

	const answersTo = (name: string, args: readonly bigint[] = [], machine: "x64" | "i386" = "x64"): number => {
		const call = callNumbers(machine).get(name);
		if (call === undefined) throw new Error(`${machine} has no ${name}`);
		return run(compile(defaultPolicy("x64")), { call, architecture: architectures[machine], args }).answer;
	};
	const [EPERM, ENOSYS] = [answers.errno + 1, answers.errno + 38];

	test("CVE-2021-41133: refuses the mount calls of every age, and lets the flags of new processes be seen", () => {
		const mounts =
			"mount umount2 pivot_root open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr";
		for (const name of wordsOf(mounts)) expect([name, answersTo(name)]).toEqual([name, EPERM]);
		expect(answersTo("clone3")).toBe(ENOSYS);
		for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])
			expect([flag, answersTo("clone", [BigInt(flag) | 17n])]).toEqual([flag, EPERM]);
		expect(answersTo("clone", [0x3d0f00n])).toBe(answers.allow);
		for (const name of ["unshare", "setns"]) expect([name, answersTo(name)]).toEqual([name, EPERM]);
	});

	test("CVE-2019-10063: compares requests of ioctl by the 32 bits that the kernel takes", () => {
		for (const upper of [0n, 1n, 0x80000000n, 0xffffffffn])
			for (const [request, answer] of [
				[0x5412n, EPERM],
				[0x541cn, EPERM],
				[0x5413n, answers.allow],
			] as const)
				expect(answersTo("ioctl", [0n, (upper << 32n) + request])).toBe(answer);
	});

	test("refuses what programs do without", () => {
		const refused = `keyctl add_key request_key bpf perf_event_open userfaultfd kexec_load kexec_file_load init_module
			finit_module delete_module swapon swapoff reboot quotactl quotactl_fd acct settimeofday clock_settime chroot syslog
			process_madvise pidfd_getfd kcmp open_by_handle_at fanotify_init lookup_dcookie iopl ioperm uselib modify_ldt
			name_to_handle_at`.replace("name_to_handle_at", "vhangup");
		for (const name of wordsOf(refused)) expect([name, answersTo(name)]).toEqual([name, EPERM]);
		for (const name of wordsOf("io_uring_setup io_uring_enter io_uring_register"))
			expect([name, answersTo(name)]).toEqual([name, ENOSYS]);
		expect(answersTo("socketcall", [], "i386")).toBe(ENOSYS);
		for (const [family, answer] of [
			[1n, answers.allow],
			[2n, answers.allow],
			[38n, EPERM],
			[40n, EPERM],
		] as const)
			expect(answersTo("socket", [family])).toBe(answer);
		const gone = [12, 19, 20, 23, 24, 34, 37, 38, 40];
		for (let family = 0; family < 256; family++) {
			const answer = family < 46 && !gone.includes(family) ? answers.allow : EPERM;
			expect([family, answersTo("socket", [BigInt(family)])]).toEqual([family, answer]);
			expect([family, answersTo("socket", [BigInt(family) | (1n << 32n)])]).toEqual([family, EPERM]);
		}
		expect(answersTo("socket", [0xffff_ffffn])).toBe(EPERM);
		for (const [persona, answer] of [
			[0n, answers.allow],
			[0xffffffffn, answers.allow],
			[0x40000n, EPERM],
		] as const)
			expect(answersTo("personality", [persona])).toBe(answer);
	});

	test("answers ENOSYS to numbers that no table has yet", () => {
		const program = compile(defaultPolicy("x64"));
		for (const call of [470, 471, 500, 600, 0x3fffffff])
			expect(run(program, { call, architecture: architectures.x64 }).answer).toBe(ENOSYS);
		for (const call of [0x40000000, 0x40000001, 0x40000000 + 514, 0xffffffff])
			expect(run(program, { call, architecture: architectures.x64 }).answer).toBe(ENOSYS);
		expect(run(program, { call: 0, architecture: architectures.arm64 }).answer).toBe(answers.killProcess);
	});

	test("names only calls there are, and each once", () => {
		const names = [...Object.values(allowed), ...Object.values(allowedWith), missing].flatMap(wordsOf);
		expect(names.filter((name) => !isCallName(name))).toEqual([]);
		expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual(["clone3"]);
	});
});
