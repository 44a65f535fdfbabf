/**
 * The kernel's constants, by the kernel's own names. Plans name them (`flags("MS_REC|MS_PRIVATE")`),
 * so that what is printed and what is sent can never differ.
 */

import type { Arch } from "./syscalls.ts";

const values = {
	// clone(2), unshare(2), setns(2)
	CLONE_VM: 0x100,
	CLONE_VFORK: 0x4000,
	CLONE_NEWTIME: 0x80,
	CLONE_NEWNS: 0x20000,
	CLONE_NEWCGROUP: 0x2000000,
	CLONE_NEWUTS: 0x4000000,
	CLONE_NEWIPC: 0x8000000,
	CLONE_NEWUSER: 0x10000000,
	CLONE_NEWPID: 0x20000000,
	CLONE_NEWNET: 0x40000000,
	// signals: signal(7), rt_sigprocmask(2)
	SIGHUP: 1,
	SIGINT: 2,
	SIGKILL: 9,
	SIGPIPE: 13,
	SIGTERM: 15,
	SIGCHLD: 17,
	SIGCONT: 18,
	SIGSTOP: 19,
	SIGXFSZ: 25,
	SIG_BLOCK: 0,
	SIG_UNBLOCK: 1,
	SIG_SETMASK: 2,
	SIGQUIT: 3,
	SIGTSTP: 20,
	SIGTTIN: 21,
	SIGTTOU: 22,
	SIGWINCH: 28,
	// tty_ioctl(4)
	TCGETS: 0x5401,
	TCSETS: 0x5402,
	TIOCSCTTY: 0x540e,
	TIOCGPGRP: 0x540f,
	TIOCSPGRP: 0x5410,
	TIOCSTI: 0x5412,
	TIOCGWINSZ: 0x5413,
	TIOCSWINSZ: 0x5414,
	TIOCLINUX: 0x541c,
	TIOCSPTLCK: 0x40045431,
	TIOCGPTPEER: 0x5441,
	// wait4(2)
	WNOHANG: 1,
	WUNTRACED: 2,
	WCONTINUED: 8,
	__WALL: 0x40000000,
	// open(2), fcntl(2), openat2(2)
	AT_FDCWD: -100,
	AT_EMPTY_PATH: 0x1000,
	AT_RECURSIVE: 0x8000,
	O_RDONLY: 0,
	O_WRONLY: 1,
	O_RDWR: 2,
	O_NOCTTY: 0o400,
	O_NONBLOCK: 0o4000,
	O_CREAT: 0o100,
	O_EXCL: 0o200,
	O_DIRECTORY: 0o200000,
	O_NOFOLLOW: 0o400000,
	O_CLOEXEC: 0o2000000,
	O_PATH: 0o10000000,
	F_GETFD: 1,
	F_SETFD: 2,
	F_SETFL: 4,
	F_DUPFD_CLOEXEC: 1030,
	F_ADD_SEALS: 1033,
	F_GET_SEALS: 1034,
	FD_CLOEXEC: 1,
	F_SEAL_SEAL: 1,
	F_SEAL_SHRINK: 2,
	F_SEAL_GROW: 4,
	F_SEAL_WRITE: 8,
	MFD_CLOEXEC: 1,
	MFD_ALLOW_SEALING: 2,
	MFD_EXEC: 0x10,
	S_IFREG: 0o100000,
	RESOLVE_NO_MAGICLINKS: 0x02,
	RESOLVE_NO_SYMLINKS: 0x04,
	RESOLVE_IN_ROOT: 0x10,
	// mount(2), open_tree(2), move_mount(2), fsconfig(2), mount_setattr(2)
	MS_NOSUID: 2,
	MS_NODEV: 4,
	MS_NOEXEC: 8,
	MS_REC: 0x4000,
	MS_PRIVATE: 0x40000,
	MS_SLAVE: 0x80000,
	MS_SHARED: 0x100000,
	MNT_DETACH: 2,
	OPEN_TREE_CLONE: 1,
	OPEN_TREE_CLOEXEC: 0o2000000,
	MOVE_MOUNT_F_EMPTY_PATH: 0x04,
	MOVE_MOUNT_T_EMPTY_PATH: 0x40,
	FSOPEN_CLOEXEC: 1,
	FSCONFIG_SET_FLAG: 0,
	FSCONFIG_SET_STRING: 1,
	FSCONFIG_CMD_CREATE: 6,
	FSMOUNT_CLOEXEC: 1,
	MOUNT_ATTR_RDONLY: 0x01,
	MOUNT_ATTR_NOSUID: 0x02,
	MOUNT_ATTR_NODEV: 0x04,
	MOUNT_ATTR_NOEXEC: 0x08,
	MOUNT_ATTR_IDMAP: 0x100000,
	MOUNT_ATTR_NOSYMFOLLOW: 0x200000,
	// statx(2)
	STATX_BASIC_STATS: 0x7ff,
	STATX_MNT_ID: 0x1000,
	// netlink(7), rtnetlink(7)
	AF_NETLINK: 16,
	SOCK_RAW: 3,
	SOCK_CLOEXEC: 0o2000000,
	NETLINK_ROUTE: 0,
	RTM_NEWLINK: 16,
	NLM_F_REQUEST: 1,
	NLM_F_ACK: 4,
	IFF_UP: 1,
	// seccomp(2)
	SECCOMP_SET_MODE_FILTER: 1,
	SECCOMP_RET_ALLOW: 0x7fff0000,
	SECCOMP_RET_ERRNO: 0x00050000,
	AUDIT_ARCH_X86_64: 0xc000003e,
	AUDIT_ARCH_I386: 0x40000003,
	AUDIT_ARCH_AARCH64: 0xc00000b7,
	AUDIT_ARCH_ARM: 0x40000028,
	// prctl(2), getrlimit(2), mmap(2)
	PR_SET_PDEATHSIG: 1,
	PR_SET_DUMPABLE: 4,
	PR_SET_NAME: 15,
	RLIMIT_NOFILE: 7,
	PROT_READ: 1,
	PROT_WRITE: 2,
	PROT_EXEC: 4,
	MAP_PRIVATE: 2,
	MAP_ANONYMOUS: 0x20,
	MAP_STACK: 0x20000,
	CLOSE_RANGE_CLOEXEC: 4,
} as const;

/** The name of a constant of the kernel. */
export type ConstantName = keyof typeof values;

/** The kernel's constants by name: `constants.CLONE_NEWUTS`. */
export const constants: typeof values = values;

/** Where arm64 differs (arch/arm64/include/uapi/asm/fcntl.h). */
const arm64: Partial<Record<ConstantName, number>> = { O_DIRECTORY: 0o40000, O_NOFOLLOW: 0o100000 };

/** The value of names joined with `|`, for example `"MS_REC|MS_PRIVATE"`. Throws a `TypeError` on an unknown name. */
export function flagValue(names: string, arch: Arch): number {
	let sum = 0;
	for (const name of names.split("|")) {
		const value = (arch === "arm64" && arm64[name as ConstantName]) || values[name as ConstantName];
		if (value === undefined) throw new TypeError(`no constant is called ${name}`);
		sum |= value;
	}
	return sum;
}
