/** The eight namespaces: the one place with their clone flags, `/proc/PID/ns` names and first kernels. namespaces(7). */

/** All kinds, in the order plans name them. */
export const namespaceKinds = ["user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time"] as const;

/** A kind of namespace. */
export type NamespaceKind = (typeof namespaceKinds)[number];

export interface NamespaceInfo {
	readonly kind: NamespaceKind;
	/** The flag of clone(2), unshare(2) and setns(2). */
	readonly flag: string;
	/** Its name below `/proc/PID/ns`. */
	readonly file: string;
	/** The first kernel that has it, as `major * 100 + minor`. */
	readonly since: number;
	readonly man: string;
	/** What it gives a process of its own. */
	readonly isolates: string;
}

/** What is known of each, in the same order. */
// biome-ignore format: a table
export const namespaces: readonly NamespaceInfo[] = [
	{ kind: "user", flag: "CLONE_NEWUSER", file: "user", since: 308, man: "user_namespaces(7)", isolates: "user and group ids, capabilities" },
	{ kind: "mount", flag: "CLONE_NEWNS", file: "mnt", since: 204, man: "mount_namespaces(7)", isolates: "mounts, the root directory" },
	{ kind: "pid", flag: "CLONE_NEWPID", file: "pid", since: 206, man: "pid_namespaces(7)", isolates: "process ids, an init" },
	{ kind: "net", flag: "CLONE_NEWNET", file: "net", since: 206, man: "network_namespaces(7)", isolates: "interfaces, addresses, routes, ports, abstract sockets" },
	{ kind: "ipc", flag: "CLONE_NEWIPC", file: "ipc", since: 206, man: "ipc_namespaces(7)", isolates: "System V IPC, POSIX message queues" },
	{ kind: "uts", flag: "CLONE_NEWUTS", file: "uts", since: 206, man: "uts_namespaces(7)", isolates: "host name, NIS domain name" },
	{ kind: "cgroup", flag: "CLONE_NEWCGROUP", file: "cgroup", since: 406, man: "cgroup_namespaces(7)", isolates: "the root of the cgroup tree" },
	{ kind: "time", flag: "CLONE_NEWTIME", file: "time", since: 506, man: "time_namespaces(7)", isolates: "the monotonic and the boot-time clock" },
];

/** What is known of one kind. */
export function namespaceInfo(kind: NamespaceKind): NamespaceInfo {
	const info = namespaces.find((row) => row.kind === kind);
	if (!info) throw new TypeError(`no namespace is called ${kind}`);
	return info;
}
