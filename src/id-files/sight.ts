/** What this machine tells of users, groups and their subordinate ids: from files, and from programs that ask elsewhere. */
import type { Stats } from "node:fs";
import { fromBytes, toBytes } from "../bytes.ts";
import { textUpTo } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import {
	accountOfNumber,
	getsubidsLines,
	isOwner,
	mapSpans,
	numberOfName,
	subidLines,
	subidsElsewhere,
} from "../ids/lines.ts";
import { type IdKind, type IdSight, type MapProgram, type OwnSpans, wordsOf } from "../ids/types.ts";

/** This machine. Nothing is kept: see `remembered`. */
export const idSight: IdSight = { idOf, accountOf, subids, known, program };

/** More than any such file has: a million lines. */
const mostBytes = 64 * 1024 * 1024;

const textOf = (path: string): string | undefined => textUpTo(path, mostBytes);

function idOf(kind: IdKind, name: string): number | undefined {
	const [path, database] = kind === "user" ? (["/etc/passwd", "passwd"] as const) : (["/etc/group", "group"] as const);
	return numberOfName(textOf(path) ?? "", name) ?? numberOfName(getent(database, name), name);
}

function accountOf(uid: number): ReturnType<IdSight["accountOf"]> {
	return accountOfNumber(textOf("/etc/passwd") ?? "", uid) ?? accountOfNumber(getent("passwd", String(uid)), uid);
}

/** A line of a database that is kept elsewhere than in files. getent(1) */
const getent = (database: string, key: string): string => (isPlain(key) ? outputOf("getent", [database, key]) : "");

/** Nothing that a program would take for an option, and nothing that is more than one word of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no name has.
const isPlain = (name: string): boolean => /^[^\s:,\-\x00-\x1f\x7f][^\s:,\x00-\x1f\x7f]{0,255}$/.test(name);

function subids(kind: IdKind, { name, uid }: Parameters<IdSight["subids"]>[1]): OwnSpans {
	const { file } = wordsOf[kind];
	const asks = name !== undefined && isPlain(name);
	const elsewhere = subidsElsewhere(textOf("/etc/nsswitch.conf") ?? "");
	const asked = elsewhere && asks ? fromProgram(kind, name) : undefined;
	if (asked && asked.spans.length > 0) return asked;
	const { lines, wrong } = subidLines(textOf(file) ?? "");
	const spans = lines.filter(({ owner }) => isOwner(owner, name, uid)).map(({ first, count }) => ({ first, count }));
	if (spans.length > 0 || elsewhere || !asks) return { spans, source: file, wrong };
	const found = fromProgram(kind, name);
	return found.spans.length > 0 ? found : { spans, source: file, wrong };
}

/** What getsubids(1) finds, which asks NSS as newuidmap(1) does. */
function fromProgram(kind: IdKind, name: string): OwnSpans {
	const words = kind === "user" ? [name] : ["-g", name];
	return { spans: getsubidsLines(outputOf("getsubids", words)), source: ["getsubids", ...words].join(" "), wrong: [] };
}

/** What a program of the system writes; nothing where it is not installed, fails, or takes too long. */
function outputOf(name: string, words: readonly string[]): string {
	const path = found(name);
	if (path === undefined) return "";
	const { exitCode, stdout } = Bun.spawnSync({
		cmd: [path, ...words],
		env: { PATH: systemFolders.join(":"), LC_ALL: "C" },
		...{ stdin: "ignore", stdout: "pipe", stderr: "ignore", cwd: "/" },
		...{ timeout: 10_000, killSignal: "SIGKILL", maxBuffer: 1024 * 1024 },
	});
	return exitCode === 0 ? fromBytes(stdout) : "";
}

const systemFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** A program by its absolute path: in the caller's PATH, or where systems have theirs. */
function found(name: string): string | undefined {
	const folders = (process.env.PATH ?? "").split(":").filter((folder) => folder.startsWith("/"));
	for (const folder of [...folders, ...systemFolders]) {
		const path = `${folder}/${name}`;
		const file = statOf(path);
		if (file?.isFile() && (file.mode & 0o111) !== 0) return path;
	}
	return undefined;
}

function known(kind: IdKind): ReturnType<IdSight["known"]> {
	const text = textOf(`/proc/self/${wordsOf[kind].map}`);
	return text === undefined ? undefined : mapSpans(text);
}

const setuid = 0o4000;

/** What there is at a path, behind links; nothing where that cannot be seen. node:fs is loaded when it is needed. */
function statOf(path: string): Stats | undefined {
	try {
		return process.getBuiltinModule("node:fs").statSync(path);
	} catch (error) {
		if (error instanceof Error && "code" in error) return undefined;
		throw error;
	}
}

/** Whether a file has capabilities. getxattr(2) */
const isCapable = (path: string): boolean =>
	systemCall("getxattr", toBytes(`${path}\0`), toBytes("security.capability\0"), 0, 0) > 0;

function program(kind: IdKind): MapProgram | undefined {
	const path = found(wordsOf[kind].program);
	if (path === undefined) return undefined;
	const file = statOf(path);
	if (file && !isCapable(path) && ((file.mode & setuid) === 0 || file.uid !== 0))
		return { path, useless: "it has neither a set-user-ID bit of root nor a file capability" };
	if (/^NoNewPrivs:\s*1$/m.test(textOf("/proc/self/status") ?? ""))
		return { path, useless: "this process may not gain privileges (no_new_privs), and so the program has none" };
	return { path };
}
