/** The shapes of system calls: their arguments by name, what their success is not enough for, and who makes them. */
import type { Syscall } from "../linux/syscalls.ts";

/** An argument of a system call, with what is needed to print it as strace would. */
export type Arg =
	| number
	| null
	/** A C string. */
	| string
	/** Constants of the kernel by name, joined with `|`. */
	| { readonly flags: string }
	/** A structure of 64-bit fields, by address. Strings, bytes and buffers in it are pointers. */
	| { readonly struct: Readonly<Record<string, Exclude<Arg, { readonly pair: unknown }>>> }
	/** A structure of other shape, by address, and how it is printed; what is only known by then is filled in before the call. */
	| { readonly bytes: readonly number[]; readonly shows: string; readonly fill?: readonly Fill[] }
	| Composed
	/** Each number from the first to the last in turn: the call is made again and again. */
	| { readonly each: readonly [first: number, last: number]; readonly shows: string }
	/** The result of an earlier call. */
	| { readonly ref: string }
	/** Memory of `size` bytes that the call, or an earlier one, writes to; by address. */
	| { readonly out: string; readonly size: number }
	/** A NULL-terminated list of strings. */
	| { readonly strings: readonly (string | Composed)[] }
	/** Two descriptors that the call makes, as pipe(2) does. */
	| { readonly pair: readonly [string, string] };

/**
 * A C string that is put together when the program runs: texts, and results of earlier calls in decimal digits. Each process
 * does so once, for the first call that has it.
 */
export interface Composed {
	readonly text: readonly (string | { readonly ref: string })[];
}

/**
 * The result of an earlier call within bytes: as a 32-bit number, or as decimal digits with NULs behind them, which take the
 * place of at least 8 bytes behind the last digit.
 */
export interface Fill {
	readonly at: number;
	readonly ref: string;
	readonly as: "number" | "digits";
}

/** What a call's success is not enough for. */
export type Check =
	/** A netlink answer lies in this buffer: its error is the call's. One of the allowed errors, or any, is its result. */
	| { readonly netlink: string; readonly allowed?: "any" | readonly string[] }
	/**
	 * What rtnetlink(7) answers about one interface lies in this buffer: its index and its flags become results, `index` and
	 * `flags` behind a name and a dot. An error is the call's; where any is allowed, it is what its result tells.
	 */
	| { readonly link: string; readonly as: string; readonly allowed?: "any" }
	/** The first answer to a question for all interfaces lies in this buffer: the call's result is -EBUSY if there is one. */
	| { readonly noLink: string }
	/** The status of an ended process lies here: unless it is 0, that process has reported and this one ends too. */
	| { readonly status: string }
	/** Nothing was read because the other side is gone: this process ends quietly. */
	| { readonly endOfFile: true }
	/** The call's result has to be that of this earlier call: otherwise this process ends quietly. */
	| { readonly same: string }
	/** A 32-bit number lies here: the call's result is -EAGAIN unless it is that of this earlier call. */
	| { readonly holds: string; readonly as: string }
	/**
	 * A `struct statx` lies here: it has to be of one of these mounts, named by where their numbers are. Otherwise the call
	 * fails with EXDEV, or its result is that.
	 */
	| { readonly mountIn: string; readonly among: readonly string[]; readonly otherwise?: "fail" | "result" }
	/** A `struct statx` lies here: the call's result tells whether it is a directory's, and is -ENOTDIR otherwise. */
	| { readonly isDirectory: string }
	/** A `struct statx` lies here: its fields become results, `mode`, `uid`, `gid` and `mount` behind a name and a dot. */
	| { readonly statx: string; readonly as: string }
	/** A path lies in this buffer: unless it begins with a slash, as a directory below the root does, it is EXDEV. */
	| { readonly belowRoot: string }
	/** A `struct statx` lies at both: they have to be of the same file, else ESTALE. */
	| { readonly sameFile: readonly [string, string] }
	/**
	 * The result has to be this number, or one of these, else the call fails with the error that is named; or, where it
	 * `fails` not, its result is that error.
	 */
	| { readonly exactly: number | readonly number[]; readonly otherwise: string; readonly fails?: false }
	/** A text lies in this buffer: the result is -ENODATA unless it has a line of this word of eight letters and a number above 0. */
	| { readonly counts: string; readonly word: string }
	/** A buffer has to begin with this number of 64 bits, else the call fails with the error that is named. */
	| { readonly begins: string; readonly number: number; readonly otherwise: string };

/** One system call of a step. */
export interface Call {
	readonly name: Syscall;
	readonly args: readonly Arg[];
	/** The name later calls know the result by. */
	readonly result?: string;
	/** An error is no failure of the step: any, or these by name and no other. */
	readonly mayFail?: true | readonly string[];
	/** After this error it is made again, so many times at most, with so many milliseconds between. */
	readonly retry?: { readonly on: string; readonly times: number; readonly every: number };
	/** Done only when all calls with these results failed. Left out otherwise, it changes nothing. */
	readonly onlyIfFailed?: string | readonly string[];
	/** Done only when all calls with these results were done and succeeded. Left out otherwise, it counts as failed. */
	readonly onlyIf?: string | readonly string[];
	/** Left out, and counted as failed, unless this result is above 0: so it is where nothing has come that far. */
	readonly onlyIfAbove0?: string;
	/**
	 * For execve: made by a child of its own, with signals let through and nothing but standard input, output and error. The
	 * result is the status it has ended with, as wait4(2) tells it; 127 << 8 where it could not be executed.
	 */
	readonly inChild?: true;
	/** For `clone` and `clone3`: what the new process runs. */
	readonly child?: Role;
	/** For `clone`: what the process itself runs from here on, while the new one goes on in its place. */
	readonly parent?: Role;
	readonly check?: Check;
}

/**
 * Who runs a step.
 * - `relay`: carries between the caller's terminal and that of the sandbox.
 * - `outer`: the process that is started, or its child where it stays as the relay. It makes the namespaces, and it is
 *   the command itself unless it has to fork.
 * - `helper`: stays in the caller's namespaces: to write id maps that take the caller's privileges, to make what lies outside
 *   of the sandbox, and to take that back when the sandbox has ended, however that was.
 * - `program`: child of the helper; becomes a program of somebody else's that serves the sandbox from outside.
 * - `init`: PID 1 of a new PID namespace.
 * - `command`: the process that becomes the command.
 */
export type Role = "relay" | "outer" | "helper" | "program" | "init" | "command";
