/** The options and columns of lsns(8), version 2.42 of util-linux. */
import { longOptions, type OptionTable } from "./getopt.ts";

/** Long options in the order of the tool, and its letters. */
export const lsnsOptions: OptionTable = {
	permutes: true,
	letters: "JlPp:o:nruhVt:T::WQ:H",
	long: longOptions(`
		json J
		task= p
		help h
		output= o
		output-all
		persistent P
		filter= Q
		notruncate u
		version V
		noheadings n
		nowrap W
		list l
		raw r
		type= t
		tree[=] T
		list-columns H
	`),
};

/** A column, by the name it is asked for and headed with. */
export interface ListColumn {
	readonly name: string;
	readonly help: string;
	readonly right?: true;
	/** A number in JSON. */
	readonly number?: true;
	/** The usual width. */
	readonly usual?: number;
}

/** All columns, in the order of --output-all. */
// biome-ignore format: a table
export const columns = [
	{ name: "NS", usual: 10, help: "inode of the namespace", right: true, number: true },
	{ name: "TYPE", usual: 5, help: "kind of namespace" },
	{ name: "PATH", help: "path of the namespace" },
	{ name: "NPROCS", usual: 5, help: "number of processes in the namespace", right: true, number: true },
	{ name: "PID", usual: 5, help: "lowest process in the namespace", right: true, number: true },
	{ name: "PPID", usual: 5, help: "parent of the PID", right: true, number: true },
	{ name: "COMMAND", help: "command line of the PID" },
	{ name: "UID", help: "user id of the PID", right: true, number: true },
	{ name: "USER", help: "user of the PID" },
	{ name: "NETNSID", help: "id of a network namespace in the caller's", right: true },
	{ name: "NSFS", help: "where the namespace is mounted" },
	{ name: "PNS", usual: 10, help: "inode of the parent namespace", right: true, number: true },
	{ name: "ONS", usual: 10, help: "inode of the owner namespace", right: true, number: true },
] as const satisfies readonly ListColumn[];

export type ColumnName = (typeof columns)[number]["name"];

/** The answer to --help. */
export const lsnsHelp = (name: string): string => `
Usage:
 ${name} [options] [<namespace ID>]

List system namespaces.

Options:
 -J, --json             print JSON
 -l, --list             print a list
 -n, --noheadings       leave the headings out
 -o, --output <list>    the columns to print
     --output-all       print all columns
 -P, --persistent       namespaces without processes
 -p, --task <pid>       the namespaces of a process
 -Q, --filter <expr>    not supported here
 -r, --raw              print words with one space between them
 -u, --notruncate       do not cut columns to fit the terminal
 -W, --nowrap           print a namespace on one line
 -t, --type <name>      the kind of namespace (mnt, net, ipc, user, pid, uts, cgroup, time)
 -T, --tree[=<rel>]     print a tree (parent, owner, or process)

 -H, --list-columns     list the columns
 -h, --help             display this help
 -V, --version          display version

For more details see lsns(8).
`;
