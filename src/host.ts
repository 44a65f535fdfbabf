/** What plans and hints have to know of the machine, asked of the kernel. */
import { fromBytes } from "./bytes.ts";
import { openFilesLimit, readFile, SystemError, signalMask } from "./ffi.ts";
import type { Look } from "./hints.ts";
import type { Host } from "./plan/types.ts";

/** CAP_SYS_ADMIN in the masks of `/proc/PID/status`. capabilities(7). */
const CAP_SYS_ADMIN = 1n << 21n;

/** A file below /proc or /sys, or `undefined` where there is none or it may not be read. */
function readText(path: string): string | undefined {
	try {
		return fromBytes(readFile(path));
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}

/** The machine as hints see it. node:fs is loaded when the first hint needs it, not at every start. */
export const look: Look = { read: readText, exists: (path) => process.getBuiltinModule("node:fs").existsSync(path) };

function statusMask(status: string, field: string): bigint {
	return BigInt(`0x${new RegExp(`^${field}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
}

let facts: Host | undefined;

/**
 * The facts a plan depends on: platform, kernel, ids and privilege of this process, limits of its caller. Asked once.
 *
 * @example
 * ```ts
 * import { hostFacts } from "nskit";
 * console.log(hostFacts().kernelRelease);
 * ```
 */
export function hostFacts(): Host {
	facts ??= gatherFacts();
	return facts;
}

function gatherFacts(): Host {
	const status = readText("/proc/self/status") ?? "";
	const kernelRelease = (readText("/proc/sys/kernel/osrelease") ?? "0.0").trim();
	const [major = 0, minor = 0] = kernelRelease.split(".").map((part) => Number.parseInt(part, 10));
	const openFiles = process.platform === "linux" ? callersOpenFiles() : undefined;
	return {
		platform: process.platform,
		arch: process.arch as Host["arch"],
		kernel: major * 100 + minor,
		kernelRelease,
		pid: process.pid,
		uid: process.geteuid?.() ?? 0,
		gid: process.getegid?.() ?? 0,
		privileged: (statusMask(status, "CapEff") & CAP_SYS_ADMIN) !== 0n,
		...(openFiles ? { openFiles } : {}),
	};
}

/** The caller's limit, which Bun has raised for itself; nothing where it is the same or the caller belongs to somebody else. */
function callersOpenFiles(): Host["openFiles"] {
	try {
		const own = openFilesLimit(0);
		const { soft } = openFilesLimit(process.ppid);
		return soft === own.soft ? undefined : { soft, hard: own.hard };
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}

/** Signals that Bun ignores for itself; every other ignored one was the caller's wish. */
const ignoredByBun = [13, 25];

/** How signals are set in this process, for children that start with its memory. */
export function signalState(): { mask: number[]; ignored: number[] } {
	const mask = statusMask(readText("/proc/self/status") ?? "", "SigIgn");
	const ignored = Array.from({ length: 64 }, (_, i) => i + 1).filter((signal) => (mask >> BigInt(signal - 1)) & 1n);
	return { mask: Array.from(signalMask()), ignored: ignored.filter((signal) => !ignoredByBun.includes(signal)) };
}
