/** Where cases prepare what they attack with: files in a private folder, descriptors, a terminal, a socket. */
import {
	closeSync,
	lstatSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { close, pipe } from "../descriptors.ts";
import { checked, systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import type { Arch } from "../linux/syscalls.ts";
import { exchangeProgram } from "./calls.ts";
import { remembered } from "./children.ts";
import { programFile } from "./start.ts";

/** What a folder is to hold: text for a file, `{ link }` for a symbolic link, `null` for a directory. */
export type Tree = Readonly<Record<string, string | null | { readonly link: string }>>;

/** Makes files in a folder. */
export function plant(folder: string, tree: Tree): void {
	for (const [name, content] of Object.entries(tree)) {
		const path = join(folder, name);
		mkdirSync(content === null ? path : dirname(path), { recursive: true });
		if (typeof content === "string") writeFileSync(path, content);
		else if (content) symlinkSync(content.link, path);
	}
}

/** Everything in a folder, a line each: to be compared. */
export function listed(folder: string): string[] {
	const lines: string[] = [];
	const walk = (name: string): void => {
		const path = join(folder, name);
		const { mode, uid, gid, size, rdev } = lstatSync(path);
		const type = mode & constants.S_IFMT;
		const line = [name, mode.toString(8), uid, gid, rdev].join(" ");
		if (type === constants.S_IFLNK) lines.push(`${line} -> ${readlinkSync(path)}`);
		else if (type === constants.S_IFREG) lines.push(`${line} ${size} ${readFileSync(path, "latin1")}`);
		else lines.push(line);
		if (type === constants.S_IFDIR) for (const inner of readdirSync(path).toSorted()) walk(join(name, inner));
	};
	walk(".");
	return lines;
}

/** Does something with descriptors that are open meanwhile. */
export async function withOpen<T>(paths: readonly string[], body: (fds: number[]) => Promise<T>): Promise<T> {
	const fds: number[] = [];
	try {
		for (const path of paths) fds.push(openSync(path, "r"));
		return await body(fds);
	} finally {
		for (const fd of fds) closeSync(fd);
	}
}

/** Does something while two names are exchanged as fast as it goes. */
export async function whileExchanged<T>(one: string, other: string, arch: Arch, body: () => Promise<T>): Promise<T> {
	const file = programFile(exchangeProgram(one, other, mostExchanges, arch), arch);
	const child = remembered(Bun.spawn([`/proc/self/fd/${file}`], { env: {}, stdio: ["ignore", "ignore", "ignore"] }));
	close(file);
	try {
		return await body();
	} finally {
		child.kill("SIGKILL");
		await child.exited;
	}
}

const mostExchanges = 100_000_000;

/** Waits for something to end, but no longer than so many milliseconds. */
export async function orTimeUp(end: Promise<unknown>, limit: number): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	const timer = setTimeout(resolve, limit);
	try {
		await Promise.race([end, promise]);
	} finally {
		clearTimeout(timer);
	}
}

/**
 * A pipe to be standard input, which stays open until it is closed here: Bun closes one of its own as soon as the process
 * that it has started is gone.
 */
export async function withInput<T>(body: (read: number, closeInput: () => void) => Promise<T>): Promise<T> {
	const { read, write } = pipe();
	let isOpen = true;
	const closeInput = (): void => {
		if (isOpen) close(write);
		isOpen = false;
	};
	try {
		return await body(read, closeInput);
	} finally {
		closeInput();
		close(read);
	}
}

/** A new terminal: the side of its program. tty_ioctl(4). Throws a `SystemError` where there are none. */
export async function withTerminal<T>(body: (fd: number) => Promise<T>): Promise<T> {
	const { AT_FDCWD, O_RDWR, O_NOCTTY, O_CLOEXEC, TIOCSPTLCK, TIOCGPTPEER } = constants;
	const path = new TextEncoder().encode("/dev/ptmx\0");
	const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
	const master = checked(systemCall("openat", AT_FDCWD, path, flags), "openat", 'AT_FDCWD, "/dev/ptmx", O_RDWR');
	try {
		checked(systemCall("ioctl", master, TIOCSPTLCK, new Int32Array(1)), "ioctl", `${master}, TIOCSPTLCK, [0]`);
		const fd = checked(systemCall("ioctl", master, TIOCGPTPEER, flags), "ioctl", `${master}, TIOCGPTPEER, O_RDWR`);
		try {
			return await body(fd);
		} finally {
			close(fd);
		}
	} finally {
		close(master);
	}
}

/** Does something while a socket listens on an abstract name. unix(7). */
export async function whileListening<T>(address: Uint8Array, body: () => Promise<T>): Promise<T> {
	const { SOCK_STREAM, SOCK_CLOEXEC } = constants;
	const fd = checked(systemCall("socket", 1, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket", "AF_UNIX, SOCK_STREAM, 0");
	try {
		checked(systemCall("bind", fd, address, address.length), "bind", `${fd}, .., ${address.length}`);
		checked(systemCall("listen", fd, 8), "listen", `${fd}, 8`);
		return await body();
	} finally {
		close(fd);
	}
}

/** The address of an abstract socket: its family, a NUL, the name. */
export const abstractAddress = (name: string): Uint8Array =>
	Uint8Array.from([1, 0, 0, ...new TextEncoder().encode(name)]);
