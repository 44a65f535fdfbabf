/** What sandbox-runtime lets be read and written becomes rules for the file tree. */
import type { MountRule } from "../../mounts/rules.ts";
import type { Members } from "./members.ts";
import { type Import, isWithin } from "./types.ts";

/** What nobody may write to although the directory around it may be written: what programs execute or believe. */
const protectedNames = [
	...[".gitconfig", ".gitmodules", ".bashrc", ".bash_profile", ".zshrc", ".zprofile", ".profile", ".ripgreprc"],
	...[".mcp.json", ".vscode", ".idea", ".claude/commands", ".claude/agents", ".git/hooks"],
];

/**
 * First everything is read-only; then what may be written is bound anew, what may not be read is hidden, what may be read
 * or written below that is shown again, and at last what may not be written is taken back.
 */
export function sandboxRuntimeMount(filesystem: Members, settings: Members, made: Import): MountRule[] {
	const disabled = filesystem.flag("disabled") ?? false;
	const read = (name: string) => pathsOf(filesystem, name, !disabled && name !== "allowRead", made);
	const [denyRead, allowRead] = [read("denyRead"), read("allowRead")];
	const [allowWrite, denyWrite] = [read("allowWrite"), read("denyWrite")];
	const allowGitConfig = filesystem.flag("allowGitConfig") ?? false;
	const credentials = credentialFiles(settings.members("credentials"), made);
	if (disabled) return [...credentials.map(hide), dev];

	const rules: MountRule[] = [{ type: "read-only", target: "/" }];
	const writable = allowWrite.filter((path) => !isWithin(path, "/dev"));
	for (const path of writable) {
		if (path === "/")
			made.lacks("filesystem.allowWrite: /", "not the root as a whole: name the directories to write to");
		else rules.push(show(path, false));
	}
	const shown = [
		...writable.map((path) => ({ path, readOnly: false })),
		...allowRead.map((path) => ({ path, readOnly: !writable.some((above) => isWithin(path, above)) })),
	];
	const hidden = [...denyRead, ...credentials];
	for (const path of hidden.filter((one) => !allowRead.some((above) => isWithin(one, above)))) {
		const below = shown.filter((one) => one.path !== path && isWithin(one.path, path));
		if (path === "/") made.problem("filesystem.denyRead: / hides everything", "name the directories to hide");
		else if (below.length === 0) rules.push(hide(path));
		else {
			rules.push({ type: "tmpfs", target: path, mode: 0o755, noSuid: true, noDev: true });
			for (const one of below) rules.push(show(one.path, one.readOnly));
		}
	}
	for (const path of hidden.filter((one) => allowRead.some((above) => isWithin(one, above)))) {
		made.lacks(`filesystem.allowRead around ${path}`, "what is denied within what is allowed stays hidden here");
		rules.push(hide(path));
	}
	for (const path of [...denyWrite, ...protectedPaths(writable, allowGitConfig, made)]) {
		if (isWithin(path, "/dev") || !writable.some((above) => isWithin(path, above))) continue;
		rules.push({ type: "read-only", target: path, optional: true });
	}
	return [...rules, dev];
}

const dev: MountRule = { type: "dev", target: "/dev" };
const hide = (target: string): MountRule => ({ type: "mask", target, optional: true });
const show = (path: string, readOnly: boolean): MountRule => ({
	type: "bind",
	source: path,
	target: path,
	noSuid: true,
	noDev: true,
	optional: true,
	...(readOnly && { readOnly }),
});

/** Those directly in the working directory and in what may be written. */
function protectedPaths(writable: readonly string[], allowGitConfig: boolean, made: Import): string[] {
	const names = allowGitConfig ? protectedNames : [...protectedNames, ".git/config"];
	const folders = new Set([made.around.cwd, ...writable]);
	made.lacks(
		"protected files",
		"sandbox-runtime searches for .git/hooks, .bashrc and the like some directories deep, and keeps missing ones from being made: here those that are directly in the working directory or in an allowed one are read-only",
	);
	const paths: string[] = [];
	for (const folder of folders) for (const name of names) paths.push(`${folder === "/" ? "" : folder}/${name}`);
	return paths;
}

function pathsOf(filesystem: Members, name: string, isNeeded: boolean, made: Import): string[] {
	const given = filesystem.texts(name);
	if (isNeeded && !filesystem.has(name)) made.problem(`filesystem.${name} is missing`);
	const paths: string[] = [];
	for (const path of given ?? []) {
		const found = pathOf(path, `filesystem.${name}`, made);
		if (found !== undefined) paths.push(found);
	}
	return paths;
}

/** Absolute, without dots and without a slash at the end. */
function pathOf(text: string, where: string, made: Import): string | undefined {
	if (text === "") return made.problem(`${where} has an empty path`);
	const plain = text.replace(/\/\*\*$/, "");
	if (/[*?[\]]/.test(plain)) {
		const danger = where.includes("deny") || where.includes("credentials") ? "it is not denied" : "it is not allowed";
		return made.lacks(`${where}: ${text}`, `patterns are not followed: name each path; until then ${danger}`);
	}
	const home = made.around.env.get("HOME");
	const isHome = plain === "~" || plain.startsWith("~/");
	if (isHome && (home === undefined || !home.startsWith("/"))) {
		return made.problem(`${where}: ${text} needs the variable HOME`, "write the path");
	}
	const parts: string[] = [];
	for (const part of made.resolve(isHome ? `${home}${plain.slice(1)}` : plain).split("/")) {
		if (part === "..") parts.pop();
		else if (part !== "" && part !== ".") parts.push(part);
	}
	return `/${parts.join("/")}`;
}

function credentialFiles(credentials: Members | undefined, made: Import): string[] {
	const paths: string[] = [];
	for (const one of credentials?.list("files") ?? []) {
		const path = pathOf(one.text("path") ?? "", "credentials.files", made);
		if (path !== undefined) paths.push(path);
		if (one.text("mode") === "mask") masked(one, "file", made);
		else if (one.text("mode") !== "deny") made.problem(`${one.path}mode is none of deny, mask`);
	}
	return paths;
}

/** Says that something is hidden, and not shown in another form. */
export function masked(one: Members, what: string, made: Import): void {
	made.lacks(
		`${one.path}mode: mask`,
		`no proxy puts the real value into requests: the ${what} is not there at all, and of no use inside`,
	);
}
