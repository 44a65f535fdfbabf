/**
 * The built-in profile: the calls that ordinary programs need. It allows nothing that the containers' common profile
 * (Docker's and Podman's) does not allow, and leaves out a few more. What is known and not listed is EPERM; what is newer
 * than our tables is ENOSYS, so that programs do without.
 */
import { constants } from "../linux/constants.ts";
import type { Arch } from "../linux/syscalls.ts";
import { answers, refuseWith } from "./actions.ts";
import { type Group, groupedPolicy } from "./groups.ts";
import type { Condition, Policy } from "./policy.ts";
import { setIdGroups } from "./set-id.ts";

const allow = answers.allow;

/** What every program may do, by what it is about. The rights to files, processes and ids are checked elsewhere. */
export const allowed: Readonly<Record<string, string>> = {
	"reading and writing descriptors": `read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek _llseek
		close close_range dup dup2 dup3 fcntl fcntl64 pipe pipe2 sendfile sendfile64 splice tee vmsplice copy_file_range
		fsync fdatasync sync syncfs sync_file_range sync_file_range2 arm_sync_file_range fadvise64 fadvise64_64
		arm_fadvise64_64 readahead cachestat fallocate ftruncate ftruncate64 flock`,
	"files and directories": `open openat openat2 creat access faccessat faccessat2 stat stat64 lstat lstat64 fstat fstat64
		fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 getdents getdents64 readlink readlinkat getcwd chdir
		fchdir mkdir mkdirat rmdir mknod mknodat link linkat symlink symlinkat unlink unlinkat rename renameat renameat2
		truncate truncate64 chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 fchownat lchown lchown32 umask
		utime utimes utimensat utimensat_time64 futimesat name_to_handle_at statmount listmount`,
	"extended attributes": `getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr
		llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat`,
	memory: `brk mmap mmap2 munmap mremap mprotect msync madvise mincore mlock mlock2 munlock mlockall munlockall mseal
		remap_file_pages pkey_alloc pkey_free pkey_mprotect map_shadow_stack memfd_create memfd_secret membarrier`,
	processes: `fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid getpgid getpgrp setpgid
		getsid setsid prctl arch_prctl set_tid_address set_thread_area get_thread_area set_robust_list get_robust_list rseq
		pidfd_open pidfd_send_signal process_mrelease restart_syscall uretprobe breakpoint cacheflush set_tls`,
	"looking into processes of one's own, as debuggers do": "ptrace process_vm_readv process_vm_writev",
	"waiting for each other": `futex futex_time64 futex_waitv futex_wake futex_wait futex_requeue semget semctl semop semtimedop
		semtimedop_time64 msgget msgctl msgsnd msgrcv shmget shmctl shmat shmdt ipc mq_open mq_unlink mq_notify
		mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64`,
	signals: `kill tkill tgkill pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
		rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn signalfd signalfd4`,
	"waiting for events": `poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create epoll_create1
		epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 inotify_init
		inotify_init1 inotify_add_watch inotify_rm_watch io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents
		io_pgetevents_time64`,
	"clocks and timers": `time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep
		clock_nanosleep_time64 nanosleep alarm getitimer setitimer times timer_create timer_delete timer_getoverrun
		timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64
		timerfd_settime timerfd_settime64 adjtimex clock_adjtime clock_adjtime64`,
	sockets: `socketpair bind listen accept accept4 connect getsockname getpeername getsockopt setsockopt shutdown send sendto
		sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64`,
	"users and capabilities": `getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32
		getresgid getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32
		setresuid setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capget
		capset`,
	"limits, priorities and the machine": `getrlimit ugetrlimit setrlimit prlimit64 getrusage getpriority setpriority ioprio_get
		ioprio_set sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam
		sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval
		sched_rr_get_interval_time64 uname sysinfo getcpu getrandom`,
	"giving up more": "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self",
};

/** Calls that are allowed where the command keeps a capability, because without it they are of no use anyway. */
export const allowedWith: Readonly<Record<string, string>> = {
	CAP_SYS_ADMIN: `mount umount umount2 open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr
		unshare setns clone clone3 sethostname setdomainname fanotify_init fanotify_mark quotactl quotactl_fd`,
	CAP_SYS_CHROOT: "chroot",
	CAP_DAC_READ_SEARCH: "open_by_handle_at",
	CAP_SYS_PTRACE: "kcmp pidfd_getfd process_madvise",
	CAP_SYS_NICE: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
	CAP_SYS_TIME: "settimeofday stime clock_settime clock_settime64",
	CAP_SYS_TTY_CONFIG: "vhangup",
	CAP_SYS_PACCT: "acct",
	CAP_SYS_BOOT: "reboot",
	CAP_SYS_MODULE: "init_module finit_module delete_module",
	CAP_SYS_RAWIO: "iopl ioperm",
	CAP_SYSLOG: "syslog",
	CAP_BPF: "bpf",
	CAP_PERFMON: "perf_event_open",
};

/**
 * Calls that programs do without when they hear that they are missing. The flags of clone3(2) lie in memory, where no
 * filter can look, so that only clone(2) is left (CVE-2021-41133); socketcall(2) hides the family of a socket the same
 * way, and since Linux 4.3 there are calls of their own. io_uring makes other calls past every filter.
 */
export const missing = "clone3 socketcall io_uring_setup io_uring_enter io_uring_register file_getattr file_setattr";

const value = (index: number, number: number): Condition => ({ index, operator: "==", value: BigInt(number) });

/** A request of ioctl(2) by its lower 32 bits, because the kernel takes no notice of the others (CVE-2019-10063). */
const request = (number: number): Condition => ({ ...value(1, number), mask: 0xffff_ffffn });

/** All CLONE_NEW* of clone(2) but CLONE_NEWTIME, whose bit is part of the exit signal there. */
const newNamespaces = 0x7e02_0000n;

/** PER_LINUX, PER_LINUX32, each also with UNAME26, and the question which it is. personality(2) */
const personalities = [0, 8, 0x2_0000, 0x2_0008, 0xffff_ffff];

/**
 * Address families that reach past the sandbox, or into the kernel's cryptography, AF_VSOCK and AF_ALG; and those that
 * kernels have had for networks that are gone: DECnet, ECONET, ATMSVC, IRDA, WANPIPE, ISDN, CAIF.
 */
const families = [38n, 40n, 12n, 19n, 20n, 23n, 24n, 34n, 37n] as const;

/** The first number behind the families that are known. AF_MAX, socket.h */
const firstUnknown = 46n;

/** A family that is known, with nothing in the upper half, and none of these. */
const knownFamily: readonly Condition[] = [
	{ index: 0, operator: "<", value: firstUnknown },
	...families.map((one): Condition => ({ index: 0, operator: "!=", value: one, mask: 0xffff_ffffn })),
];

/** What depends on arguments. */
const conditional: readonly Group[] = [
	{ calls: "ioctl", answer: allow },
	{
		calls: "ioctl",
		answer: refuseWith("EPERM"),
		when: [[request(constants.TIOCSTI)], [request(constants.TIOCLINUX)]],
	},
	{ calls: "personality", answer: allow, when: personalities.map((number) => [value(0, number)]) },
	{
		calls: "socket",
		answer: allow,
		when: [knownFamily],
	},
];

const cloneWithoutNew: Group = {
	calls: "clone",
	answer: allow,
	when: [[{ index: 0, operator: "==", mask: newNamespaces, value: 0n }]],
};

/** The groups of the profile for a command that keeps these capabilities. */
export function defaultGroups(capabilities: ReadonlySet<string>): Group[] {
	const groups: Group[] = [];
	for (const about in allowed) groups.push({ calls: allowed[about] ?? "", answer: allow });
	for (const capability in allowedWith)
		if (capabilities.has(capability)) groups.push({ calls: allowedWith[capability] ?? "", answer: allow });
	const admin = capabilities.has("CAP_SYS_ADMIN");
	if (!admin) groups.push(cloneWithoutNew);
	const absent = admin ? missing.replace("clone3 ", "") : missing;
	return [...groups, ...conditional, { calls: absent, answer: refuseWith("ENOSYS") }];
}

/** The profile for this kernel's machines. */
export function defaultPolicy(arch: Arch, capabilities: ReadonlySet<string> = new Set()): Policy {
	return groupedPolicy(arch, defaultGroups(capabilities), refuseWith("EPERM"), refuseWith("ENOSYS"));
}

/** The same without set-user-ID bits: one filter costs every call less than two do. Of two answers the stricter counts. */
export function defaultWithoutSetId(arch: Arch, capabilities: ReadonlySet<string> = new Set()): Policy {
	const groups = [...defaultGroups(capabilities), ...setIdGroups];
	return groupedPolicy(arch, groups, refuseWith("EPERM"), refuseWith("ENOSYS"));
}
