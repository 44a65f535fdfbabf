/** The sandbox that the selftest attacks unless another is given. */
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import type { Arch } from "../linux/syscalls.ts";
import type { MountRule } from "../mounts/rules.ts";
import { cgroup } from "../namespaces/cgroup.ts";
import { ipc } from "../namespaces/ipc.ts";
import { mount } from "../namespaces/mount.ts";
import { net } from "../namespaces/net.ts";
import { pid } from "../namespaces/pid.ts";
import { time } from "../namespaces/time.ts";
import { user } from "../namespaces/user.ts";
import { uts } from "../namespaces/uts.ts";
import { call, flags, step } from "../plan/step.ts";
import type { Call, Fragment } from "../plan/types.ts";
import { terminal } from "../process/terminal.ts";
import { bpf, dataOffsets, encode, type Instruction } from "../seccomp/bpf.ts";
import { type ProbeSyscall, probeNumber } from "./numbers.ts";
import type { Variation } from "./types.ts";

const systemFolders = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];

/** The kernel lets the machine's user 0 write there without any capability, and that may be who this user is outside. */
const readOnly = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"];
const masked = ["/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/timer_list"];

/** All namespaces, an empty root with the system's folders read-only, no rights, and a filter. */
export function confined({ mounts = [], root }: Variation): readonly Fragment[] {
	const system = systemFolders.map((path): MountRule => {
		return { type: "bind", source: path, target: path, readOnly: true, noSuid: true, noDev: true, optional: true };
	});
	const own: readonly MountRule[] = [
		...system,
		...readOnly.map((target): MountRule => ({ type: "read-only", target, optional: true })),
		...masked.map((target): MountRule => ({ type: "mask", target, optional: true })),
		{ type: "dev", target: "/dev" },
		{ type: "tmpfs", target: "/tmp" },
	];
	return [
		user({ map: { uid: 1000, gid: 1000 } }),
		mount({ root: root ?? { type: "tmpfs" }, mounts: root === undefined ? [...own, ...mounts] : mounts }),
		...[pid(), net(), ipc(), uts(), cgroup(), time()],
		terminal({ session: "new" }),
		restricted(),
	];
}

const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
/** More than any kernel has; those that do not exist are refused. */
const mostCapabilities = 64;

/** No capability can come back, and calls that no ordinary program makes are refused. */
function restricted(): Fragment {
	return {
		module: "capabilities",
		steps: ({ host: { arch } }) => {
			const drops: Call[] = [];
			for (let i = 0; i < mostCapabilities; i++)
				drops.push(call("prctl", [PR_CAPBSET_DROP, i, 0, 0, 0], { mayFail: true }));
			const filter = filterOf(arch);
			const program = { len: filter.length / 8, filter: { bytes: Array.from(filter), shows: "refused calls" } };
			return [
				step({
					phase: "capabilities",
					module: "capabilities",
					does: "give all privileges up",
					why: "a user without capabilities, whose programs can gain none",
					man: "capabilities(7)",
					calls: [...drops, call("prctl", [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0])],
				}),
				step({
					phase: "seccomp",
					module: "capabilities",
					does: "refuse system calls that ordinary programs do not make",
					why: "each is a way into the kernel",
					man: "seccomp(2)",
					calls: [call("seccomp", [flags("SECCOMP_SET_MODE_FILTER"), 0, { struct: program }])],
				}),
			];
		},
	};
}

const refusedCalls: readonly ProbeSyscall[] = [
	...(["mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick"] as const),
	...(["open_tree", "open_tree_attr", "move_mount", "mount_setattr", "setns", "unshare"] as const),
	...(["ptrace", "process_vm_readv", "pidfd_getfd", "open_by_handle_at"] as const),
	...(["bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "keyctl", "add_key", "request_key"] as const),
	...(["init_module", "finit_module", "delete_module", "kexec_load", "reboot", "swapon", "acct"] as const),
];

/** The first number of the x32 calls. */
const firstX32 = 0x4000_0000;

function filterOf(arch: Arch): Uint8Array {
	const native = arch === "x64" ? constants.AUDIT_ARCH_X86_64 : constants.AUDIT_ARCH_AARCH64;
	const count = refusedCalls.length;
	// Behind the comparisons: allow, the check of clone(2) in three, refuse, unknown.
	const [clone, refuse, unknown] = [count + 6, count + 9, count + 10];
	const allow: Instruction = [bpf.give, 0, 0, constants.SECCOMP_RET_ALLOW];
	const to = (place: number, from: number): number => place - from - 1;
	const program: Instruction[] = [
		[bpf.load, 0, 0, dataOffsets.architecture],
		[bpf.jumpIfEqual, 0, to(refuse, 1), native],
		[bpf.load, 0, 0, dataOffsets.call],
		[bpf.jumpIfEqual, to(unknown, 3), 0, probeNumber("clone3", arch)],
		[bpf.jumpIfEqual, to(clone, 4), 0, probeNumber("clone", arch)],
	];
	refusedCalls.forEach((name) => {
		program.push([bpf.jumpIfEqual, to(refuse, program.length), 0, probeNumber(name, arch)]);
	});
	program.push([bpf.jumpIfAtLeast, to(refuse, clone - 1), to(clone + 2, clone - 1), firstX32]);
	program.push([bpf.load, 0, 0, dataOffsets.argument(0)]);
	program.push([bpf.jumpIfAnySet, to(refuse, clone + 1), 0, constants.CLONE_NEWUSER], allow);
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ERRNO + errnoNumber("EPERM")]);
	program.push([bpf.give, 0, 0, constants.SECCOMP_RET_ERRNO + errnoNumber("ENOSYS")]);
	return encode(program);
}
