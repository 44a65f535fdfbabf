/**
 * The system calls that are watched, with what their arguments mean. Numbers: arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h.
 */
import type { Arch } from "../linux/syscalls.ts";

/** What a call does with a file. */
export type Access = "look" | "read" | "write" | "execute" | "create" | "remove" | "list";

/** A path among the arguments: which one it is, the directory it is relative to, and what is done with it. */
export interface PathArgument {
	readonly path: number;
	/** The argument that is a descriptor of the directory. @default the working directory */
	readonly directory?: number;
	readonly access: Access;
	/** The last part is not followed where it is a symbolic link. @default false */
	readonly noFollow?: true;
}

/** When a call is of interest, by one of its arguments; decided by the kernel's filter. */
export type Condition =
	/** Any of these bits is set. */
	| { readonly argument: number; readonly any: number }
	/** None of these bits is set. */
	| { readonly argument: number; readonly none: number }
	/** It is a pointer to something. */
	| { readonly argument: number; readonly given: true };

/** What a watched call is about. */
export type Meaning =
	| { readonly about: "file"; readonly paths: readonly PathArgument[] }
	/** open(2) and its like: what is done stands in the flags, or in `struct open_how` at this address. */
	| {
			readonly about: "open";
			readonly path: number;
			readonly directory?: number;
			readonly flags: number | { readonly how: number };
	  }
	| { readonly about: "socket" }
	/** An address and its length. */
	| { readonly about: "address"; readonly does: "connect" | "bind" | "send"; readonly at: number }
	/** The call itself is what matters. */
	| { readonly about: "call" }
	/** A process ends. */
	| { readonly about: "end" };

/** One watched call. */
export interface Watched {
	readonly name: string;
	/** Its number on this architecture. */
	readonly number: number;
	readonly meaning: Meaning;
	readonly when?: Condition;
}

const at = (directory: number, access: Access, noFollow?: true): PathArgument => ({
	path: directory + 1,
	directory,
	access,
	...(noFollow && { noFollow }),
});
const first = (access: Access, noFollow?: true): PathArgument => ({ path: 0, access, ...(noFollow && { noFollow }) });
const file = (...paths: PathArgument[]): Meaning => ({ about: "file", paths });
const call: Meaning = { about: "call" };

/** AT_EMPTY_PATH: the descriptor itself is meant, and no path. */
const emptyPath = 0x1000;
/** Every CLONE_NEW* that clone(2) takes. */
const newNamespaces = 0x7e02_0000;

/** `[name, x86-64, arm64, meaning, condition]`; -1 where an architecture has no such call. */
const table: readonly (readonly [string, number, number, Meaning, Condition?])[] = [
	["open", 2, -1, { about: "open", path: 0, flags: 1 }],
	["openat", 257, 56, { about: "open", path: 1, directory: 0, flags: 2 }],
	["openat2", 437, 437, { about: "open", path: 1, directory: 0, flags: { how: 2 } }],
	["creat", 85, -1, file(first("create"))],
	["stat", 4, -1, file(first("look"))],
	["lstat", 6, -1, file(first("look", true))],
	["newfstatat", 262, 79, file(at(0, "look")), { argument: 3, none: emptyPath }],
	["statx", 332, 291, file(at(0, "look")), { argument: 2, none: emptyPath }],
	["access", 21, -1, file(first("look"))],
	["faccessat", 269, 48, file(at(0, "look"))],
	["faccessat2", 439, 439, file(at(0, "look")), { argument: 3, none: emptyPath }],
	["readlink", 89, -1, file(first("look", true))],
	["readlinkat", 267, 78, file(at(0, "look", true))],
	["statfs", 137, 43, file(first("look"))],
	["getxattr", 191, 8, file(first("look"))],
	["lgetxattr", 192, 9, file(first("look", true))],
	["chdir", 80, 49, file(first("look"))],
	["execve", 59, 221, file(first("execute"))],
	["execveat", 322, 281, file(at(0, "execute")), { argument: 4, none: emptyPath }],
	["truncate", 76, 45, file(first("write"))],
	["chmod", 90, -1, file(first("write"))],
	["fchmodat", 268, 53, file(at(0, "write"))],
	["fchmodat2", 452, 452, file(at(0, "write")), { argument: 3, none: emptyPath }],
	["chown", 92, -1, file(first("write"))],
	["lchown", 94, -1, file(first("write", true))],
	["fchownat", 260, 54, file(at(0, "write")), { argument: 4, none: emptyPath }],
	["utime", 132, -1, file(first("write"))],
	["utimes", 235, -1, file(first("write"))],
	["futimesat", 261, -1, file(at(0, "write")), { argument: 1, given: true }],
	["utimensat", 280, 88, file(at(0, "write")), { argument: 1, given: true }],
	["setxattr", 188, 5, file(first("write"))],
	["lsetxattr", 189, 6, file(first("write", true))],
	["mkdir", 83, -1, file(first("create", true))],
	["mkdirat", 258, 34, file(at(0, "create", true))],
	["mknod", 133, -1, file(first("create", true))],
	["mknodat", 259, 33, file(at(0, "create", true))],
	["symlink", 88, -1, file({ path: 1, access: "create", noFollow: true })],
	["symlinkat", 266, 36, file(at(1, "create", true))],
	["link", 86, -1, file(first("write", true), { path: 1, access: "create", noFollow: true })],
	["linkat", 265, 37, file(at(0, "write", true), at(2, "create", true))],
	["rmdir", 84, -1, file(first("remove", true))],
	["unlink", 87, -1, file(first("remove", true))],
	["unlinkat", 263, 35, file(at(0, "remove", true))],
	["rename", 82, -1, file(first("remove", true), { path: 1, access: "create", noFollow: true })],
	["renameat", 264, 38, file(at(0, "remove", true), at(2, "create", true))],
	["renameat2", 316, 276, file(at(0, "remove", true), at(2, "create", true))],
	["socket", 41, 198, { about: "socket" }],
	["connect", 42, 203, { about: "address", does: "connect", at: 1 }],
	["bind", 49, 200, { about: "address", does: "bind", at: 1 }],
	["sendto", 44, 206, { about: "address", does: "send", at: 4 }, { argument: 4, given: true }],
	["clone", 56, 220, call, { argument: 0, any: newNamespaces }],
	["unshare", 272, 97, call],
	["setns", 308, 268, call],
	["mount", 165, 40, call],
	["umount2", 166, 39, call],
	["pivot_root", 155, 41, call],
	["chroot", 161, 51, call],
	["open_tree", 428, 428, call],
	["move_mount", 429, 429, call],
	["fsopen", 430, 430, call],
	["fsconfig", 431, 431, call],
	["fsmount", 432, 432, call],
	["fspick", 433, 433, call],
	["mount_setattr", 442, 442, call],
	["ptrace", 101, 117, call],
	["process_vm_readv", 310, 270, call],
	["process_vm_writev", 311, 271, call],
	["kcmp", 312, 272, call],
	["pidfd_getfd", 438, 438, call],
	["bpf", 321, 280, call],
	["perf_event_open", 298, 241, call],
	["userfaultfd", 323, 282, call],
	["io_uring_setup", 425, 425, call],
	["io_uring_enter", 426, 426, call],
	["io_uring_register", 427, 427, call],
	["add_key", 248, 217, call],
	["request_key", 249, 218, call],
	["keyctl", 250, 219, call],
	["open_by_handle_at", 304, 265, call],
	["name_to_handle_at", 303, 264, call],
	["init_module", 175, 105, call],
	["finit_module", 313, 273, call],
	["delete_module", 176, 106, call],
	["kexec_load", 246, 104, call],
	["kexec_file_load", 320, 294, call],
	["reboot", 169, 142, call],
	["swapon", 167, 224, call],
	["swapoff", 168, 225, call],
	["sethostname", 170, 161, call],
	["setdomainname", 171, 162, call],
	["settimeofday", 164, 170, call],
	["clock_settime", 227, 112, call],
	["adjtimex", 159, 171, call],
	["clock_adjtime", 305, 266, call],
	["acct", 163, 89, call],
	["quotactl", 179, 60, call],
	["syslog", 103, 116, call],
	["iopl", 172, -1, call],
	["ioperm", 173, -1, call],
	["vhangup", 153, 58, call],
	["lookup_dcookie", 212, 18, call],
	["fanotify_init", 300, 262, call],
	["mbind", 237, 235, call],
	["move_pages", 279, 239, call],
	["migrate_pages", 256, 238, call],
	["set_mempolicy", 238, 237, call],
	["get_mempolicy", 239, 236, call],
	["exit_group", 231, 94, { about: "end" }],
];

/** The watched calls of an architecture, by number. */
export function watchedCalls(arch: Arch): readonly Watched[] {
	const watched: Watched[] = [];
	for (const [name, x64, arm64, meaning, when] of table) {
		const number = arch === "x64" ? x64 : arm64;
		if (number >= 0) watched.push({ name, number, meaning, ...(when && { when }) });
	}
	return watched.sort((a, b) => a.number - b.number);
}
