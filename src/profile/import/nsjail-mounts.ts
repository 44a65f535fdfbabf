/** What nsjail mounts becomes rules for the file tree. */
import type { MountFlags, MountRule } from "../../mounts/rules.ts";
import type { MountOptions, ProcOptions } from "../../namespaces/mount.ts";
import { procOptions, tmpfsOptions } from "./mount-data.ts";
import type { ProtoMessage } from "./proto.ts";
import { type Import, inside } from "./types.ts";

interface Mounts {
	root: MountOptions["root"];
	proc: boolean | ProcOptions;
	rules: MountRule[];
}

/** nsjail's root and its scratch directory are of this size. */
const rootSize = 16 * 1024 * 1024;

/**
 * The options of the mount module. Without a mount at `/` the root is a small file system in memory, read-only in the end;
 * a directory that is bound there read-only is so with everything below it, which is more than nsjail does.
 */
export function nsjailMount(config: ProtoMessage, made: Import): MountOptions {
	const mounts: Mounts = { root: { type: "tmpfs", size: rootSize }, proc: false, rules: [] };
	for (const one of config.messages("mount")) addMount(one, config, mounts, made);
	if (config.flag("mount_proc")) addProc(mounts, config, { readOnly: true }, {});
	const isEmpty = typeof mounts.root === "object";
	return {
		root: mounts.root,
		proc: mounts.proc,
		mounts: isEmpty ? [...mounts.rules, { type: "remount", target: "/" }] : mounts.rules,
	};
}

function addMount(one: ProtoMessage, config: ProtoMessage, mounts: Mounts, made: Import): void {
	if (!one.has("dst")) made.problem("a mount has no dst");
	const source = `${prefix(one, "prefix_src_env", made)}${one.text("src")}`;
	const target = inside(`${prefix(one, "prefix_dst_env", made)}${one.text("dst")}`);
	const flags: MountFlags = {
		...(!one.flag("rw") && { readOnly: true }),
		...(one.flag("nosuid") && { noSuid: true }),
		...(one.flag("nodev") && { noDev: true }),
		...(one.flag("noexec") && { noExec: true }),
	};
	const optional = one.flag("mandatory", true) ? {} : { optional: true };
	const isFile = one.text("src_content") !== "";
	const type = one.text("fstype");
	const isBind = one.flag("is_bind") && !isFile && !one.flag("is_symlink");
	if (!one.flag("mandatory", true) && !isBind) {
		made.lacks(`mandatory: false of ${target}`, "only what is bound may be left out: otherwise nothing is run");
	}
	if (/^\/+$/.test(target)) newRoot(one, source, mounts, made);
	else if (one.flag("is_symlink")) mounts.rules.push({ type: "symlink", to: source, target });
	else if (isFile) mounts.rules.push(fileRule(one.text("src_content"), target, flags));
	else if (isBind) {
		if (one.text("options") !== "") made.lacks(`options of ${target}`, "what is bound keeps the options it has");
		mounts.rules.push({ type: "bind", source: made.resolve(source), target, ...flags, ...optional });
	} else addNew(type, target, one.text("options"), flags, { config, mounts, made });
}

function prefix(one: ProtoMessage, field: string, made: Import): string {
	const name = one.text(field);
	if (name === "") return "";
	const value = made.around.env.get(name);
	if (value === undefined) made.problem(`${field}: there is no variable ${name}`, "set it, or write the path");
	return value ?? "";
}

/** Where it is made, and not put in the place of another, it is a plain file of a root that becomes read-only. */
const fileRule = (content: string, target: string, { readOnly }: MountFlags): MountRule => ({
	type: "file",
	content,
	target,
	mode: 0o644,
	...(readOnly && { readOnly }),
});

function newRoot(one: ProtoMessage, source: string, mounts: Mounts, made: Import): void {
	for (const rule of mounts.rules) {
		made.lacks(`mount of ${rule.target}`, "a later mount at / hides it, in nsjail too");
	}
	mounts.rules = [];
	if (!one.flag("is_bind")) {
		const { size } = tmpfsOptions(one.text("options").split(","), "/", made);
		if (one.text("fstype") !== "tmpfs") made.problem("what is mounted at / is a directory or a tmpfs");
		mounts.root = { type: "tmpfs", ...(size !== undefined && { size }) };
		if (one.flag("rw")) made.lacks("rw: true of /", "an empty root is read-only once everything is made in it");
		return;
	}
	mounts.root = /^\/+$/.test(source) ? undefined : made.resolve(source);
	if (!one.flag("rw")) mounts.rules.push({ type: "read-only", target: "/" });
}

function addProc(mounts: Mounts, config: ProtoMessage, { readOnly }: MountFlags, options: ProcOptions): void {
	if (config.flag("clone_newpid", true)) mounts.proc = Object.keys(options).length === 0 ? true : options;
	else mounts.rules.push({ type: "bind", source: "/proc", target: "/proc" });
	if (readOnly) mounts.rules.push({ type: "read-only", target: "/proc" });
}

interface Place {
	readonly config: ProtoMessage;
	readonly mounts: Mounts;
	readonly made: Import;
}

/** A new file system of this type. */
function addNew(type: string, target: string, data: string, flags: MountFlags, place: Place): void {
	const { config, mounts, made } = place;
	const options = data.split(",");
	if (type === "tmpfs") {
		mounts.rules.push({ type: "tmpfs", target, ...tmpfsOptions(options, target, made), ...flags });
	} else if (type === "proc" && /^\/+proc\/*$/.test(target)) {
		addProc(mounts, config, flags, procOptions(options, target, made));
	} else if (type === "sysfs" || type === "mqueue") {
		mounts.rules.push({ type: type === "sysfs" ? "sys" : "mqueue", target });
		if (flags.readOnly) mounts.rules.push({ type: "read-only", target });
		if (data !== "") made.lacks(`options of ${target}`, "this file system takes none here");
	} else {
		const name = type === "" ? "a mount without fstype and is_bind" : `file systems of type ${type}`;
		const where = type === "proc" ? "a new /proc is at /proc only" : `${name} cannot be mounted`;
		made.lacks(`mount of ${target}`, `${where}: what lies below is seen there`);
	}
}
