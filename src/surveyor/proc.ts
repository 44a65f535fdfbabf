/**
 * Reading /proc with few calls and hardly any memory: one buffer for every link and file, one descriptor for the
 * directory. What is gone, or may not be read, is a negative error number and no error.
 */
import { fromBytes, toBytes } from "../bytes.ts";
import { close } from "../descriptors.ts";
import { addressOf, preparedCall, systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import { PlanError } from "../plan/errors.ts";

const { AT_FDCWD, O_RDONLY, O_CLOEXEC, O_PATH, O_NONBLOCK } = constants;
const EINTR = errnoNumber("EINTR");

const openat = preparedCall("openat");
const readlinkat = preparedCall("readlinkat");
const getdents64 = preparedCall("getdents64");
const read = preparedCall("read");
const closing = preparedCall("close");

/** Bytes of the buffer: more than a link or a status file has. */
const bufferSize = 65_536;
/** What is read of a file at most; a machine with 10,000 mounts has 2 MB of mountinfo. */
const mostBytes = 16 * 1024 * 1024;

/** A name as the kernel takes it, with its address. It is kept for as long as this program runs. */
export interface KernelString {
	readonly bytes: Uint8Array;
	readonly address: number;
}

/** A text that is handed to the kernel again and again. */
export function kernelString(text: string): KernelString {
	const bytes = toBytes(`${text}\0`);
	return { bytes, address: addressOf(bytes) };
}

/** The directory /proc. */
export class Proc {
	private readonly buffer = new Uint8Array(new ArrayBuffer(bufferSize));
	private readonly address = addressOf(this.buffer);
	private readonly path = new Uint8Array(new ArrayBuffer(256));
	private readonly pathAddress = addressOf(this.path);

	private constructor(private readonly root: number) {}

	/** Opens it. Throws a `PlanError` where /proc is none, because then nothing can be seen. */
	static open(): Proc {
		const fd = systemCall("openat", AT_FDCWD, toBytes("/proc\0"), O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && fileSystem(fd) === constants.PROC_SUPER_MAGIC) return new Proc(fd);
		if (fd >= 0) close(fd);
		const message = "/proc is not mounted here, and namespaces are seen by nothing else";
		throw new PlanError([{ code: "PROC_MISSING", message, hint: "mount it: mount -t proc proc /proc" }]);
	}

	close(): void {
		close(this.root);
	}

	/** The numbers of all processes, lowest first. */
	pids(): number[] {
		return this.numbers(this.root);
	}

	/** The names of an open directory's entries that are numbers, lowest first. getdents64(2). */
	numbers(directory: number, most = Number.POSITIVE_INFINITY): number[] {
		const found: number[] = [];
		while (found.length < most) {
			const size = getdents64(directory, this.address, bufferSize);
			if (size <= 0) break;
			for (let at = 0; at < size; ) {
				const number = this.digits(at + nameAt);
				if (number >= 0) found.push(number);
				at += (this.buffer[at + lengthAt] ?? 0) | ((this.buffer[at + lengthAt + 1] ?? 0) << 8) || size;
			}
		}
		for (let i = 1; i < found.length; i++) {
			if ((found[i - 1] ?? 0) > (found[i] ?? 0)) return found.sort((a, b) => a - b);
		}
		return found;
	}

	/** Opens what lies below /proc. A path only: nothing happens to the file itself. Negative where it cannot be. */
	openPath(path: string): number {
		return openat(this.root, this.encoded(path), O_PATH | O_CLOEXEC);
	}

	/** Opens what lies below /proc for reading. Only for files of /proc itself, and namespaces. */
	openToRead(path: string): number {
		return openat(this.root, this.encoded(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}

	/** Closes what was opened here. */
	done(fd: number): void {
		closing(fd);
	}

	/** Reads a link into the buffer. Its size, or the negative error number. */
	readLink(directory: number, name: KernelString): number {
		return readlinkat(directory, name.address, this.address, bufferSize);
	}

	/** Reads the link of a number, such as of a descriptor. */
	readNumberLink(directory: number, number: number): number {
		return readlinkat(directory, this.encoded(String(number)), this.address, bufferSize);
	}

	/** The digits between the brackets of `net:[4026531840]`, of which the first `size` bytes of the buffer are. */
	inodeInLink(size: number): number {
		let at = 0;
		while (at < size && this.buffer[at] !== bracket) at++;
		return this.digits(at + 1, size - 1);
	}

	/** The link that was just read. */
	linkText(size: number): string {
		return fromBytes(this.buffer.subarray(0, size));
	}

	/** The first byte of the link that was just read: a slash where it leads to a path. */
	get firstByte(): number {
		return this.buffer[0] ?? 0;
	}

	/** What a file below /proc holds, or nothing where it is gone or may not be read. */
	read(path: string, most = mostBytes): Uint8Array | undefined {
		const fd = this.openToRead(path);
		if (fd < 0) return undefined;
		try {
			return this.readAll(fd, most);
		} finally {
			this.done(fd);
		}
	}

	/** The same as text. */
	readText(path: string, most = mostBytes): string | undefined {
		const bytes = this.read(path, most);
		return bytes && fromBytes(bytes);
	}

	/** All of an open file, up to `most` bytes. A part of the buffer where it fits. */
	private readAll(fd: number, most: number): Uint8Array | undefined {
		let whole: Uint8Array | undefined;
		for (;;) {
			const count = read(fd, this.address, Math.min(bufferSize, most - (whole?.length ?? 0)));
			if (count === -EINTR) continue;
			if (count < 0) return undefined;
			if (count === 0) return whole ?? this.buffer.subarray(0, 0);
			whole = whole ? Buffer.concat([whole, this.buffer.subarray(0, count)]) : this.buffer.slice(0, count);
			if (whole.length >= most) return whole;
		}
	}

	/** A number in digits that ends with a NUL or at `end`; -1 where anything else stands there. */
	private digits(start: number, end = start + 20): number {
		let number = 0;
		let at = start;
		for (; at < end; at++) {
			const digit = (this.buffer[at] ?? 0) - 48;
			if (digit < 0 || digit > 9) break;
			number = number * 10 + digit;
		}
		return at === start || (at < end && this.buffer[at] !== 0) ? -1 : number;
	}

	/** The address of a path; it is overwritten by the next. Paths here are plain letters and digits. */
	private encoded(path: string): number {
		for (let i = 0; i < path.length; i++) this.path[i] = path.charCodeAt(i);
		this.path[path.length] = 0;
		return this.pathAddress;
	}
}

const bracket = 0x5b;

/** Where `struct linux_dirent64` has the length of an entry and its name. */
const lengthAt = 16;
const nameAt = 19;

/** The magic number of the file system that a descriptor lies in; 0 where it cannot be had. fstatfs(2). */
export function fileSystem(fd: number): number {
	const words = new Uint32Array(32);
	return systemCall("fstatfs", fd, words) === 0 ? (words[0] ?? 0) : 0;
}
