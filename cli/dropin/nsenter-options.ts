/** The options of nsenter(1), version 2.42 of util-linux. */
import { longOptions, type OptionTable } from "./getopt.ts";

/** Long options in the order of the tool, and its letters. */
export const nsenterOptions: OptionTable = {
	letters: "ahVt:m::u::i::n::N:p::C::U::T::S:G:r::w::W::ecFZ",
	long: longOptions(`
		all a
		help h
		version V
		target= t
		mount[=] m
		uts[=] u
		ipc[=] i
		net[=] n
		net-socket= N
		pid[=] p
		user[=] U
		cgroup[=] C
		time[=] T
		setuid= S
		setgid= G
		root[=] r
		wd[=] w
		wdns[=] W
		env e
		no-fork F
		join-cgroup c
		preserve-credentials
		keep-caps
		user-parent
		follow-context Z
	`),
};

/** The answer to --help. */
export const nsenterHelp = (name: string): string => `
Usage:
 ${name} [options] [<program> [<argument>...]]

Run a program with namespaces of other processes.

Options:
 -a, --all                     enter all namespaces of the target
 -t, --target <PID>            the process whose namespaces are meant
 -m, --mount[=<file>]          enter a mount namespace
 -u, --uts[=<file>]            enter a UTS namespace: host name and the like
 -i, --ipc[=<file>]            enter an IPC namespace
 -n, --net[=<file>]            enter a network namespace
 -N, --net-socket <fd>         enter the network namespace of a socket (needs --target)
 -p, --pid[=<file>]            enter a PID namespace
 -C, --cgroup[=<file>]         enter a cgroup namespace
 -U, --user[=<file>]           enter a user namespace
     --user-parent             enter the parent of the user namespace
 -T, --time[=<file>]           enter a time namespace
 -S, --setuid <uid>|follow     the user id inside
 -G, --setgid <gid>|follow     the group id inside
     --preserve-credentials    leave user and group ids as they are
     --keep-caps               keep the capabilities of the user namespace
 -r, --root[=<dir>]            the root directory
 -w, --wd[=<dir>]              the working directory
 -W, --wdns <dir>              the working directory, as it is called inside
 -e, --env                     the environment of the target
 -F, --no-fork                 run the program in place of this process
 -c, --join-cgroup             join the cgroup of the target
 -Z, --follow-context          the SELinux context of the target

 -h, --help                    display this help
 -V, --version                 display version

For more details see nsenter(1).
`;
