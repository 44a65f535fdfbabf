/** The few calls the kernel tests make themselves, where neither Bun nor a small program of the system has them. */
import { dlopen } from "bun:ffi";

const { symbols } = dlopen("libc.so.6", {
	prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
	waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
	fcntl: { args: ["i32", "i32", "ptr"], returns: "i32" },
	llistxattr: { args: ["ptr", "ptr", "u64"], returns: "i64" },
});

const PR_GET_DUMPABLE = 3;
const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

/** Processes below this one whose parents have ended become its children: none of them gets lost. */
export function adoptOrphans(): void {
	if (symbols.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) throw new Error("prctl(PR_SET_CHILD_SUBREAPER) failed");
}

/** Takes the status of an ended child that nobody waits for. */
export function reap(pid: number): void {
	symbols.waitpid(pid, null, WNOHANG);
}

/** Whether this process may be traced, and its files below /proc are its own. */
export function isDumpable(): boolean {
	return symbols.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) === 1;
}

const F_OFD_SETLK = 37;
const F_WRLCK = 1;

/** Locks an open file for this description alone, if nobody holds a lock on it. It ends with the description. */
export function lockAlone(fd: number): boolean {
	// struct flock: the type, and zeros for the whole file.
	return symbols.fcntl(fd, F_OFD_SETLK, new Uint8Array([F_WRLCK, ...Array(31).fill(0)])) === 0;
}

/** The names of a file's extended attributes. */
export function attributesOf(path: string): string[] {
	const names = new Uint8Array(4096);
	const length = Number(symbols.llistxattr(Buffer.from(`${path}\0`), names, names.length));
	return new TextDecoder()
		.decode(names.subarray(0, Math.max(0, length)))
		.split("\0")
		.filter(Boolean);
}
