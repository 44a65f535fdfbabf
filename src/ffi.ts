/**
 * The one door to libc. Every function here is one call, typed; errno is read before anything else can happen, and a
 * failure is a `SystemError` with the call as strace would print it. Nothing else in nskit imports `bun:ffi`.
 */
import { dlopen, type FFIFunction, type Pointer, ptr, read, toArrayBuffer } from "bun:ffi";
import { constants } from "./linux/constants.ts";
import { errnoName } from "./linux/errno.ts";

/** A call to libc failed. */
export class SystemError extends Error {
	override readonly name = "SystemError";
	/** The name of the error number, such as `"EPERM"`. */
	readonly code: string;

	constructor(
		/** The function of libc. */
		readonly syscall: string,
		/** Its arguments as strace(1) would print them. */
		readonly args: string,
		readonly errno: number,
	) {
		super(`${syscall}(${args}): ${errnoName(errno)}`);
		this.code = errnoName(errno);
	}
}

/** The names glibc and musl have for libc, in the order they are tried. */
const libraries = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`, "libc.so"];

function open<const T extends Record<string, FFIFunction>>(symbols: T) {
	const failures: unknown[] = [];
	for (const library of libraries) {
		try {
			return dlopen(library, symbols).symbols;
		} catch (error) {
			failures.push(error);
		}
	}
	throw new AggregateError(failures, `no libc was found: tried ${libraries.join(", ")}`);
}

/** Loads a group of functions when the first of them is called: each costs some microseconds. */
function lazily<T>(load: () => T): () => T {
	let loaded: T | undefined;
	return () => {
		loaded ??= load();
		return loaded;
	};
}

/** What every launch needs. */
const base = lazily(() =>
	open({
		__errno_location: { returns: "ptr" },
		memfd_create: { args: ["ptr", "u32"], returns: "i32" },
		open: { args: ["ptr", "i32", "i32"], returns: "i32" },
		read: { args: ["i32", "ptr", "u64"], returns: "i64" },
		write: { args: ["i32", "ptr", "u64"], returns: "i64" },
		close: { args: ["i32"], returns: "i32" },
		fcntl: { args: ["i32", "i32", "i64"], returns: "i32" },
		fexecve: { args: ["i32", "ptr", "ptr"], returns: "i32" },
		prlimit: { args: ["i32", "i32", "ptr", "ptr"], returns: "i32" },
	}),
);

/** What the clone launch needs on top. */
const more = lazily(() =>
	open({
		clone: { args: ["ptr", "ptr", "i32", "ptr"], returns: "i32" },
		mmap: { args: ["ptr", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
		munmap: { args: ["ptr", "u64"], returns: "i32" },
		mprotect: { args: ["ptr", "u64", "i32"], returns: "i32" },
		wait4: { args: ["i32", "ptr", "i32", "ptr"], returns: "i32" },
		pthread_sigmask: { args: ["i32", "ptr", "ptr"], returns: "i32" },
		pipe2: { args: ["ptr", "i32"], returns: "i32" },
	}),
);

const messages = lazily(() => open({ strerror: { args: ["i32"], returns: "cstring" } }));

/** What libc says of an error number: `"Operation not permitted"` for 1. strerror(3). */
export function errorText(number: number): string {
	return String(messages().strerror(number));
}

/** errno of this thread. */
function errno(): number {
	const location = base().__errno_location();
	return location ? read.i32(location) : 0;
}

function failed(syscall: string, args: string): never {
	throw new SystemError(syscall, args, errno());
}

const cString = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);

/** An anonymous file in memory, writable and executable. memfd_create(2). Returns its descriptor, closed on exec. */
export function memfdCreate(name: string): number {
	const { MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_EXEC } = constants;
	const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	const bytes = cString(name);
	let fd = base().memfd_create(ptr(bytes), flags | MFD_EXEC);
	// Before Linux 6.3 the flag is unknown, and every such file is executable.
	if (fd < 0 && errnoName(errno()) === "EINVAL") fd = base().memfd_create(ptr(bytes), flags);
	return fd < 0 ? failed("memfd_create", `"${name}", MFD_CLOEXEC|MFD_ALLOW_SEALING|MFD_EXEC`) : fd;
}

/** Writes all of `bytes`. write(2). */
export function writeAll(fd: number, bytes: Uint8Array): void {
	let done = 0;
	while (done < bytes.length) {
		const rest = bytes.subarray(done);
		const count = Number(base().write(fd, ptr(rest), rest.length));
		if (count >= 0) done += count;
		else if (errnoName(errno()) !== "EINTR") failed("write", `${fd}, .., ${rest.length}`);
	}
}

/** Forbids every later change of a memfd's bytes and of its seals. fcntl(2), F_ADD_SEALS. */
export function seal(fd: number): void {
	const { F_ADD_SEALS, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE } = constants;
	const seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	if (base().fcntl(fd, F_ADD_SEALS, seals) < 0) failed("fcntl", `${fd}, F_ADD_SEALS, all`);
}

/** Keeps a descriptor open, or closes it, when this process executes another program. fcntl(2), F_SETFD. */
export function setCloseOnExec(fd: number, close: boolean): void {
	const { F_SETFD, FD_CLOEXEC } = constants;
	if (base().fcntl(fd, F_SETFD, close ? FD_CLOEXEC : 0) < 0) failed("fcntl", `${fd}, F_SETFD`);
}

/** The soft and the hard limit of open files of a process; 0 is this one. prlimit(2). */
export function openFilesLimit(pid: number): { soft: number; hard: number } {
	const limit = new BigUint64Array(2);
	if (base().prlimit(pid, constants.RLIMIT_NOFILE, null, ptr(limit)) < 0) failed("prlimit", `${pid}, RLIMIT_NOFILE`);
	// RLIM_INFINITY, all bits set, stays what it is when written back as -1.
	const [soft = 0, hard = 0] = Array.from(limit, (value) => Number(BigInt.asIntN(64, value)));
	return { soft, hard };
}

/** Replaces this process by the program in `fd`. fexecve(3). Returns only by throwing. */
export function fexecve(fd: number, argv: readonly string[], env: readonly string[]): never {
	const texts = [...argv, ...env].map(cString);
	const pointers = texts.map((text) => BigInt(ptr(text)));
	const table = (from: number, to: number) => BigUint64Array.from([...pointers.slice(from, to), 0n]);
	const [argvTable, envTable] = [table(0, argv.length), table(argv.length, texts.length)];
	base().fexecve(fd, ptr(argvTable), ptr(envTable));
	const error = errno();
	// The strings have to live until here: fexecve reads them through the pointers.
	if (texts.length === 0) throw new TypeError("argv is empty");
	throw new SystemError("fexecve", `${fd}, ["${argv.join('", "')}"]`, error);
}

/** Memory that the kernel gave us, outside of JavaScript's heap; it stays until `unmap`. */
export interface Mapping {
	readonly address: number;
	readonly bytes: Uint8Array;
}

/** Maps `size` bytes of zeroed private memory, readable and writable. mmap(2). */
export function mapMemory(size: number, kind: "data" | "stack"): Mapping {
	const { PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MAP_STACK } = constants;
	const flags = MAP_PRIVATE | MAP_ANONYMOUS | (kind === "stack" ? MAP_STACK : 0);
	const address = more().mmap(null, size, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (address === null || Number(address) < 0 || Number(address) > 2 ** 56) failed("mmap", `NULL, ${size}, ..`);
	return { address: Number(address), bytes: new Uint8Array(toArrayBuffer(address as Pointer, 0, size)) };
}

/** Gives a mapping back. munmap(2). */
export function unmap({ address, bytes }: Mapping): void {
	if (more().munmap(address as Pointer, bytes.length) < 0) failed("munmap", `${address}, ${bytes.length}`);
}

/** Makes a mapping executable and read-only. mprotect(2). */
export function makeExecutable({ address, bytes }: Mapping): void {
	const { PROT_READ, PROT_EXEC } = constants;
	if (more().mprotect(address as Pointer, bytes.length, PROT_READ | PROT_EXEC) < 0) {
		failed("mprotect", `${address}, ${bytes.length}, PROT_READ|PROT_EXEC`);
	}
}

const everySignal = new Uint8Array(8).fill(0xff);

/** The signal mask of this thread: 8 bytes as rt_sigprocmask(2) has them. */
export function signalMask(): Uint8Array {
	const mask = new Uint8Array(128);
	const error = more().pthread_sigmask(constants.SIG_BLOCK, null, ptr(mask));
	if (error !== 0) throw new SystemError("pthread_sigmask", "SIG_BLOCK, NULL, ..", error);
	return mask.slice(0, 8);
}

/**
 * libc's clone(2): a child that runs machine code of ours at `entry` with `argument` as its first argument, on top of
 * `stack`. With CLONE_VM|CLONE_VFORK it borrows our memory, and we sleep until it has executed a program or ended.
 * Signals are held back in between: a handler of Bun's must not run in the child. Returns the child's pid.
 */
export function clone(entry: number, stack: Mapping, flags: number, argument: number): number {
	const all = new Uint8Array(128);
	all.set(everySignal);
	const before = new Uint8Array(128);
	const { clone: libcClone, pthread_sigmask } = more();
	base();
	const top = stack.address + stack.bytes.length;
	const blocked = pthread_sigmask(constants.SIG_SETMASK, ptr(all), ptr(before));
	if (blocked !== 0) throw new SystemError("pthread_sigmask", "SIG_SETMASK, ~[], ..", blocked);
	const pid = libcClone(entry as Pointer, top as Pointer, flags, argument as Pointer);
	const error = pid < 0 ? errno() : 0;
	pthread_sigmask(constants.SIG_SETMASK, ptr(before), null);
	if (pid < 0) throw new SystemError("clone", `.., .., 0x${flags.toString(16)}, ..`, error);
	return pid;
}

/** What wait4(2) tells of an ended child. */
export interface Ended {
	/** As WIFEXITED and its like take it apart. */
	readonly status: number;
	/** `struct rusage`. */
	readonly usage: BigInt64Array;
}

/** Waits until the child has ended. wait4(2). */
export function waitFor(pid: number): Ended {
	const status = new Int32Array(1);
	const usage = new BigInt64Array(18);
	while (more().wait4(pid, ptr(status), constants.__WALL, ptr(usage)) < 0) {
		if (errnoName(errno()) !== "EINTR") failed("wait4", `${pid}, .., __WALL, ..`);
	}
	return { status: status[0] ?? 0, usage };
}

/** A pipe whose ends close on exec. pipe2(2). */
export function pipe(): { read: number; write: number } {
	const ends = new Int32Array(2);
	if (more().pipe2(ptr(ends), constants.O_CLOEXEC) < 0) failed("pipe2", "O_CLOEXEC");
	return { read: ends[0] ?? -1, write: ends[1] ?? -1 };
}

/** Reads up to `size` bytes; an empty result is the end. read(2). */
export function readSome(fd: number, size: number): Uint8Array {
	const bytes = new Uint8Array(size);
	for (;;) {
		const count = Number(base().read(fd, ptr(bytes), size));
		if (count >= 0) return bytes.subarray(0, count);
		if (errnoName(errno()) !== "EINTR") failed("read", `${fd}, .., ${size}`);
	}
}

/** Closes a descriptor. close(2). */
export function close(fd: number): void {
	if (base().close(fd) < 0) failed("close", `${fd}`);
}

/** Opens a file for reading; the descriptor closes on exec. open(2). */
export function openToRead(path: string): number {
	const fd = base().open(ptr(cString(path)), constants.O_RDONLY | constants.O_CLOEXEC, 0);
	return fd < 0 ? failed("open", `"${path}", O_RDONLY|O_CLOEXEC`) : fd;
}

/** All bytes of a file. Loading node:fs for this would take longer than the rest of a launch. */
export function readFile(path: string): Uint8Array {
	const fd = openToRead(path);
	try {
		const pieces: Uint8Array[] = [];
		for (;;) {
			const piece = readSome(fd, 65536);
			if (piece.length === 0) return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
			pieces.push(piece);
		}
	} finally {
		close(fd);
	}
}
