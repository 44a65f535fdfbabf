/**
 * The one door to libc. Every function here is one call, typed (those on files and descriptors are in descriptors.ts); errno is read before anything else can happen, and a
 * failure is a `SystemError` with the call as strace would print it. Nothing else in nskit imports `bun:ffi`.
 */
import { dlopen, type FFIFunction, FFIType, type Pointer, ptr, read, toArrayBuffer } from "bun:ffi";
import { fromBytes, toBytes } from "./bytes.ts";
import { constants } from "./linux/constants.ts";
import { errnoName, errnoNumber } from "./linux/errno.ts";
import { type Arch, type Syscall, syscallNumber } from "./linux/syscalls.ts";
import { getWord } from "./stub/instruction.ts";

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

/**
 * Both glibc and musl answer to this name with the libc that is already loaded, so no file is searched for: Bun would
 * end its search in the current folder, which may be anybody's.
 */
const library = "libc.so.6";

/** Loads functions when the first of them is called. */
function lazily<const T extends Record<string, FFIFunction>>(symbols: T) {
	const load = () => dlopen(library, symbols).symbols;
	let loaded: ReturnType<typeof load> | undefined;
	return () => {
		loaded ??= load();
		return loaded;
	};
}

/** syscall(2), for everything that needs no help of libc's: each further function would take time to load. */
const kernel = lazily({
	syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: FFIType.i64_fast },
	__errno_location: { returns: "ptr" },
});
/** Its wrapper gives the child a stack. */
const cloning = lazily({ clone: { args: ["ptr", "ptr", "i32", "ptr"], returns: "i32" } });
const messages = lazily({ strerror: { args: ["i32"], returns: "cstring" } });

/** What libc says of an error number: `"Operation not permitted"` for 1. strerror(3). */
export function errorText(number: number): string {
	return String(messages().strerror(number));
}

/** errno of this thread. */
function errno(): number {
	const location = kernel().__errno_location();
	return location ? read.i32(location) : 0;
}

/** The architecture that this process runs on, as far as we know it: calls and flags have other numbers on another. */
export const arch: Arch = process.arch === "arm64" ? "arm64" : "x64";

/** One system call: its result, or the negative error number. */
function system(name: Syscall, a: number, b = 0, c = 0, d = 0, e = 0, f = 0): number {
	// errno is read at once: another call on this thread would overwrite it.
	const result = Number(kernel().syscall(syscallNumber(name, arch), a, b, c, d, e, f));
	return result === -1 ? -errno() : result;
}

/** A system call: numbers as they are, memory by its address. Its result, or the negative error number. */
export function systemCall(name: Syscall, ...args: Argument[]): number {
	return system(name, word(args[0]), word(args[1]), word(args[2]), word(args[3]), word(args[4]), word(args[5]));
}

/**
 * A system call that is made thousands of times, with numbers and addresses alone: its result, or the negative error
 * number. Looking names up and taking arguments apart would cost more than the call.
 */
export function preparedCall(name: Syscall): (a: number, b?: number, c?: number, d?: number) => number {
	const number = syscallNumber(name, arch);
	let syscall: ReturnType<typeof kernel>["syscall"] | undefined;
	return (a, b = 0, c = 0, d = 0) => {
		syscall ??= kernel().syscall;
		const result = syscall(number, a, b, c, d, 0, 0);
		if (result === -1) return -errno();
		return typeof result === "number" ? result : Number(result);
	};
}

/** What a system call is given: a number, or where memory lies. */
type Argument = number | NodeJS.TypedArray;

const word = (argument: Argument = 0): number => (typeof argument === "number" ? argument : ptr(argument));

/** Where memory lies, for structures that hold addresses. It has to be kept alive until the call that uses it is done. */
export function addressOf(memory: NodeJS.TypedArray): number {
	return ptr(memory);
}

/** The result of a call that must not fail, or the `SystemError` that says why it did. */
export function checked(result: number, name: string, args: string): number {
	if (result >= 0 || result < -4095) return result;
	throw new SystemError(name, args, -result);
}

const cString = (text: string): Uint8Array => toBytes(`${text}\0`);

const EINTR = errnoNumber("EINTR");

/** The soft and the hard limit of open files of a process; 0 is this one. prlimit(2). */
export function openFilesLimit(pid: number): { soft: number; hard: number } {
	const limit = new Float64Array(2);
	const words = new Uint32Array(limit.buffer);
	const { RLIMIT_NOFILE } = constants;
	checked(system("prlimit64", pid, RLIMIT_NOFILE, 0, ptr(limit)), "prlimit64", `${pid}, RLIMIT_NOFILE, NULL, ..`);
	// RLIM_INFINITY, all bits set, reads as -1, and stays what it is when written back.
	return { soft: getWord(words, 0), hard: getWord(words, 2) };
}

/** Replaces this process by the program in `fd`. execveat(2). Returns only by throwing. */
export function executeFile(fd: number, argv: readonly string[], env: readonly string[]): never {
	const path = cString("");
	const texts: Uint8Array[] = [];
	for (const text of argv) texts.push(cString(text));
	for (const text of env) texts.push(cString(text));
	// argv and its NULL, then the environment and its NULL.
	const table = new BigUint64Array(texts.length + 2);
	let word = 0;
	for (const text of texts) {
		if (word === argv.length) word++;
		table[word++] = BigInt(ptr(text));
	}
	const at = ptr(table);
	const result = system("execveat", fd, ptr(path), at, at + 8 * (argv.length + 1), constants.AT_EMPTY_PATH);
	throw new SystemError("execveat", `${fd}, "", ["${argv.join('", "')}"], .., AT_EMPTY_PATH`, -result);
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
	const address = checked(system("mmap", 0, size, PROT_READ | PROT_WRITE, flags, -1, 0), "mmap", `NULL, ${size}, ..`);
	return { address, bytes: new Uint8Array(toArrayBuffer(address as Pointer, 0, size)) };
}

/** Gives a mapping back. munmap(2). */
export function unmap({ address, bytes }: Mapping): void {
	checked(system("munmap", address, bytes.length), "munmap", `${address}, ${bytes.length}`);
}

/** Makes a mapping executable and read-only. mprotect(2). */
export function makeExecutable({ address, bytes }: Mapping): void {
	const { PROT_READ, PROT_EXEC } = constants;
	const result = system("mprotect", address, bytes.length, PROT_READ | PROT_EXEC);
	checked(result, "mprotect", `${address}, ${bytes.length}, PROT_READ|PROT_EXEC`);
}

/** Bytes of a signal mask, as the kernel has it. */
const maskSize = 8;

/** The signal mask of this thread. rt_sigprocmask(2). */
export function signalMask(): Uint8Array {
	const mask = new Uint8Array(maskSize);
	changeMask(constants.SIG_BLOCK, undefined, mask);
	return mask;
}

function changeMask(how: number, mask: Uint8Array | undefined, before: Uint8Array | undefined): void {
	const result = system("rt_sigprocmask", how, mask ? ptr(mask) : 0, before ? ptr(before) : 0, maskSize);
	checked(result, "rt_sigprocmask", `${how}, .., .., ${maskSize}`);
}

/**
 * libc's clone(2): a child that runs machine code of ours at `entry` with `argument` as its first argument, on top of
 * `stack`. With CLONE_VM|CLONE_VFORK it borrows our memory, and we sleep until it has executed a program or ended.
 * Signals are held back in between: a handler of Bun's must not run in the child. Returns the child's pid.
 */
export function clone(entry: number, stack: Mapping, flags: number, argument: number): number {
	const before = new Uint8Array(maskSize);
	const { clone: libcClone } = cloning();
	const top = stack.address + stack.bytes.length;
	changeMask(constants.SIG_SETMASK, new Uint8Array(maskSize).fill(0xff), before);
	const pid = libcClone(entry as Pointer, top as Pointer, flags, argument as Pointer);
	const result = pid < 0 ? -errno() : pid;
	changeMask(constants.SIG_SETMASK, before, undefined);
	return checked(result, "clone", `.., .., 0x${flags.toString(16)}, ..`);
}

/** What wait4(2) tells of an ended child. */
export interface Ended {
	/** As WIFEXITED and its like take it apart. */
	readonly status: number;
	/** The first fields of `struct rusage`: seconds and microseconds of user and system time, kilobytes resident at most. */
	readonly usage: readonly number[];
}

/** Fields of `struct rusage`; times and the peak of resident memory are the first five. */
const usageFields = 18;

/** Waits until the child has ended. wait4(2). */
export function waitFor(pid: number): Ended {
	const status = new Int32Array(1);
	const usage = new Uint32Array(2 * usageFields);
	for (;;) {
		const result = system("wait4", pid, ptr(status), constants.__WALL, ptr(usage));
		if (-result === EINTR) continue;
		checked(result, "wait4", `${pid}, .., __WALL, ..`);
		return { status: status[0] ?? 0, usage: [0, 2, 4, 6, 8].map((index) => getWord(usage, index)) };
	}
}

/** `struct utsname`: six fields of 65 bytes, the third of which is the release. */
const utsField = 65;

/** The release of the kernel, such as `"6.18.44"`. uname(2). */
export function kernelRelease(): string {
	const names = new Uint8Array(6 * utsField);
	checked(system("uname", ptr(names)), "uname", "..");
	const field = names.subarray(2 * utsField, 3 * utsField);
	return fromBytes(field.subarray(0, field.indexOf(0)));
}
