/**
 * Numbers of system calls that no plan holds, for attacks: `[x86-64, arm64]`.
 * arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
 */
import { type Arch, type Syscall, syscallNumber } from "../linux/syscalls.ts";

const table = {
	connect: [42, 203],
	ptrace: [101, 117],
	chroot: [161, 51],
	acct: [163, 89],
	swapon: [167, 224],
	reboot: [169, 142],
	init_module: [175, 105],
	delete_module: [176, 106],
	kexec_load: [246, 104],
	add_key: [248, 217],
	request_key: [249, 218],
	perf_event_open: [298, 241],
	open_by_handle_at: [304, 265],
	process_vm_readv: [310, 270],
	finit_module: [313, 273],
	bpf: [321, 280],
	userfaultfd: [323, 282],
	io_uring_setup: [425, 425],
	fspick: [433, 433],
	pidfd_getfd: [438, 438],
	open_tree_attr: [467, 467],
} as const satisfies Record<string, readonly [number, number]>;

/** A system call that a probe can make by name. */
export type ProbeSyscall = Syscall | keyof typeof table;

/** The number of a call on `arch`; numbers stay what they are. */
export function probeNumber(name: ProbeSyscall | number, arch: Arch): number {
	if (typeof name === "number") return name;
	if (!Object.hasOwn(table, name)) return syscallNumber(name as Syscall, arch);
	return table[name as keyof typeof table][arch === "x64" ? 0 : 1];
}
