/** The options that say what is mounted where. */
import type { MountFlags, MountRule, Ownership } from "../src/mounts/rules.ts";
import type { ProcOptions } from "../src/namespaces/mount.ts";
import type { Reader } from "./reader.ts";
import { Words } from "./words.ts";

type ReadRule = (words: Words, reader: Reader) => MountRule;

/** What each option makes of its value. */
const rules: Readonly<Record<string, ReadRule>> = {
	bind: (words, reader) => bind(words, reader, {}),
	"ro-bind": (words, reader) => bind(words, reader, { readOnly: true }),
	"bind-try": (words, reader) => bind(words, reader, { optional: true }),
	"ro-bind-try": (words, reader) => bind(words, reader, { readOnly: true, optional: true }),
	"bind-fd": (words) => bindDescriptor(words, {}),
	"ro-bind-fd": (words) => bindDescriptor(words, { readOnly: true }),
	"idmap-bind": (words, reader) => bind(words, reader, { idmap: true }),
	tmpfs: (words) => {
		const target = words.path();
		return { type: "tmpfs", target, size: words.value("size"), mode: words.octal("mode"), ...flags(words) };
	},
	overlay,
	dev: (words) => ({ type: "dev", target: words.path("/dev") }),
	mqueue: (words) => ({ type: "mqueue", target: words.path("/dev/mqueue") }),
	sys: (words) => ({ type: "sys", target: words.path("/sys") }),
	symlink: (words) => ({ type: "symlink", to: words.path(), target: words.path() }),
	dir: (words) => ({ type: "directory", target: words.path(), ...ownership(words) }),
	file: (words, reader) => {
		const source = reader.resolve(words.path());
		const target = words.target() ?? withoutDots(source);
		const readOnly = words.has("ro") || undefined;
		return { type: "file", content: { file: source }, target, readOnly, ...ownership(words) };
	},
	accounts: (words) => {
		const name = words.path();
		const [home, shell] = [words.value("home"), words.value("shell")];
		return { type: "accounts", target: "/etc", ...(name !== "" && { name }), home, shell };
	},
	mask: (words) => ({ type: "mask", target: words.path() }),
	"mask-try": (words) => ({ type: "mask", target: words.path(), optional: true }),
	"readonly-path": (words) => ({ type: "read-only", target: words.path() }),
	"readonly-path-try": (words) => ({ type: "read-only", target: words.path(), optional: true }),
	"remount-ro": (words) => ({ type: "remount", target: words.path() }),
};

/** The rules, in the order they were given. */
export function mountRules(reader: Reader): MountRule[] {
	const made: MountRule[] = [];
	for (const { name, value } of reader.given) {
		const read = Object.hasOwn(rules, name) ? rules[name] : undefined;
		if (!read) continue;
		const words = new Words(`--${name}`, value === true ? "" : String(value));
		made.push(read(words, reader));
		words.finish(reader);
	}
	return made;
}

/** `--proc[=OPTIONS]`, `--no-proc`, `--mount-proc`. */
export function procOption(reader: Reader): boolean | ProcOptions | undefined {
	const value = reader.given.findLast(({ name }) => name === "proc")?.value;
	if (typeof value !== "string") return value ?? (reader.flag("mount-proc") || undefined);
	const words = new Words("--proc", `/proc:${value}`);
	words.path();
	const hidePid = words.choice("hidepid", ["off", "noaccess", "invisible", "ptraceable"]);
	const subset = words.choice("subset", ["pid"]);
	words.finish(reader);
	return { hidePid, subset };
}

function bind(
	words: Words,
	reader: Reader,
	more: { readOnly?: boolean; optional?: boolean; idmap?: boolean },
): MountRule {
	const source = reader.resolve(words.path());
	const target = words.target() ?? withoutDots(source);
	const idmap = more.idmap || words.has("idmap") || undefined;
	return { type: "bind", source, target, ...flags(words, more.readOnly), optional: more.optional, idmap };
}

function bindDescriptor(words: Words, more: { readOnly?: boolean }): MountRule {
	const fd = words.number(words.path());
	return { type: "bind", source: { fd }, target: words.path(), ...flags(words, more.readOnly) };
}

function overlay(words: Words, reader: Reader): MountRule {
	const source = reader.resolve(words.path());
	const target = words.target() ?? withoutDots(source);
	const lower = [source];
	for (const path of words.values("lower")) lower.push(reader.resolve(path));
	const keep = words.value("keep");
	const isReadOnly = words.has("ro");
	if (keep !== undefined && isReadOnly) words.wrong("ro and keep= contradict each other");
	const writes = keep !== undefined ? { keep: reader.resolve(keep) } : isReadOnly ? "nowhere" : "memory";
	return { type: "overlay", lower, target, writes };
}

/** `/a/c` for `/a/b/../c`: the working directory's name has no links in it. */
function withoutDots(path: string): string {
	if (!path.includes("..")) return path;
	const parts: string[] = [];
	for (const part of path.split("/")) {
		if (part === "..") parts.pop();
		else parts.push(part);
	}
	return parts.join("/") || "/";
}

/** What an option does not say is left out, so that plans of the same words are the same. */
function flags(words: Words, readOnly = false): MountFlags {
	const said: { -readonly [Name in keyof MountFlags]: boolean } = {};
	if (words.has("ro") || readOnly) said.readOnly = true;
	if (words.has("nosuid")) said.noSuid = true;
	if (words.has("nodev")) said.noDev = true;
	if (words.has("noexec")) said.noExec = true;
	if (words.has("nosymfollow")) said.noSymlinks = true;
	return said;
}

function ownership(words: Words): Ownership {
	return { mode: words.octal("mode"), uid: words.id("uid"), gid: words.id("gid") };
}
