/** An OCI config.json becomes a profile. */
import type { IdRange } from "../../namespaces/idmap.ts";
import type { UserOptions } from "../../namespaces/user.ts";
import type { LinkOptions } from "../../network/types.ts";
import { Members, readJson, unknown } from "./members.ts";
import { ociMount } from "./oci-mounts.ts";
import { ociPersonality, ociProcess } from "./oci-process.ts";
import { ociResources } from "./oci-resources.ts";
import { ociSeccomp } from "./oci-seccomp.ts";
import { Import, type Imported, type Surroundings } from "./types.ts";

/**
 * The profile of an OCI runtime configuration of Linux, such as `runc spec` writes. Relative paths in it are taken from
 * its own directory, the bundle, which is `cwd` of the surroundings.
 */
export function importOci(source: string, around: Surroundings): Imported {
	const made = new Import(around);
	const config = readJson(source, made);
	const version = config.text("ociVersion");
	if (version === undefined || !/^1\.\d+\.\d+/.test(version)) made.problem("ociVersion is none of 1.x", "write 1.0.0");
	const linux = config.members("linux") ?? new Members({}, "linux.", made);
	const kinds = namespaces(linux, made);
	names(config, kinds, made);
	ids(linux, kinds, made);
	const mount = ociMount(config, linux, kinds.has("pid"), made);
	made.profile.mount = kinds.has("mount") && withUse(kinds.get("mount"), mount);
	if (!kinds.has("mount") || kinds.get("mount") !== undefined) {
		made.lacks("root and mounts", "nothing is mounted but in a new mount namespace: files are those of the one it has");
	}
	ociProcess(config.members("process"), made);
	ociPersonality(linux.members("personality"), made);
	ociSeccomp(linux.members("seccomp"), made);
	ociResources(linux.members("resources"), made);
	interfaces(linux, kinds, made);
	parameters(linux, kinds, made);
	lacking(config, linux);
	for (const members of [config, linux]) {
		for (const name of members.others) made.lacks(`${members.path}${name}`, unknown);
	}
	return made.done();
}

const namespaceNames = {
	mount: "mount",
	pid: "pid",
	network: "net",
	uts: "uts",
	ipc: "ipc",
	user: "user",
	cgroup: "cgroup",
	time: "time",
} as const;

type Kind = (typeof namespaceNames)[keyof typeof namespaceNames];
/** The namespaces, each with the path of one to enter. */
export type Kinds = ReadonlyMap<Kind, string | undefined>;

function namespaces(linux: Members, made: Import): Kinds {
	const kinds = new Map<Kind, string | undefined>();
	for (const one of linux.list("namespaces")) {
		const type = one.text("type") ?? "";
		const kind = Object.hasOwn(namespaceNames, type) ? namespaceNames[type as keyof typeof namespaceNames] : undefined;
		const path = one.text("path");
		if (!kind) made.problem(`${one.path}type: there is no namespace type ${JSON.stringify(type)}`);
		else if (kinds.has(kind)) made.problem(`${one.path}type: ${type} is there twice`);
		else kinds.set(kind, path === "" ? undefined : path);
		if (path !== undefined && path !== "" && !path.startsWith("/")) made.problem(`${one.path}path is not absolute`);
		for (const name of one.others) made.lacks(`${one.path}${name}`, unknown);
	}
	for (const kind of ["pid", "net", "ipc", "cgroup", "time", "uts"] as const) {
		made.profile[kind] = kinds.has(kind) && withUse(kinds.get(kind), kind === "pid" ? { init: false } : {});
	}
	return kinds;
}

/** With a path, the namespace is entered and nothing else of it is said. */
function withUse<T extends object>(path: string | undefined, options: T): T | { join: string } | true {
	if (path !== undefined) return { join: path };
	return Object.keys(options).length === 0 ? true : options;
}

function names(config: Members, kinds: Kinds, made: Import): void {
	const hostname = config.text("hostname");
	const domainname = config.text("domainname");
	if (hostname === undefined && domainname === undefined) return;
	if (!kinds.has("uts") || kinds.get("uts") !== undefined) {
		made.lacks("hostname and domainname", "names are set in a new UTS namespace only: others use one that is entered");
	} else {
		made.profile.uts = { ...(hostname && { hostname }), ...(domainname && { domainname }) };
	}
}

function ids(linux: Members, kinds: Kinds, made: Import): void {
	const ranges = (name: string): IdRange[] =>
		linux.list(name).map((one) => ({
			inside: one.number("containerID") ?? 0,
			outside: one.number("hostID") ?? 0,
			size: one.number("size") ?? 0,
		}));
	const uids = ranges("uidMappings");
	const gids = ranges("gidMappings");
	if (!kinds.has("user")) {
		made.profile.user = false;
		if (uids.length + gids.length > 0) made.problem("ids are mapped, and there is no user namespace");
	} else
		made.profile.user = withUse(
			kinds.get("user"),
			uids.length + gids.length > 0 ? { uids, gids } : ({ map: "none" } as UserOptions),
		);
}

/** Interfaces of the caller's that are moved inside, by their names outside. */
function interfaces(linux: Members, kinds: Kinds, made: Import): void {
	const devices = linux.members("netDevices");
	if (!devices) return;
	const isNew = kinds.has("net") && kinds.get("net") === undefined;
	const links: LinkOptions[] = [];
	for (const host of devices.others) {
		const one = devices.members(host);
		const name = one?.text("name");
		if (isNew) links.push({ kind: "move", host, ...(name && { name }) });
		else made.lacks(`${devices.path}${host}`, "interfaces are moved into a new network namespace only");
		for (const other of one?.others ?? []) made.lacks(`${one?.path}${other}`, unknown);
	}
	if (links.length > 0) made.profile.net = { links };
}

function parameters(linux: Members, kinds: Kinds, made: Import): void {
	const sysctl = linux.textsByName("sysctl");
	if (sysctl && sysctl.size > 0) made.profile.sysctl = Object.fromEntries(sysctl);
	const offsets = linux.members("timeOffsets");
	if (!offsets) return;
	const clocks: { monotonic?: string; boottime?: string } = {};
	for (const name of ["monotonic", "boottime"] as const) {
		const offset = offsets.members(name);
		if (offset) clocks[name] = seconds(offset.number("secs") ?? 0, offset.number("nanosecs") ?? 0);
	}
	for (const name of offsets.others) made.lacks(`${offsets.path}${name}`, unknown);
	if (kinds.has("time") && kinds.get("time") === undefined) made.profile.time = clocks;
	else made.lacks("linux.timeOffsets", "clocks are shifted in a new time namespace only");
}

/** Whole seconds rounded down, and nanoseconds on top of them, as one number of seconds. */
function seconds(whole: number, nanoseconds: number): string {
	const all = BigInt(whole) * 1_000_000_000n + BigInt(nanoseconds);
	const size = all < 0n ? -all : all;
	const fraction = String(size % 1_000_000_000n).padStart(9, "0");
	return `${all < 0n ? "-" : ""}${size / 1_000_000_000n}.${fraction}s`;
}

const otherSystem = "it is about another system than Linux";

/** What no profile says. */
function lacking(config: Members, linux: Members): void {
	const hooks = config.members("hooks");
	for (const name of ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]) {
		hooks?.lacks(name, "ns runs nothing but the command: what the hooks prepare or clean up is not done");
	}
	config.lacks("annotations", "a profile has no annotations");
	for (const name of ["solaris", "windows", "vm", "zos", "freebsd"]) config.lacks(name, otherSystem);
	linux.lacks("devices", "devices are those of a minimal /dev; others of the caller's can be bound by their paths");
	linux.lacks(
		"cgroupsPath",
		"the group is made below the caller's own; resources.parent names another one that is there",
	);
	linux.lacks("mountLabel", "there is no SELinux label: mounts have those they would have anyway");
	linux.lacks("intelRdt", "shares of the cache and of memory bandwidth are not set");
	linux.lacks("memoryPolicy", "the NUMA memory policy is the caller's");
}
