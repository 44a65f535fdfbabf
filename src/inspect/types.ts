/** All that can be told of a process or a namespace: plain data, and the shape of `ns inspect --json`. */
import type { NamespaceKind } from "../plan/namespaces.ts";
import type { Resource } from "../process/limits.ts";
import type { Holder } from "../survey/types.ts";

/** The parts of an inspection, in the order they are shown. */
export const parts = [
	"process",
	"namespaces",
	"ids",
	"rights",
	"limits",
	"mounts",
	"network",
	"names",
	"ipc",
	"clocks",
	"cgroups",
] as const;

/** A part of an inspection. */
export type Part = (typeof parts)[number];

/** A process or a namespace in full. What is not among the parts was not asked for, or stands in `unknown`. */
export interface Inspection {
	/** Of this shape. */
	readonly version: 1;
	/** What it is, for people: `"process 4242"`, `"web"`, `"/run/netns/x"`. */
	readonly target: string;
	/** What is different from the calling process, the most important first. */
	readonly differences: readonly InspectedDifference[];
	readonly process?: InspectedProcess | undefined;
	/** In the order of the table of namespaces: all of a process or a name, one of a file. */
	readonly namespaces?: readonly InspectedNamespace[] | undefined;
	readonly ids?: InspectedIds | undefined;
	readonly rights?: InspectedRights | undefined;
	readonly limits?: readonly InspectedLimit[] | undefined;
	/** In the order they were made. */
	readonly mounts?: readonly Mount[] | undefined;
	readonly network?: InspectedNetwork | undefined;
	readonly names?: { readonly hostname: string; readonly domainname: string } | undefined;
	readonly ipc?: InspectedIpc | undefined;
	readonly clocks?: readonly ClockOffset[] | undefined;
	readonly cgroups?: readonly InspectedCgroup[] | undefined;
	/** The parts that could not be read, or not in full, and why. */
	readonly unknown: readonly { readonly part: Part; readonly reason: string }[];
}

/** One thing that is different from the caller. */
export interface InspectedDifference {
	readonly part: Part;
	/** The middle of a sentence: `"3 mounts more"`. */
	readonly text: string;
}

/** A process. What is a path is as the process has it, what is an id as the caller sees it. */
export interface InspectedProcess {
	readonly pid: number;
	/** Its ids in the PID namespaces that it is nested in, the innermost last. */
	readonly pids: readonly number[];
	/** The name of its program, at most 15 bytes. */
	readonly name: string;
	/** Its words; none for a thread of the kernel. */
	readonly command: readonly string[];
	/** As /proc/PID/stat has it: R, S, D, T, t, Z, I. */
	readonly state: string;
	/** From its parent to the first that can be seen. */
	readonly ancestors: readonly { readonly pid: number; readonly name: string }[];
	readonly uids: readonly [real: number, effective: number, saved: number, files: number];
	readonly gids: readonly [real: number, effective: number, saved: number, files: number];
	readonly groups: readonly number[];
	readonly threads: number;
	readonly session: number;
	readonly processGroup: number;
	/** The device of its terminal. */
	readonly terminal?: { readonly major: number; readonly minor: number } | undefined;
	readonly nice: number;
	/** Permissions that new files do not get. */
	readonly umask?: number | undefined;
	readonly oomScore?: number | undefined;
	readonly oomScoreAdjustment?: number | undefined;
	readonly executable?: string | undefined;
	readonly directory?: string | undefined;
	readonly root?: string | undefined;
	/** What the security modules of the kernel know it by. */
	readonly label?: string | undefined;
}

/** One namespace. */
export interface InspectedNamespace {
	readonly kind: NamespaceKind;
	readonly inode: number;
	/** The caller is in it as well. */
	readonly shared: boolean;
	/** The inode of the user namespace that owns it; missing where that is above the caller's. NS_GET_USERNS. */
	readonly owner?: number | undefined;
	/** User namespaces only: who made it. NS_GET_OWNER_UID. */
	readonly ownerUid?: number | undefined;
	/** User and PID namespaces only: those it is nested in, the nearest first, up to the caller's. NS_GET_PARENT. */
	readonly parents?: readonly number[] | undefined;
	/** The processes in it, lowest first. */
	readonly pids?: readonly number[] | undefined;
	/** Names that it was created with. */
	readonly names?: readonly string[] | undefined;
	/** Mounts, descriptors and sockets that keep it. */
	readonly holders?: readonly Holder[] | undefined;
}

/** The maps of a user namespace. */
export interface InspectedIds {
	/** Whose ids those outside are: the caller's, or those of the namespace around it where no process is in it. */
	readonly outside: "caller" | "parent";
	readonly uids: readonly MappedRange[];
	readonly gids: readonly MappedRange[];
	readonly setgroups?: "allow" | "deny" | undefined;
}

/** `count` ids from `inside` on are those from `outside` on. */
export interface MappedRange {
	readonly inside: number;
	readonly outside: number;
	readonly count: number;
}

/** What a process may do. */
export interface InspectedRights {
	readonly capabilities: CapabilitySets;
	readonly noNewPrivileges: boolean;
	readonly seccomp: "none" | "strict" | "filter";
	/** How many filters; missing before Linux 5.9. */
	readonly seccompFilters?: number | undefined;
}

/** The five sets by the kernel's names; a capability without a name here is a number. capabilities(7). */
export interface CapabilitySets {
	readonly effective: readonly string[];
	readonly permitted: readonly string[];
	readonly inheritable: readonly string[];
	readonly bounding: readonly string[];
	readonly ambient: readonly string[];
}

/** A resource limit in the unit of the resource; beyond 2^53 the nearest number. */
export interface InspectedLimit {
	readonly name: Resource;
	readonly soft: number | "unlimited";
	readonly hard: number | "unlimited";
}

/** A mount, as proc_pid_mountinfo(5) tells of it. */
export interface Mount {
	readonly id: number;
	readonly parent: number;
	/** `"8:1"` */
	readonly device: string;
	/** The directory of the file system that is seen. */
	readonly root: string;
	readonly path: string;
	readonly options: readonly string[];
	readonly propagation: Propagation;
	readonly type: string;
	readonly source: string;
	/** Options of the file system. */
	readonly superOptions: readonly string[];
}

/** Where mounts below it are seen too. Nothing of this is a private mount. mount_namespaces(7). */
export interface Propagation {
	/** The peer group that it sends to and gets from. */
	readonly shared?: number | undefined;
	/** The peer group that it gets from. */
	readonly master?: number | undefined;
	/** The nearest group that it gets from and that can be seen. */
	readonly from?: number | undefined;
	readonly unbindable?: true | undefined;
}

/** A network namespace from inside. */
export interface InspectedNetwork {
	readonly interfaces: readonly NetworkInterface[];
	/** All routes but those of the kernel's table `local`. */
	readonly routes: readonly Route[];
	/** Sockets that take connections or packets. */
	readonly listening: readonly ListeningSocket[];
}

/** A network interface. */
export interface NetworkInterface {
	readonly index: number;
	readonly name: string;
	/** What made it: veth, bridge, tun; missing for hardware and the loopback. */
	readonly type?: string | undefined;
	/** `"up"`, `"down"`, `"unknown"`, or another of the kernel's names. */
	readonly state: string;
	/** IFF_UP: somebody has switched it on. */
	readonly up: boolean;
	readonly mtu: number;
	/** Its address on the link, such as a MAC. */
	readonly link?: string | undefined;
	/** `"10.0.0.1/24"` */
	readonly addresses: readonly string[];
}

/** A route. */
export interface Route {
	/** `"default"` or `"10.0.0.0/24"` */
	readonly to: string;
	readonly family: "ipv4" | "ipv6";
	readonly type: string;
	readonly gateway?: string | undefined;
	/** The name of the interface, or its number where it has none. */
	readonly interface?: string | undefined;
	readonly metric?: number | undefined;
	readonly table: number;
}

/** A socket that is bound and waits. */
export interface ListeningSocket {
	readonly protocol: "tcp" | "udp" | "unix";
	/** `"127.0.0.1:80"`, `"[::]:80"`, a path, or `"@name"` for an abstract one. */
	readonly address: string;
	/** Who opened it, as the caller sees it. */
	readonly uid?: number | undefined;
}

/** System V IPC objects. sysvipc(7). */
export interface InspectedIpc {
	/** Sizes in bytes. */
	readonly sharedMemory: readonly (IpcObject & { readonly size: number })[];
	readonly semaphores: readonly (IpcObject & { readonly count: number })[];
	readonly messageQueues: readonly (IpcObject & { readonly messages: number })[];
}

/** What all of them have. */
export interface IpcObject {
	readonly id: number;
	readonly key: number;
	/** Who owns it, as the caller sees it, where that can be told. */
	readonly uid?: number | undefined;
}

/** By how much a clock is ahead of that of the machine. time_namespaces(7). */
export interface ClockOffset {
	readonly clock: "monotonic" | "boottime";
	readonly seconds: number;
	readonly nanoseconds: number;
}

/** A hierarchy of cgroups. cgroups(7). */
export interface InspectedCgroup {
	/** 0 is cgroup v2. */
	readonly hierarchy: number;
	readonly controllers: readonly string[];
	/** As the caller sees it. */
	readonly path: string;
	/** The root of the process's cgroup namespace, as the caller sees it, where it can be told. */
	readonly root?: string | undefined;
}
