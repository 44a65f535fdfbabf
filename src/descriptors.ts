/** Files and descriptors, call by call. A failure is a `SystemError` with the call as strace would print it. */
import { fromBytes, toBytes } from "./bytes.ts";
import { checked, SystemError, systemCall } from "./ffi.ts";
import { constants } from "./linux/constants.ts";
import { errnoNumber } from "./linux/errno.ts";

const cString = (text: string): Uint8Array => toBytes(`${text}\0`);

const EINTR = errnoNumber("EINTR");
const EBADF = errnoNumber("EBADF");
const EINVAL = errnoNumber("EINVAL");

/** An anonymous file in memory, writable and executable. memfd_create(2). Returns its descriptor, closed on exec. */
export function memfdCreate(name: string): number {
	const { MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_EXEC } = constants;
	const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	const bytes = cString(name);
	let fd = systemCall("memfd_create", bytes, flags | MFD_EXEC);
	// Before Linux 6.3 the flag is unknown, and every such file is executable.
	if (-fd === EINVAL) fd = systemCall("memfd_create", bytes, flags);
	return checked(fd, "memfd_create", `"${name}", MFD_CLOEXEC|MFD_ALLOW_SEALING|MFD_EXEC`);
}

/** Writes all of `bytes`. write(2). */
export function writeAll(fd: number, bytes: Uint8Array): void {
	for (let done = 0; done < bytes.length; ) {
		const rest = bytes.subarray(done);
		const count = systemCall("write", fd, rest, rest.length);
		if (-count !== EINTR) done += checked(count, "write", `${fd}, .., ${rest.length}`);
	}
}

/** Forbids every later change of a memfd's bytes and of its seals. fcntl(2), F_ADD_SEALS. */
export function seal(fd: number): void {
	const { F_ADD_SEALS, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE } = constants;
	const seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	checked(systemCall("fcntl", fd, F_ADD_SEALS, seals), "fcntl", `${fd}, F_ADD_SEALS, all`);
}

/** Keeps a descriptor open, or closes it, when this process executes another program. fcntl(2), F_SETFD. */
export function setCloseOnExec(fd: number, close: boolean): void {
	const { F_SETFD, FD_CLOEXEC } = constants;
	checked(systemCall("fcntl", fd, F_SETFD, close ? FD_CLOEXEC : 0), "fcntl", `${fd}, F_SETFD`);
}

/** Another number, at least `least`, for a descriptor, which is closed; it closes on exec. fcntl(2), F_DUPFD_CLOEXEC. */
export function moveAbove(fd: number, least: number): number {
	if (fd >= least) return fd;
	const moved = copyAbove(fd, least);
	close(fd);
	return moved;
}

/** Another number, at least `least`, for the same open file; it closes on exec. fcntl(2), F_DUPFD_CLOEXEC. */
export function copyAbove(fd: number, least: number): number {
	return checked(
		systemCall("fcntl", fd, constants.F_DUPFD_CLOEXEC, least),
		"fcntl",
		`${fd}, F_DUPFD_CLOEXEC, ${least}`,
	);
}

/** Whether there is a descriptor of this number. fcntl(2), F_GETFD. */
export function isOpen(fd: number): boolean {
	const result = systemCall("fcntl", fd, constants.F_GETFD);
	if (-result === EBADF) return false;
	return checked(result, "fcntl", `${fd}, F_GETFD`) >= 0;
}

/** How a descriptor is open: its access mode and status flags. fcntl(2), F_GETFL. */
export function descriptorFlags(fd: number): number {
	return checked(systemCall("fcntl", fd, constants.F_GETFL), "fcntl", `${fd}, F_GETFL`);
}

/** A pipe whose ends close on exec. pipe2(2). */
export function pipe(): { read: number; write: number } {
	const ends = new Int32Array(2);
	checked(systemCall("pipe2", ends, constants.O_CLOEXEC), "pipe2", "O_CLOEXEC");
	return { read: ends[0] ?? -1, write: ends[1] ?? -1 };
}

/** Reads up to `size` bytes; an empty result is the end. read(2). */
export function readSome(fd: number, size: number): Uint8Array {
	const bytes = new Uint8Array(size);
	for (;;) {
		const count = systemCall("read", fd, bytes, size);
		if (-count !== EINTR) return bytes.subarray(0, checked(count, "read", `${fd}, .., ${size}`));
	}
}

/** Closes a descriptor. close(2). */
export function close(fd: number): void {
	checked(systemCall("close", fd), "close", `${fd}`);
}

/** Opens a file for reading, with more flags where some are given; the descriptor closes on exec. openat(2). */
export function openToRead(path: string, more = 0): number {
	const { AT_FDCWD, O_RDONLY, O_CLOEXEC } = constants;
	const fd = systemCall("openat", AT_FDCWD, cString(path), O_RDONLY | O_CLOEXEC | more);
	return checked(fd, "openat", `AT_FDCWD, "${path}", O_RDONLY|O_CLOEXEC`);
}

/** Where a symbolic link leads, as bytes. readlinkat(2). */
export function readLink(path: string): Uint8Array {
	const bytes = new Uint8Array(4096);
	const size = systemCall("readlinkat", constants.AT_FDCWD, cString(path), bytes, bytes.length);
	return bytes.subarray(0, checked(size, "readlinkat", `AT_FDCWD, "${path}", .., ${bytes.length}`));
}

/** Whether a descriptor is a terminal. node:tty would be loaded for longer than a launch takes. */
export function isTerminal(fd: number): boolean {
	return systemCall("ioctl", fd, constants.TCGETS, new Uint8Array(settingsSize)) === 0;
}

/** Bytes of `struct termios` and more, as TCGETS writes it. */
const settingsSize = 64;

/** All bytes of a file. Loading node:fs for this would take longer than the rest of a launch. */
export function readFile(path: string): Uint8Array {
	const fd = openToRead(path);
	try {
		return readUpTo(fd, Number.POSITIVE_INFINITY, 16_384) ?? new Uint8Array();
	} finally {
		close(fd);
	}
}

/** The text of a file; `undefined` where there is none or it may not be read. */
export function textOf(path: string): string | undefined {
	try {
		return fromBytes(readFile(path));
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}

/** Everything that can be read from a descriptor until the end, in pieces; `undefined` when that is more than `most` bytes. */
export function readUpTo(fd: number, most: number, pieceSize = 65_536): Uint8Array | undefined {
	const pieces: Uint8Array[] = [];
	for (let size = 0; size <= most; ) {
		const piece = readSome(fd, pieceSize);
		if (piece.length === 0) return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
		pieces.push(piece);
		size += piece.length;
	}
	return undefined;
}

/** A buffer that is larger than most files would take longer to make than they to read. */
const shortPiece = 8192;

/**
 * The text of a file that anybody may have put there; `undefined` where there is none, it may not be read, or has more than
 * `most` bytes. A pipe in its place is not waited for.
 */
export function textUpTo(path: string, most: number): string | undefined {
	try {
		const fd = openToRead(path, constants.O_NONBLOCK);
		try {
			const bytes = readUpTo(fd, most, shortPiece);
			return bytes && fromBytes(bytes);
		} finally {
			close(fd);
		}
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}
