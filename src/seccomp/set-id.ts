/** No file gets a set-user-ID or set-group-ID bit: a filter beside the others. chmod(2), inode(7) */
import type { Arch } from "../linux/syscalls.ts";
import { answers, refuseWith } from "./actions.ts";
import { type Group, groupedPolicy } from "./groups.ts";
import type { Condition, Policy } from "./policy.ts";

/** Any of these bits is set in an argument. */
const anyOf = (index: number, mask: bigint): Condition => ({ index, operator: "!=", mask, value: 0n });

/** S_ISUID|S_ISGID */
const setId = 0o6000n;

/** O_CREAT|__O_TMPFILE: without one of them an open has no mode, and the register holds anything. open(2) */
const makes = 0o2000_0100n;

const refused = refuseWith("EPERM");

/** Calls by the place of their mode. */
export const setIdGroups: readonly Group[] = [
	{ calls: "chmod fchmod creat mkdir mknod", answer: refused, when: [[anyOf(1, setId)]] },
	{ calls: "fchmodat fchmodat2 mkdirat mknodat", answer: refused, when: [[anyOf(2, setId)]] },
	{ calls: "open", answer: refused, when: [[anyOf(1, makes), anyOf(2, setId)]] },
	{ calls: "openat", answer: refused, when: [[anyOf(2, makes), anyOf(3, setId)]] },
	// The modes of these lie in memory, where no filter can look. Programs do without them.
	{ calls: "openat2 io_uring_setup", answer: refuseWith("ENOSYS") },
];

/** The policy for this kernel's machines: everything else is left to other filters. */
export const setIdPolicy = (arch: Arch): Policy => groupedPolicy(arch, setIdGroups, answers.allow);
