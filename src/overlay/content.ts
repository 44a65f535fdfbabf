/** What regular files hold: comparing and copying in pieces, with holes left out. */
import { close, readSome, writeAll } from "../descriptors.ts";
import { SystemError, systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { errnoName } from "../linux/errno.ts";
import { must, openFile } from "./files.ts";

const pieceSize = 1 << 20;

/** Where the next bytes that are no hole begin, at or behind `from`; `size` when there are none. lseek(2). */
function nextData(fd: number, from: number, size: number): number {
	const at = systemCall("lseek", fd, from, constants.SEEK_DATA);
	if (at >= 0) return Math.min(at, size);
	const code = errnoName(-at);
	if (code === "ENXIO") return size;
	// This file system knows no holes.
	if (code === "EINVAL" || code === "EOPNOTSUPP") return from;
	throw new SystemError("lseek", `${fd}, ${from}, SEEK_DATA`, -at);
}

/** Where the next hole begins, behind bytes at `from`. */
function nextHole(fd: number, from: number, size: number): number {
	const at = systemCall("lseek", fd, from, constants.SEEK_HOLE);
	return at > from ? Math.min(at, size) : size;
}

function seek(fd: number, to: number): void {
	must("lseek", `${fd}, ${to}, SEEK_SET`, fd, to, constants.SEEK_SET);
}

/** Whether two regular files that are held hold the same bytes; both are `size` long. */
export function sameContent(a: number, b: number, size: number): boolean {
	const first = openFile(a);
	try {
		const second = openFile(b);
		try {
			return samePieces(first, second, size);
		} finally {
			close(second);
		}
	} finally {
		close(first);
	}
}

function samePieces(a: number, b: number, size: number): boolean {
	for (let at = 0; at < size; ) {
		// What is a hole in both is the same.
		at = Math.min(nextData(a, at, size), nextData(b, at, size));
		if (at >= size) return true;
		const length = Math.min(pieceSize, size - at);
		const first = readFull(a, at, length);
		const second = readFull(b, at, length);
		if (Buffer.compare(first, second) !== 0) return false;
		// Shorter than it was said to be: somebody is writing to both.
		if (first.length < length) return true;
		at += length;
	}
	return true;
}

/** `length` bytes from a place on, fewer only at the end of the file. */
function readFull(fd: number, from: number, length: number): Uint8Array {
	seek(fd, from);
	const pieces: Uint8Array[] = [];
	for (let rest = length; rest > 0; ) {
		const piece = readSome(fd, rest);
		if (piece.length === 0) break;
		pieces.push(piece);
		rest -= piece.length;
	}
	return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

/** Copies `size` bytes of a regular file that is held into an empty one that is open. Holes stay holes. */
export function copyContent(held: number, to: number, size: number): void {
	const from = openFile(held);
	try {
		for (let at = nextData(from, 0, size); at < size; at = nextData(from, at, size)) {
			const end = nextHole(from, at, size);
			const copied = copyRange(from, to, at, end - at);
			// The file is shorter than it was: somebody is writing to it.
			if (copied < end - at) break;
			at = end;
		}
		must("ftruncate", `${to}, ${size}`, to, size);
	} finally {
		close(from);
	}
}

/** Where the kernel does not copy between these two files, we do. */
const notCopied: readonly string[] = ["EXDEV", "EINVAL", "EOPNOTSUPP", "ENOSYS"];

/** Copies a stretch to the same place of the other file. Returns how many bytes there were. copy_file_range(2). */
function copyRange(from: number, to: number, start: number, length: number): number {
	seek(from, start);
	seek(to, start);
	let done = 0;
	while (done < length) {
		const result = systemCall("copy_file_range", from, 0, to, 0, length - done, 0);
		if (result === 0) return done;
		if (result > 0) done += result;
		else if (errnoName(-result) === "EINTR") continue;
		else if (notCopied.includes(errnoName(-result))) return done + copyPieces(from, to, length - done);
		else throw new SystemError("copy_file_range", `${from}, NULL, ${to}, NULL, ${length - done}, 0`, -result);
	}
	return done;
}

function copyPieces(from: number, to: number, length: number): number {
	let done = 0;
	while (done < length) {
		const piece = readSome(from, Math.min(pieceSize, length - done));
		if (piece.length === 0) break;
		writeAll(to, piece);
		done += piece.length;
	}
	return done;
}
