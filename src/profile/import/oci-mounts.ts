/** The root and the mounts of an OCI configuration. */
import type { MountFlags, MountRule } from "../../mounts/rules.ts";
import type { MountOptions, ProcOptions } from "../../namespaces/mount.ts";
import { type Members, unknown } from "./members.ts";
import { procOptions, tmpfsOptions } from "./mount-data.ts";
import { type Import, inside } from "./types.ts";

/** Options that become flags. An `r` before them says that mounts below have them too, which they always do here. */
const flagNames: Readonly<Record<string, keyof MountFlags>> = {
	ro: "readOnly",
	nosuid: "noSuid",
	nodev: "noDev",
	noexec: "noExec",
	nosymfollow: "noSymlinks",
};

/** Options that say what is so anyway. */
const usual = [
	...["rw", "suid", "dev", "exec", "symfollow", "defaults", "rbind", "rprivate", "private", "relatime", "async"],
	...["rrw", "rsuid", "rdev", "rexec", "rsymfollow", "rrelatime"],
];

const propagations = ["shared", "rshared", "slave", "rslave", "unbindable", "runbindable"];

/** The options of the mount module. */
export function ociMount(config: Members, linux: Members, hasPid: boolean, made: Import): MountOptions {
	const root = config.members("root");
	const path = root?.text("path");
	if (path === undefined || path === "") made.problem("root.path is missing");
	for (const name of root?.others.filter((one) => one !== "readonly") ?? []) made.lacks(`root.${name}`, unknown);
	const rules: MountRule[] = [];
	let proc: boolean | ProcOptions = false;
	for (const one of config.list("mounts")) {
		const found = mountOf(one, hasPid, rules, made);
		if (found !== undefined) proc = found;
	}
	for (const target of linux.texts("maskedPaths") ?? []) rules.push({ type: "mask", target, optional: true });
	for (const target of linux.texts("readonlyPaths") ?? []) rules.push({ type: "read-only", target, optional: true });
	if (root?.flag("readonly")) rules.push({ type: "remount", target: "/" });
	return {
		root: /^\/+$/.test(path ?? "") ? undefined : made.resolve(path ?? ""),
		proc,
		propagation: propagation(linux, made),
		mounts: rules,
	};
}

function propagation(linux: Members, made: Import): MountOptions["propagation"] {
	const text = linux.text("rootfsPropagation")?.replace(/^r/, "");
	if (text === undefined || text === "" || text === "private") return undefined;
	if (text === "slave") return text;
	if (text === "shared") {
		made.lacks(
			"linux.rootfsPropagation: shared",
			"mounts made inside do not appear outside: a new root is never shared",
		);
	} else if (text === "unbindable") {
		made.lacks("linux.rootfsPropagation: unbindable", "mounts are private: inside they can be bound again");
	} else made.problem(`linux.rootfsPropagation ${JSON.stringify(text)} is none of private, shared, slave, unbindable`);
	return undefined;
}

/** Adds the rules of one mount; what it returns is said of `/proc`. */
function mountOf(one: Members, hasPid: boolean, rules: MountRule[], made: Import): boolean | ProcOptions | undefined {
	const destination = one.text("destination") ?? "";
	if (destination === "") made.problem(`${one.path}destination is missing`);
	const target = inside(destination);
	const type = one.text("type") ?? "";
	const source = one.text("source") ?? "";
	const { flags, data } = optionsOf(one.texts("options") ?? [], target, made);
	const isBind =
		type === "bind" || (one.texts("options") ?? []).some((option) => option === "bind" || option === "rbind");
	if (one.has("uidMappings") || one.has("gidMappings")) idMappings(one);
	for (const name of one.others) made.lacks(`${one.path}${name}`, unknown);
	if (isBind) {
		const idmap = data.some((option) => option === "idmap" || option === "ridmap");
		if (source === "") made.problem(`${one.path}source is missing`);
		others(
			data.filter((option) => option !== "idmap" && option !== "ridmap"),
			target,
			made,
		);
		rules.push({ type: "bind", source: made.resolve(source), target, ...flags, ...(idmap && { idmap }) });
		return undefined;
	}
	switch (type) {
		case "proc":
			return procOf(target, hasPid, data, flags, rules, made);
		case "tmpfs":
			if (target === "/dev") devOf(data, rules, made);
			else if (target === "/dev/shm" && rules.some((rule) => rule.type === "dev") && data.length === 0) break;
			else rules.push({ type: "tmpfs", target, ...tmpfsOptions(data, target, made), ...flags });
			break;
		case "devpts":
			if (target !== "/dev/pts" || !rules.some((rule) => rule.type === "dev")) {
				made.lacks(`${one.path}type: devpts at ${target}`, "pseudo-terminals are part of a minimal /dev only");
			} else
				others(
					data.filter((option) => !ofPts.includes(option)),
					target,
					made,
				);
			break;
		case "mqueue":
		case "sysfs":
			rules.push({ type: type === "sysfs" ? "sys" : "mqueue", target });
			if (flags.readOnly) rules.push({ type: "read-only", target });
			others(data, target, made);
			break;
		case "overlay":
			overlayOf(target, data, rules, made);
			break;
		default:
			made.lacks(
				`${one.path}type: ${type} at ${target}`,
				`file systems of type ${type || "none"} are not mounted: what lies below is seen there`,
			);
	}
	return undefined;
}

/** Runtimes put devices and links into a tmpfs at `/dev`; its size is of no use to anybody. */
function devOf(data: readonly string[], rules: MountRule[], made: Import): void {
	rules.push({ type: "dev", target: "/dev" });
	others(
		data.filter((option) => !isSize(option) && !/^mode=0?755$/.test(option)),
		"/dev",
		made,
	);
}

/** What the pseudo-terminals of a minimal `/dev` are mounted with, or nearly. */
const ofPts = ["newinstance", "ptmxmode=0666", "ptmxmode=666", "mode=0620", "mode=620", "gid=5"];

const isSize = (option: string): boolean => option.startsWith("size=");

function idMappings(one: Members): void {
	for (const name of ["uidMappings", "gidMappings"]) {
		one.lacks(name, "a mount's ids are mapped as those of the user namespace are, with idmap, or not at all");
	}
}

function optionsOf(options: readonly string[], target: string, made: Import): { flags: MountFlags; data: string[] } {
	const flags: { -readonly [Name in keyof MountFlags]: boolean } = {};
	const data: string[] = [];
	for (const option of options) {
		const name = flagNames[option] ?? (option.startsWith("r") ? flagNames[option.slice(1)] : undefined);
		if (name) flags[name] = true;
		else if (option === "bind") {
			made.lacks(`bind of ${target}`, "what is bound is shown with the mounts below it: use rbind to say so");
		} else if (propagations.includes(option)) {
			made.lacks(`${option} of ${target}`, "mounts are private: what is mounted later passes neither way");
		} else if (/^r?(?:no|strict)?(?:dir)?atime$|^r?norelatime$|^sync$/.test(option)) {
			made.lacks(`${option} of ${target}`, "when times of access are written is as at the source");
		} else if (!usual.includes(option)) data.push(option);
	}
	return { flags, data };
}

function others(data: readonly string[], target: string, made: Import): void {
	for (const option of data) {
		made.lacks(`${option} of ${target}`, "there is no such option here: the mount is made without it");
	}
}

function procOf(
	target: string,
	hasPid: boolean,
	data: readonly string[],
	flags: MountFlags,
	rules: MountRule[],
	made: Import,
): boolean | ProcOptions | undefined {
	if (!/^\/proc\/*$/.test(target)) {
		made.lacks(`proc at ${target}`, "a new /proc is at /proc only: nothing is mounted there");
		return undefined;
	}
	if (!hasPid) rules.push({ type: "bind", source: "/proc", target: "/proc" });
	if (flags.readOnly) rules.push({ type: "read-only", target: "/proc" });
	const options = procOptions(data, target, made);
	if (!hasPid) return false;
	return Object.keys(options).length === 0 ? true : options;
}

function overlayOf(target: string, data: readonly string[], rules: MountRule[], made: Import): void {
	const value = (name: string) => data.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
	const lower = (value("lowerdir") ?? "").split(":").filter((path) => path !== "");
	const upper = value("upperdir");
	if (upper !== undefined) {
		made.lacks(
			`upperdir=${upper} of ${target}`,
			"a layer that is kept has a form of its own here: writes go to memory and are gone at the end",
		);
		lower.unshift(upper);
	}
	others(
		data.filter((option) => !/^(?:lowerdir|upperdir|workdir)=/.test(option)),
		target,
		made,
	);
	const sources = lower.map((path) => made.resolve(path));
	const [only] = sources;
	if (upper === undefined && sources.length === 1 && only !== undefined) {
		rules.push({ type: "bind", source: only, target, readOnly: true });
	} else rules.push({ type: "overlay", lower: sources, target, writes: upper === undefined ? "nowhere" : "memory" });
}
