/*
 * seccomp make < rules > filter: what libseccomp makes of rules, as an array of struct sock_filter, with its binary tree.
 *   Each rule is a line: NAME ERRNO INDEX OP VALUE MASK; ERRNO is 0 to allow, and INDEX is -1 without an argument.
 * seccomp time FILTER COUNT: nanoseconds for each of three system calls behind that filter: the least of turns of COUNT.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int make(void)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	char name[64];
	int error, index, operator;
	unsigned long long value, mask;
	if (!context || seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2))
		fail("seccomp_init");
	if (seccomp_arch_native() == SCMP_ARCH_X86_64)
		seccomp_arch_add(context, SCMP_ARCH_X86);
	while (scanf("%63s %d %d %d %llu %llu", name, &error, &index, &operator, &value, &mask) == 6) {
		int call = seccomp_syscall_resolve_name(name);
		unsigned int action = error ? SCMP_ACT_ERRNO(error) : SCMP_ACT_ALLOW;
		struct scmp_arg_cmp compare = { index, operator, operator == SCMP_CMP_MASKED_EQ ? mask : value, value };
		if (call == __NR_SCMP_ERROR)
			continue;
		if (seccomp_rule_add_array(context, action, call, index >= 0, &compare))
			fprintf(stderr, "%s is left out\n", name);
	}
	return seccomp_export_bpf(context, STDOUT_FILENO) ? 1 : 0;
}

/* The least of several turns: whatever else the machine does only adds to it. */
static double nanoseconds(long call, unsigned long argument, long count)
{
	double least = 0;
	for (int turn = 0; turn < 20; turn++) {
		struct timespec start, end;
		clock_gettime(CLOCK_MONOTONIC, &start);
		for (long i = 0; i < count; i++)
			syscall(call, argument, 0, 0);
		clock_gettime(CLOCK_MONOTONIC, &end);
		double took = ((end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec)) / count;
		if (turn == 0 || took < least)
			least = took;
	}
	return least;
}

static int take(const char *path, long count)
{
	static struct sock_filter filter[BPF_MAXINSNS];
	FILE *file = fopen(path, "r");
	if (!file)
		fail(path);
	struct sock_fprog program = { fread(filter, sizeof *filter, BPF_MAXINSNS, file), filter };
	fclose(file);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		fail("seccomp");
	double allowed = nanoseconds(SYS_getppid, 0, count);
	double compared = nanoseconds(SYS_personality, 0xffffffff, count);
	double refused = nanoseconds(SYS_unshare, 0, count);
	printf("%f %f %f\n", allowed, compared, refused);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "make"))
		return make();
	if (argc == 4 && !strcmp(argv[1], "time"))
		return take(argv[2], atol(argv[3]));
	return 2;
}
