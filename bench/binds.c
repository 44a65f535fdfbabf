/*
 * What an image that binds so many directories does, in C: `binds FOLDER COUNT PROGRAM` shows FOLDER/0 at FOLDER/0,
 * and so on, in a mount namespace of its own, and executes PROGRAM. For bench/view.ts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 1000

static void check(long result, const char *what) {
	if (result >= 0) return;
	perror(what);
	exit(125);
}

int main(int argc, char **argv) {
	static int sources[MOST];
	char path[4096];
	int count = argc == 4 ? atoi(argv[2]) : 0;
	if (count < 1 || count > MOST) return 125;
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%d", argv[1], i);
		sources[i] = syscall(SYS_open_tree, AT_FDCWD, path, 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC | 0x8000 /* AT_RECURSIVE */);
		check(sources[i], "open_tree");
	}
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	check(root, "open");
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%d", argv[1], i);
		int target = syscall(SYS_openat2, root, path, &how, sizeof how);
		check(target, "openat2");
		check(syscall(SYS_move_mount, sources[i], "", target, "", 0x44 /* both empty paths */), "move_mount");
		check(close(target), "close");
	}
	char *command[] = {argv[3], NULL}, *environment[] = {NULL};
	execve(argv[3], command, environment);
	perror("execve");
	return 127;
}
