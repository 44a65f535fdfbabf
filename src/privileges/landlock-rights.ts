/** What Landlock can refuse, since which of its ABIs, and what of it the lists of `landlock()` allow. landlock(7). */
import type { ConstantName } from "../linux/constants.ts";
import type { LandlockScope } from "./types.ts";

/** The lists of paths. */
export type PathList = "read" | "write" | "execute";

/** A right to do something with files: kept from the command everywhere but where a list gives it. */
export interface FileRight {
	readonly name: ConstantName;
	/** The first ABI that has it. */
	readonly since: number;
	/** Whether anything but a directory can have it. */
	readonly ofFiles: boolean;
	/** The lists that give it; nobody gets it where there are none. */
	readonly lists: readonly PathList[];
}

const everyList = ["read", "write", "execute"] as const;

/** `[name, first ABI, of files too, lists]` */
const table: readonly (readonly [ConstantName, number, boolean, readonly PathList[]])[] = [
	["LANDLOCK_ACCESS_FS_EXECUTE", 1, true, ["execute"]],
	["LANDLOCK_ACCESS_FS_WRITE_FILE", 1, true, ["write"]],
	["LANDLOCK_ACCESS_FS_READ_FILE", 1, true, everyList],
	["LANDLOCK_ACCESS_FS_READ_DIR", 1, false, everyList],
	["LANDLOCK_ACCESS_FS_REMOVE_DIR", 1, false, ["write"]],
	["LANDLOCK_ACCESS_FS_REMOVE_FILE", 1, false, ["write"]],
	["LANDLOCK_ACCESS_FS_MAKE_CHAR", 1, false, []],
	["LANDLOCK_ACCESS_FS_MAKE_DIR", 1, false, ["write"]],
	["LANDLOCK_ACCESS_FS_MAKE_REG", 1, false, ["write"]],
	["LANDLOCK_ACCESS_FS_MAKE_SOCK", 1, false, ["write"]],
	["LANDLOCK_ACCESS_FS_MAKE_FIFO", 1, false, ["write"]],
	["LANDLOCK_ACCESS_FS_MAKE_BLOCK", 1, false, []],
	["LANDLOCK_ACCESS_FS_MAKE_SYM", 1, false, ["write"]],
	["LANDLOCK_ACCESS_FS_REFER", 2, false, ["write"]],
	["LANDLOCK_ACCESS_FS_TRUNCATE", 3, true, ["write"]],
	["LANDLOCK_ACCESS_FS_IOCTL_DEV", 5, true, ["write"]],
];

/** All rights over files, in the order of their bits. */
export const fileRights: readonly FileRight[] = table.map(([name, since, ofFiles, lists]) => ({
	...{ name, since, ofFiles, lists },
}));

/** Names of these rights joined with `|`; empty where there are none. */
const joined = (rights: readonly FileRight[]): string => rights.map(({ name }) => name).join("|");

/** All that this ABI can refuse. */
export const handledFiles = (abi: number): string => joined(fileRights.filter(({ since }) => since <= abi));

/** What a list gives to a directory and what lies below it, or to a single file. */
export const givenBy = (list: PathList, abi: number, to: "directory" | "file"): string =>
	joined(
		fileRights.filter(
			({ since, lists, ofFiles }) => since <= abi && lists.includes(list) && (to === "directory" || ofFiles),
		),
	);

/** The rights to TCP ports, by their list. */
export const portRights = { bind: "LANDLOCK_ACCESS_NET_BIND_TCP", connect: "LANDLOCK_ACCESS_NET_CONNECT_TCP" } as const;

/** The first ABI that knows TCP ports. */
export const portsSince = 4;

/** The scopes by their names. */
export const scopeNames: Readonly<Record<LandlockScope, ConstantName>> = {
	signal: "LANDLOCK_SCOPE_SIGNAL",
	"abstract-unix-socket": "LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET",
};

/** The first ABI that knows scopes. */
export const scopesSince = 6;

/** The kernels that brought the ABIs, from the first on. Distributions bring them to older kernels, too. */
const kernels = ["5.13", "5.19", "6.2", "6.7", "6.10", "6.12", "6.15"] as const;

/** The kernel that brought an ABI. */
export const kernelOf = (abi: number): string => kernels[abi - 1] ?? "a later one";
