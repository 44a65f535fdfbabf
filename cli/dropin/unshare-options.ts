/** The options of unshare(1), version 2.42 of util-linux. */
import { longOptions, type OptionTable } from "./getopt.ts";

/** Long options in the order of the tool, and its letters. */
export const unshareOptions: OptionTable = {
	letters: "fhVmuinpCTUrR:w:S:G:cl:",
	long: longOptions(`
		help h
		version V
		mount[=] m
		uts[=] u
		ipc[=] i
		net[=] n
		pid[=] p
		user[=] U
		cgroup[=] C
		time[=] T
		fork f
		kill-child[=]
		forward-signals
		mount-proc[=]
		mount-binfmt[=]
		map-user=
		map-users=
		map-group=
		map-groups=
		map-root-user r
		map-current-user c
		map-auto
		map-subids
		owner=
		propagation=
		setgroups=
		keep-caps
		setuid= S
		setgid= G
		root= R
		wd= w
		monotonic=
		boottime=
		load-interp= l
	`),
};

/** The answer to --help. */
export const unshareHelp = (name: string): string => `
Usage:
 ${name} [options] [<program> [<argument>...]]

Run a program with some namespaces unshared from the parent.

Options:
 -m, --mount[=<file>]      a new mount namespace
 -u, --uts[=<file>]        a new UTS namespace: host name and the like
 -i, --ipc[=<file>]        a new IPC namespace
 -n, --net[=<file>]        a new network namespace
 -p, --pid[=<file>]        a new PID namespace, for children
 -U, --user[=<file>]       a new user namespace
 -C, --cgroup[=<file>]     a new cgroup namespace
 -T, --time[=<file>]       a new time namespace, for children

 --mount-proc[=<dir>]      mount a new proc file system (implies --mount)
 --mount-binfmt[=<dir>]    mount a new binfmt_misc (implies --user and --mount)
 -l, --load-interp <file>  register an interpreter there (implies --mount-binfmt)
 --propagation slave|shared|private|unchanged
                           how mounts are shared with the outside
 -R, --root <dir>          run the program with <dir> as its root
 -w, --wd <dir>            run the program in <dir>

 -S, --setuid <uid>        the user id inside
 -G, --setgid <gid>        the group id inside
 --map-user <uid>|<name>   map the current user to it (implies --user)
 --map-group <gid>|<name>  map the current group to it (implies --user)
 -r, --map-root-user       map the current user to root (implies --user)
 -c, --map-current-user    map the current user to itself (implies --user)
 --map-auto                map subordinate ids from 0 on (implies --user)
 --map-subids              map subordinate ids to themselves (implies --user)
 --map-users <inneruid>:<outeruid>:<count>|auto|subids|all
                           map a range of users (implies --user)
 --map-groups <innergid>:<outergid>:<count>|auto|subids|all
                           map a range of groups (implies --user)
 --owner <uid>:<gid>       the owner of the user namespace (implies --user)

 -f, --fork                run the program as a child
 --kill-child[=<signame>]  end the child when we end (implies --fork)
                             by SIGKILL if nothing is said
 --forward-signals         pass SIGTERM and SIGINT to the child (implies --fork)

 --setgroups allow|deny    whether setgroups(2) may be used inside
 --keep-caps               keep the capabilities of the user namespace

 --monotonic <offset>      seconds to add to the monotonic clock
 --boottime <offset>       seconds to add to the boot-time clock

 -h, --help                display this help
 -V, --version             display version

For more details see unshare(1).
`;
