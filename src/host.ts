/** What plans and hints have to know of the machine, asked of the kernel. */
import { fromBytes } from "./bytes.ts";
import type { ControlGroups } from "./cgroups/types.ts";
import { readLink, textOf } from "./descriptors.ts";
import { kernelRelease, openFilesLimit, SystemError, signalMask, systemCall } from "./ffi.ts";
import type { Look } from "./hints.ts";
import type { IdAnswers } from "./ids/remember.ts";
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
 * what few plans need (`landlock`, `controlGroups`, `ids`) is asked when it is read, and is not among what is copied with `...`.
 *
 * @example
 * ```ts
 * import { hostFacts } from "nskit";
 * console.log(hostFacts().kernelRelease);
 * ```
 */
export function hostFacts(): Host {
	facts ??= withIds(withLooks(gatherFacts()));
	return facts;
}

/**
 * These facts with what is looked at only when somebody asks: the ABI of Landlock, once, and the control groups, each time
 * anew, where `groups` does not say what was seen before.
 */
export function withLooks(host: Host, groups?: ControlGroups): Host {
	if (host.platform !== "linux") return host;
	Object.defineProperty(host, "landlock", { get: landlockAbi });
	return Object.defineProperty(host, "controlGroups", { value: groups ? () => groups : controlGroups });
}

let seen: ControlGroups | undefined;

/** What the last look at the control groups has seen, for who has to come to the same plan again. */
export const seenControlGroups = (): ControlGroups | undefined => seen;

function controlGroups(parent?: string): ControlGroups {
	const { lookAtControlGroups } = require("./cgroup-files/look.ts") as typeof import("./cgroup-files/look.ts");
	seen = lookAtControlGroups(parent);
	return seen;
}

/**
 * These facts with what the machine tells of ids, loaded when somebody asks. From then on it is part of their JSON, as the
 * answers that were given; facts that were read from JSON give those again.
 */
export function withIds(host: Host): Host {
	if (host.platform !== "linux") return host;
	const answers = host.ids as IdAnswers | undefined;
	const show = (value: IdSight): IdSight => {
		Object.defineProperty(host, "ids", { value, enumerable: true });
		return value;
	};
	return Object.defineProperty(host, "ids", {
		configurable: true,
		enumerable: false,
		get: () => show(idsOf(answers)),
	});
}

function idsOf(answers: IdAnswers | undefined): IdSight {
	const { remembered } = require("./ids/remember.ts") as typeof import("./ids/remember.ts");
	const { idSight } = require("./id-files/sight.ts") as typeof import("./id-files/sight.ts");
	return remembered(idSight, answers);
}

let landlock: number | undefined;

function landlockAbi(): number {
	landlock ??= systemCall("landlock_create_ruleset", 0, 0, constants.LANDLOCK_CREATE_RULESET_VERSION);
	return landlock;
}

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
