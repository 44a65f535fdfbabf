/** What can be limited, by our words, and what of the machine it depends on. Plain data. */

/** A number of bytes, such as `268435456`, `"256M"`, `"1.5G"`: units K, M, G, T are powers of 1,024. */
export type Size = number | string;

/** How fast a block device may be used. */
export interface IoLimit {
	/** The device: `"8:0"`; on the command line and in a profile also its path. */
	readonly device: string;
	/** Bytes a second. */
	readonly readBytes?: Size | undefined;
	/** Bytes a second. */
	readonly writeBytes?: Size | undefined;
	/** Requests a second. */
	readonly readOperations?: number | undefined;
	/** Requests a second. */
	readonly writeOperations?: number | undefined;
}

/** Limits of a control group of the command's own; what is left out is not limited. `"max"` is no limit. cgroups(7). */
export interface ResourceOptions {
	/** The most memory, at least 512K: who needs more is ended. Swap counts apart. */
	readonly memory?: Size | undefined;
	/** Above this, processes are slowed down and their memory is taken back. Only v2. */
	readonly memoryHigh?: Size | undefined;
	/** So much stays theirs when memory of the machine is short. Only v2. */
	readonly memoryLow?: Size | undefined;
	/** The most swap, on top of memory; 0 is none. */
	readonly swap?: Size | undefined;
	/** The most processor time, in processors: `0.5`, `"1.5"`; at least 0.01. */
	readonly cpus?: number | string | undefined;
	/** The share of processor time when it is short, 1 to 10000; others have 100. */
	readonly cpuWeight?: number | undefined;
	/** The processors to run on, such as `"0-1,3"`. */
	readonly cpuset?: string | undefined;
	/** The memory nodes to use, such as `"0"`. */
	readonly memoryNodes?: string | undefined;
	/** The most processes and threads, at least 1. */
	readonly pids?: number | "max" | undefined;
	/** How fast block devices may be used. */
	readonly io?: readonly IoLimit[] | undefined;
	/** The share of block devices when they are busy, 1 to 10000; others have 100. */
	readonly ioWeight?: number | undefined;
	/**
	 * The only devices that may be used: `"standard"` (null, zero, full, random, urandom, tty, ptmx, pts), or rules of the
	 * kernel such as `"c 10:229 rwm"`; an empty list is none. Only v1.
	 */
	readonly devices?: readonly string[] | undefined;
	/** Files of the group, by their names as the kernel has them, and what is written to them: `{ "memory.oom.group": "1" }`. */
	readonly raw?: Readonly<Record<string, string>> | undefined;
	/** The group below which the command's own is made, as /proc/PID/cgroup calls it, such as `"/mine"`. @default found */
	readonly parent?: string | undefined;
	/** Count what is used, also what is not limited, where that can be had here. @default false */
	readonly account?: boolean | undefined;
	/** What cannot be limited here is left out and told, instead of being an error. @default false */
	readonly bestEffort?: boolean | undefined;
}

/** The words for what can be limited. */
export type ResourceName = Exclude<keyof ResourceOptions, "parent" | "bestEffort" | "account">;

/** A limit as it was asked for and read; what is none is a problem. */
export type Wanted =
	| { readonly name: "memory" | "memoryHigh" | "memoryLow" | "swap"; readonly bytes: number | "max" }
	| { readonly name: "cpus"; readonly processors: number | "max" }
	| { readonly name: "cpuWeight" | "ioWeight"; readonly weight: number }
	| { readonly name: "cpuset" | "memoryNodes"; readonly numbers: readonly number[]; readonly list: string }
	| { readonly name: "pids"; readonly count: number | "max" }
	| { readonly name: "io"; readonly device: string; readonly rates: Readonly<Partial<Record<Rate, number>>> }
	| { readonly name: "devices"; readonly rules: readonly string[] }
	| { readonly name: "raw"; readonly file: string; readonly value: string };

/** What of a block device is limited. */
export type Rate = "readBytes" | "writeBytes" | "readOperations" | "writeOperations";

/** The version of control groups that a controller belongs to. */
export type Version = 1 | 2;

/** A text that is written to a file of a group. */
export interface Setting {
	/** The word it comes from. */
	readonly name: ResourceName;
	readonly controller: string;
	readonly file: string;
	readonly value: string;
	/** The file and text where a kernel has not the first file. */
	readonly otherwise?: { readonly file: string; readonly value: string };
}

/** A hierarchy that is mounted, and where the caller is in it. */
export interface Hierarchy {
	readonly version: Version;
	/** Of v1: its controllers, such as `cpu` and `cpuacct`. Those of v2 stand in files. */
	readonly controllers: readonly string[];
	/** The directory it is mounted on. */
	readonly mount: string;
	/** What of it is mounted there: `/`, or a group in a container. */
	readonly root: string;
	/** The directory of the caller's own group; `undefined` where that cannot be seen from here. */
	readonly own: string | undefined;
	readonly readOnly: boolean;
}

/** `v2`: only the second version; `v1`: only the first; `hybrid`: both, each with controllers of its own. */
export type GroupMode = "v2" | "v1" | "hybrid" | "none";

/** The hierarchies that the caller sees. */
export interface Layout {
	readonly mode: GroupMode;
	readonly hierarchies: readonly Hierarchy[];
	/** All directories that control groups are mounted on. */
	readonly mounts: readonly string[];
}

/** A group of v1 below which one can be made. */
export interface LegacyGroup {
	readonly version: 1;
	readonly controllers: readonly string[];
	/** `undefined` where it cannot be seen from here. */
	readonly directory: string | undefined;
	/** What it lies on is mounted there. */
	readonly mount?: string;
	/** It is the one that was asked for, and is not there. */
	readonly absent?: true;
	readonly readOnly: boolean;
	/** The caller may make groups below it. */
	readonly writable: boolean;
	/** Of cpuset: what a group below it may have. */
	readonly processors?: string;
	readonly nodes?: string;
}

/** A group of v2 below which one can be made. */
export interface UnifiedGroup {
	readonly version: 2;
	readonly directory: string;
	/** What it lies on is mounted there. */
	readonly mount?: string;
	/** It is the one that was asked for, and is not there. */
	readonly absent?: true;
	readonly readOnly: boolean;
	/** The caller may make groups below it, and move its processes there. */
	readonly writable: boolean;
	/** Its processes are the caller's user's to move, whatever capabilities it has. */
	readonly owned: boolean;
	/** The caller may hand controllers on to groups below it. */
	readonly controllable: boolean;
	/** It may have processes as well as hand controllers on. */
	readonly isRoot: boolean;
	/** What it can hand on. */
	readonly controllers: readonly string[];
	/** What it hands on already. */
	readonly enabled: readonly string[];
	/** Which are in it; of the root, where that makes no difference, `others`. */
	readonly processes: "none" | "caller" | "others";
}

/** What of the machine's control groups a plan depends on. */
export interface ControlGroups {
	readonly mode: GroupMode;
	readonly legacy: readonly LegacyGroup[];
	/** Where a group may be made in v2, the nearest first; empty where there is none. */
	readonly unified: readonly UnifiedGroup[];
	/** v2 is mounted, but where the caller is in it cannot be seen from here. */
	readonly hidden: boolean;
	/** The directories that control groups are mounted on. */
	readonly mounts: readonly string[];
	/** The processors that are online, as a list. */
	readonly processors: string;
	/** Bytes of memory. */
	readonly memory: number;
	/** A user manager of systemd runs, which gives its user groups of their own. */
	readonly systemd: boolean;
}
