/**
 * System calls that the headers behind `call-tables.ts` do not have yet, and names of other machines' calls.
 * Numbers: the kernel's scripts/syscall.tbl, arch/arm/tools/syscall.tbl and arch/x86/entry/syscalls/ of Linux 6.18.
 */
import type { CallMachine } from "./calls.ts";

/** `[number, first kernel as major * 100 + minor]`: since Linux 5.0 a new call has one number everywhere. */
export const newerCalls: Readonly<Record<string, readonly [number: number, since: number]>> = {
	cachestat: [451, 605],
	fchmodat2: [452, 606],
	map_shadow_stack: [453, 606],
	futex_wake: [454, 607],
	futex_wait: [455, 607],
	futex_requeue: [456, 607],
	statmount: [457, 608],
	listmount: [458, 608],
	lsm_get_self_attr: [459, 608],
	lsm_set_self_attr: [460, 608],
	lsm_list_modules: [461, 608],
	mseal: [462, 610],
	setxattrat: [463, 613],
	getxattrat: [464, 613],
	listxattrat: [465, 613],
	removexattrat: [466, 613],
	open_tree_attr: [467, 615],
	file_getattr: [468, 617],
	file_setattr: [469, 617],
};

/** Those of one machine only. */
export const newerCallsOf: Partial<Record<CallMachine, typeof newerCalls>> = {
	x64: { uretprobe: [335, 611], uprobe: [336, 618] },
};

/** Calls of machines that nskit does not run on, which profiles for all machines name. */
export const callsElsewhere: readonly string[] = [
	...["multiplexer", "rtas", "spu_create", "spu_run", "subpage_prot", "swapcontext", "switch_endian"],
	...["sys_debug_setcontext", "riscv_flush_icache", "riscv_hwprobe", "s390_guarded_storage"],
	...["s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr", "s390_sthyi", "sysmips", "timerfd"],
];
