/** What plans and hints have to know of the machine, asked of the kernel. */
import { fromBytes } from "./bytes.ts";
import type { ControlGroups } from "./cgroups/types.ts";
import { readLink, textOf } from "./descriptors.ts";
import { kernelRelease, openFilesLimit, SystemError, signalMask, systemCall } from "./ffi.ts";
import type { Look } from "./hints.ts";
import type { Ask } from "./ids/remember.ts";
import type { IdSight } from "./ids/types.ts";
import { lastNamed } from "./linux/capabilities.ts";
import { constants } from "./linux/constants.ts";
import { errnoNumber } from "./linux/errno.ts";
import { hasBit } from "./linux/mask.ts";
import type { Host, HostCapabilities } from "./plan/types.ts";

/** The machine as hints see it. node:fs is loaded when the first hint needs it, not at every start. */
export const look: Look = { read: textOf, exists: (path) => process.getBuiltinModule("node:fs").existsSync(path) };

/** One of the masks in `/proc/PID/status`, as 16 hexadecimal digits. */
function statusMask(status: string, field: string): string {
	const at = status.indexOf(`\n${field}:\t`) + field.length + 3;
	return status.slice(at, at + 16);
}

let facts: Host | undefined;

/**
 * The facts a plan depends on: platform, kernel, ids and privilege of this process, limits of its caller. Asked once;
 * what few plans need (`landlock`, `resolv`, `controlGroups`, `ids`) is asked when it is read, and is not among what is copied with `...`.
 *
 * @example
 * ```ts
 * import { hostFacts } from "nskit";
 * console.log(hostFacts().kernelRelease);
 * ```
 */
export function hostFacts(): Host {
	facts ??= withLooks(gatherFacts());
	return facts;
}

/** What looks have answered, by what was asked, as JSON can tell it; `null` where there is nothing. */
export type Answers = Record<string, unknown>;

const answers: Answers = {};

/** What was looked at until now, for who has to come to the same plan again. */
export const lookedAt = (): Answers => answers;

/**
 * These facts with what is looked at only when somebody asks: Landlock and what is told of ids once, the control groups and
 * resolv.conf each time anew. What `known` answers already is not looked at.
 */
export function withLooks(host: Host, known: Answers = {}): Host {
	if (host.platform !== "linux") return host;
	const anew: Ask = (question, look) => {
		const key = JSON.stringify(question);
		answers[key] = (key in known ? known[key] : look()) ?? null;
		return (answers[key] ?? undefined) as ReturnType<typeof look>;
	};
	const once: Ask = (question, look) => {
		const before = answers[JSON.stringify(question)];
		return before === undefined ? anew(question, look) : ((before ?? undefined) as ReturnType<typeof look>);
	};
	Object.defineProperty(host, "landlock", { get: () => once(["landlock"], landlockAbi) });
	Object.defineProperty(host, "resolv", { get: () => anew(["resolv"], () => textOf("/etc/resolv.conf")) });
	Object.defineProperty(host, "ids", { get: () => idsOf(once) });
	return Object.defineProperty(host, "controlGroups", {
		value: (...of: Parameters<typeof controlGroups>) => anew(["controlGroups", ...of], () => controlGroups(...of)),
	});
}

function controlGroups(parent?: string, controllers?: readonly string[]): ControlGroups {
	const { lookAtControlGroups } = require("./cgroup-files/look.ts") as typeof import("./cgroup-files/look.ts");
	return lookAtControlGroups(parent, controllers);
}

function idsOf(ask: Ask): IdSight {
	const { remembered } = require("./ids/remember.ts") as typeof import("./ids/remember.ts");
	const { idSight } = require("./id-files/sight.ts") as typeof import("./id-files/sight.ts");
	return remembered(idSight, ask);
}

const landlockAbi = (): number =>
	systemCall("landlock_create_ruleset", 0, 0, constants.LANDLOCK_CREATE_RULESET_VERSION);

function gatherFacts(): Host {
	const { platform } = process;
	const arch = process.arch as Host["arch"];
	const ids = { pid: process.pid, parent: process.ppid, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
	// Elsewhere there is nothing to ask, and the plan says so.
	if (platform !== "linux") return { platform, arch, ...ids, kernel: 0, kernelRelease: "unknown", privileged: false };
	// Without /proc nobody tells the capabilities: root is then taken at its word, and the kernel has the last one.
	const status = textOf("/proc/self/status");
	const release = kernelRelease();
	const [major = "", minor = ""] = release.split(".");
	return {
		platform,
		arch,
		...ids,
		kernel: 100 * Number.parseInt(major, 10) + Number.parseInt(minor, 10),
		kernelRelease: release,
		privileged: status === undefined ? ids.uid === 0 : hasBit(statusMask(status, "CapEff"), constants.CAP_SYS_ADMIN),
		...(status !== undefined && { capabilities: callersCapabilities(status) }),
		openFiles: callersOpenFiles(),
		path: process.env.PATH,
	};
}

function callersCapabilities(status: string): HostCapabilities {
	return {
		last: lastCapability(),
		effective: statusMask(status, "CapEff"),
		permitted: statusMask(status, "CapPrm"),
		inheritable: statusMask(status, "CapInh"),
		bounding: statusMask(status, "CapBnd"),
		ambient: statusMask(status, "CapAmb"),
		secureBits: Math.max(systemCall("prctl", constants.PR_GET_SECUREBITS), 0),
	};
}

/** The highest capability that the kernel knows: begins at the last with a name, which most kernels have and none above. */
function lastCapability(): number {
	const known = (number: number) => systemCall("prctl", constants.PR_CAPBSET_READ, number);
	let last = lastNamed;
	while (last < 63 && known(last + 1) >= 0) last++;
	while (last > 0 && known(last) === -errnoNumber("EINVAL")) last--;
	return last;
}

/** The caller's limit, which Bun has raised for itself; nothing where it is the same or the caller belongs to somebody else. */
function callersOpenFiles(): Host["openFiles"] {
	try {
		const own = openFilesLimit(0);
		const { soft } = openFilesLimit(process.ppid);
		return soft === own.soft ? undefined : { soft: lowerLimit(soft, own.hard), hard: own.hard };
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}

/** The lower of two limits; -1 is none. */
function lowerLimit(a: number, b: number): number {
	return a === -1 || (b !== -1 && b < a) ? b : a;
}

/**
 * The working directory, also where its name is not UTF-8, which `process.cwd()` does not keep; `/` where it has been
 * removed meanwhile.
 */
export function currentDirectory(): string {
	try {
		const path = process.cwd();
		return path.includes("\ufffd") ? fromBytes(readLink("/proc/self/cwd")) : path;
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT") return "/";
		throw error;
	}
}

/** Signals that Bun ignores for itself; every other ignored one was the caller's wish. */
const ignoredByBun = [13, 25];

/** How signals are set in this process, for children that start with its memory. */
export function signalState(): { mask: number[]; ignored: number[] } {
	const mask = statusMask(textOf("/proc/self/status") ?? "", "SigIgn");
	const ignored = Array.from({ length: 64 }, (_, i) => i + 1).filter((signal) => hasBit(mask, signal - 1));
	return { mask: Array.from(signalMask()), ignored: ignored.filter((signal) => !ignoredByBun.includes(signal)) };
}
