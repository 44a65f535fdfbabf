/*
 * The limit: the system calls of sandbox(...).spawnSync(), from C. One round for each line on standard input: clone with a
 * mapped stack, the same steps in the child, a static program that does nothing, wait4. Prints the nanoseconds it took.
 *
 *     limit COMMAND none|six|eight
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static const char *command;
static int namespaces, use_net, use_time, null_fd;
static char uid_map[64], gid_map[64];
static sigset_t before;

static void put(const char *path, const char *text) {
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0) _exit(125);
	close(fd);
}

static void loopback_up(void) {
	struct { struct nlmsghdr head; struct ifinfomsg link; } request = {
		{ sizeof request, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 0, 0 },
		{ .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP },
	};
	char answer[128];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0 || send(fd, &request, sizeof request, 0) < 0 || recv(fd, answer, sizeof answer, 0) < 0) _exit(125);
	close(fd);
}

/* Refuses TIOCSTI and TIOCLINUX, as src/process/injection.ts does; for one architecture with its 32-bit ways. */
static void close_injection(void) {
	static struct sock_filter filter[] = {
#define AT(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define WAY(machine, call, left) AT(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine, 0, 2), AT(nr), \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 4 * (left) + 1, 0)
#ifdef __x86_64__
		WAY(AUDIT_ARCH_X86_64, 16, 2), WAY(AUDIT_ARCH_X86_64, 0x40000000 + 514, 1), WAY(AUDIT_ARCH_I386, 54, 0),
#else
		WAY(AUDIT_ARCH_AARCH64, 29, 1), WAY(AUDIT_ARCH_ARM, 54, 0),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		AT(args[1]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x5412, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x541c, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) _exit(125);
}

static int child(void *unused) {
	static char *argv[] = { "noop", NULL }, *env[] = { NULL };
	struct sigaction action = { .sa_handler = SIG_DFL };
	(void)unused;
	dup3(null_fd, 0, 0);
	dup3(null_fd, 1, 0);
	if (use_time && unshare(CLONE_NEWTIME) < 0) _exit(125);
	if (namespaces & CLONE_NEWUSER) {
		put("/proc/self/setgroups", "deny");
		put("/proc/self/gid_map", gid_map);
		put("/proc/self/uid_map", uid_map);
	}
	if (use_net) loopback_up();
	if (namespaces & CLONE_NEWNS) {
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) _exit(125);
		if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) _exit(125);
	}
	if (namespaces) close_injection();
	close_range(3, ~0U, 0);
	for (int signal = 1; signal <= 64; signal++)
		if (signal != SIGKILL && signal != SIGSTOP) syscall(SYS_rt_sigaction, signal, &action, NULL, 8);
	sigprocmask(SIG_SETMASK, &before, NULL);
	execve(command, argv, env);
	_exit(126);
}

int main(int argc, char **argv) {
	char line[16];
	sigset_t all;
	const size_t size = 16384;
	if (argc != 3) return 125;
	command = argv[1];
	use_net = use_time = strcmp(argv[2], "eight") == 0;
	if (strcmp(argv[2], "none") != 0)
		namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	if (use_net) namespaces |= CLONE_NEWNET;
	snprintf(uid_map, sizeof uid_map, "0 %d 1\n", geteuid());
	snprintf(gid_map, sizeof gid_map, "0 %d 1\n", getegid());
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigfillset(&all);
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED || null_fd < 0) return 125;
	while (fgets(line, sizeof line, stdin)) {
		struct timespec start, end;
		struct rusage usage;
		int status;
		clock_gettime(CLOCK_MONOTONIC, &start);
		sigprocmask(SIG_SETMASK, &all, &before);
		pid_t pid = clone(child, stack + size, namespaces | CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		if (pid < 0 || wait4(pid, &status, __WALL, &usage) < 0 || status != 0) return 125;
		clock_gettime(CLOCK_MONOTONIC, &end);
		printf("%lld\n", (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec));
		fflush(stdout);
	}
	return 0;
}
