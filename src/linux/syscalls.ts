/**
 * The system calls that plans hold and ffi.ts makes: their number per architecture and the kernel that brought them.
 * Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
 */

/** `[x86-64, arm64, first kernel as major * 100 + minor]`; 0 for calls older than every kernel we meet. */
const table = {
	read: [0, 63, 0],
	write: [1, 64, 0],
	close: [3, 57, 0],
	lseek: [8, 62, 0],
	mmap: [9, 222, 0],
	mprotect: [10, 226, 0],
	munmap: [11, 215, 0],
	rt_sigaction: [13, 134, 0],
	rt_sigprocmask: [14, 135, 0],
	ioctl: [16, 29, 0],
	pread64: [17, 67, 0],
	pwrite64: [18, 68, 0],
	writev: [20, 66, 0],
	getpid: [39, 172, 0],
	sendfile: [40, 71, 0],
	socket: [41, 198, 0],
	accept4: [288, 242, 0],
	sendmsg: [46, 211, 0],
	recvmsg: [47, 212, 0],
	socketpair: [53, 199, 0],
	bind: [49, 200, 0],
	listen: [50, 201, 0],
	shutdown: [48, 210, 0],
	setsockopt: [54, 208, 0],
	timerfd_create: [283, 85, 0],
	timerfd_settime: [286, 86, 0],
	sendto: [44, 206, 0],
	recvfrom: [45, 207, 0],
	clone: [56, 220, 0],
	execve: [59, 221, 0],
	wait4: [61, 260, 0],
	kill: [62, 129, 0],
	uname: [63, 160, 0],
	fcntl: [72, 25, 0],
	getcwd: [79, 17, 0],
	flock: [73, 32, 0],
	fsync: [74, 82, 0],
	ftruncate: [77, 46, 0],
	chdir: [80, 49, 0],
	fchdir: [81, 50, 0],
	fchmod: [91, 52, 0],
	umask: [95, 166, 0],
	setpgid: [109, 154, 0],
	getppid: [110, 173, 0],
	setsid: [112, 157, 0],
	setuid: [105, 146, 0],
	setgid: [106, 144, 0],
	setgroups: [116, 159, 0],
	setresuid: [117, 147, 0],
	setresgid: [119, 149, 0],
	getpgid: [121, 155, 0],
	rt_sigtimedwait: [128, 137, 0],
	capget: [125, 90, 0],
	capset: [126, 91, 0],
	personality: [135, 92, 0],
	setpriority: [141, 140, 0],
	sched_setscheduler: [144, 119, 0],
	pivot_root: [155, 41, 0],
	fstatfs: [138, 44, 0],
	prctl: [157, 167, 0],
	chroot: [161, 51, 0],
	mount: [165, 40, 0],
	umount2: [166, 39, 0],
	sethostname: [170, 161, 0],
	setdomainname: [171, 162, 0],
	sched_setaffinity: [203, 122, 0],
	sched_getaffinity: [204, 123, 0],
	timer_create: [222, 107, 0],
	timer_settime: [223, 110, 0],
	setxattr: [188, 5, 0],
	getxattr: [191, 8, 0],
	listxattr: [194, 11, 0],
	removexattr: [197, 14, 0],
	getdents64: [217, 61, 0],
	exit_group: [231, 94, 0],
	keyctl: [250, 219, 0],
	ioprio_set: [251, 30, 0],
	openat: [257, 56, 0],
	mkdirat: [258, 34, 0],
	mknodat: [259, 33, 0],
	fchownat: [260, 54, 0],
	unlinkat: [263, 35, 0],
	linkat: [265, 37, 0],
	symlinkat: [266, 36, 0],
	readlinkat: [267, 78, 0],
	fchmodat: [268, 53, 0],
	faccessat: [269, 48, 0],
	ppoll: [271, 73, 0],
	unshare: [272, 97, 0],
	signalfd4: [289, 74, 0],
	utimensat: [280, 88, 0],
	dup3: [292, 24, 0],
	pipe2: [293, 59, 0],
	prlimit64: [302, 261, 0],
	setns: [308, 268, 0],
	renameat2: [316, 276, 315],
	seccomp: [317, 277, 317],
	clock_gettime: [228, 113, 0],
	memfd_create: [319, 279, 317],
	execveat: [322, 281, 319],
	copy_file_range: [326, 285, 405],
	process_vm_readv: [310, 270, 0],
	statx: [332, 291, 411],
	open_tree: [428, 428, 502],
	move_mount: [429, 429, 502],
	fsopen: [430, 430, 502],
	fsconfig: [431, 431, 502],
	fsmount: [432, 432, 502],
	pidfd_send_signal: [424, 424, 501],
	pidfd_open: [434, 434, 503],
	clone3: [435, 435, 503],
	close_range: [436, 436, 509],
	openat2: [437, 437, 506],
	pidfd_getfd: [438, 438, 506],
	mount_setattr: [442, 442, 512],
	faccessat2: [439, 439, 508],
	landlock_create_ruleset: [444, 444, 513],
	landlock_add_rule: [445, 445, 513],
	landlock_restrict_self: [446, 446, 513],
	lsm_list_modules: [461, 461, 608],
} as const satisfies Record<string, readonly [number, number, number]>;

/** The name of a system call a plan may hold. */
export type Syscall = keyof typeof table;

/** The architectures the stub is written for, as `process.arch` names them. */
export type Arch = "x64" | "arm64";

/** The number of `name` on `arch`. */
export function syscallNumber(name: Syscall, arch: Arch): number {
	return table[name][arch === "x64" ? 0 : 1];
}

/** The name behind a system call number, for disassembly. */
export function syscallName(number: number, arch: Arch): Syscall | undefined {
	const column = arch === "x64" ? 0 : 1;
	return (Object.keys(table) as Syscall[]).find((name) => table[name][column] === number);
}

/** The first kernel that has the call, as `major * 100 + minor`. */
export function syscallSince(name: Syscall): number {
	return table[name][2];
}
