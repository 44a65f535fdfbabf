/**
 * A process, held by a pidfd and by its directory below /proc. Both stay with this process when its number is given to
 * another one, so that what is read is never put together from two.
 */
import { fromBytes, toBytes } from "../bytes.ts";
import { close, readFile, readSome } from "../descriptors.ts";
import { arch, checked, SystemError, systemCall } from "../ffi.ts";
import { constants, flagValue } from "../linux/constants.ts";
import { hasEnded, openPidfd as openRaw } from "../pidfd.ts";
import { PlanError } from "../plan/errors.ts";

/** More of a file below /proc is not read. */
const mostBytes = 16 * 1024 * 1024;

/** An open process. */
export interface OpenProcess {
	readonly pid: number;
	/** The directory below /proc, for openat(2) only. */
	readonly directory: number;
	/** A file below it. Throws a `SystemError`. */
	read(name: string): Uint8Array;
	/** Where a link below it leads. Throws a `SystemError`. */
	link(name: string): string;
	/** A file below it, opened for reading; the caller closes it. Throws a `SystemError`. */
	open(name: string): number;
	hasEnded(): boolean;
	close(): void;
}

/** The error that says that a process is not there any more. */
export function processEnded(pid: number): PlanError {
	const message = `process ${pid} has ended`;
	return new PlanError([{ code: "TARGET_ENDED", message, hint: "ns list shows what is there now" }]);
}

/** Opens a process by a descriptor of pidfd_open(2), which stays the caller's. Throws a `PlanError` where it has ended. */
export function openProcess(pid: number, pidfd: number): OpenProcess {
	const directory = openBelow(constants.AT_FDCWD, `/proc/${numberInProc(pid, pidfd)}`, "O_PATH|O_DIRECTORY|O_CLOEXEC");
	const opened = {
		pid,
		directory,
		read: (name: string) => readWhole(openBelow(directory, name, "O_RDONLY|O_CLOEXEC")),
		link: (name: string) => linkBelow(directory, name),
		open: (name: string) => openBelow(directory, name, "O_RDONLY|O_CLOEXEC"),
		hasEnded: () => hasEnded(pidfd),
		close: () => close(directory),
	};
	// The number has been this process's all the time, if it lives still.
	if (!hasEnded(pidfd)) return opened;
	opened.close();
	throw processEnded(pid);
}

/** What /proc calls the process: it may have been mounted in another PID namespace. */
function numberInProc(pid: number, pidfd: number): number {
	const line = /^Pid:\t(-?\d+)$/m.exec(fromBytes(readFile(`/proc/self/fdinfo/${pidfd}`)));
	const number = Number(line?.[1] ?? pid);
	if (number > 0) return number;
	if (number < 0) throw processEnded(pid);
	const message = `process ${pid} is not to be seen in /proc`;
	throw new PlanError([{ code: "PROCESS_UNSEEN", message, hint: "/proc is that of another PID namespace" }]);
}

function openBelow(directory: number, name: string, flags: string): number {
	const fd = systemCall("openat", directory, toBytes(`${name}\0`), flagValue(flags, arch));
	return checked(fd, "openat", `.., "${name}", ${flags}`);
}

function linkBelow(directory: number, name: string): string {
	const bytes = new Uint8Array(4096);
	const size = checked(
		systemCall("readlinkat", directory, toBytes(`${name}\0`), bytes, bytes.length),
		"readlinkat",
		`.., "${name}", .., ${bytes.length}`,
	);
	return fromBytes(bytes.subarray(0, size));
}

function readWhole(fd: number): Uint8Array {
	try {
		const pieces: Uint8Array[] = [];
		for (let size = 0; size < mostBytes; ) {
			const piece = readSome(fd, 65_536);
			if (piece.length === 0) break;
			pieces.push(piece);
			size += piece.length;
		}
		return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
	} finally {
		close(fd);
	}
}

/** A descriptor of a process. Throws a `PlanError` where there is none. pidfd_open(2). */
export function openPidfd(pid: number): number {
	try {
		return checked(openRaw(pid), "pidfd_open", `${pid}, 0`);
	} catch (error) {
		if (!(error instanceof SystemError) || !["ESRCH", "EINVAL", "ENOENT"].includes(error.code)) throw error;
		const hint = "ns list shows the processes that there are";
		throw new PlanError([{ code: "TARGET_MISSING", message: `there is no process ${pid}`, hint }]);
	}
}
