/** The eight namespaces: the one place with their clone flags, `/proc/PID/ns` names and first kernels. namespaces(7). */

/** A kind of namespace. */
export type NamespaceKind = "user" | "mount" | "pid" | "net" | "ipc" | "uts" | "cgroup" | "time";

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

const rows = [
	["user", "CLONE_NEWUSER", "user", 308, "user and group ids, capabilities"],
	["mount", "CLONE_NEWNS", "mnt", 204, "mounts, the root directory"],
	["pid", "CLONE_NEWPID", "pid", 206, "process ids, an init"],
	["net", "CLONE_NEWNET", "net", 206, "interfaces, addresses, routes, ports, abstract sockets"],
	["ipc", "CLONE_NEWIPC", "ipc", 206, "System V IPC, POSIX message queues"],
	["uts", "CLONE_NEWUTS", "uts", 206, "host name, NIS domain name"],
	["cgroup", "CLONE_NEWCGROUP", "cgroup", 406, "the root of the cgroup tree"],
	["time", "CLONE_NEWTIME", "time", 506, "the monotonic and the boot-time clock"],
] as const;

/** All kinds, in the order plans name them. */
export const namespaces: readonly NamespaceInfo[] = rows.map(([kind, flag, file, since, isolates]) => ({
	kind,
	flag,
	file,
	since,
	man: `${kind === "net" ? "network" : kind}_namespaces(7)`,
	isolates,
}));

/** All kinds by name. */
export const namespaceKinds: readonly NamespaceKind[] = namespaces.map(({ kind }) => kind);

/** What is known of one kind. */
export function namespaceInfo(kind: NamespaceKind): NamespaceInfo {
	const info = namespaces.find((row) => row.kind === kind);
	if (!info) throw new TypeError(`no namespace is called ${kind}`);
	return info;
}
