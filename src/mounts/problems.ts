/** What is wrong with rules, as far as that can be said without looking at the machine. */
import type { Context, Problem } from "../plan/types.ts";
import { mostLayers } from "./overlay.ts";
import { isRoot } from "./points.ts";
import type { MountRule } from "./rules.ts";

/** Longest path the kernel takes, with its NUL. */
const longestPath = 4096;

/** All problems of these rules. */
export function ruleProblems(rules: readonly MountRule[], context: Context): Problem[] {
	const problems: Problem[] = [];
	rules.forEach((rule, i) => {
		const paths = pathsOf(rule);
		for (const path of paths) problems.push(...pathProblems(`${rule.type} source`, path));
		// A target that is not said is the source: then that is what is wrong.
		if (rule.target !== "" || !paths.includes("")) problems.push(...targetProblems(rule, i === 0));
		problems.push(...valueProblems(rule), ...contextProblems(rule, context));
		if (rule.type === "accounts") problems.push(...accounts().accountProblems(rule));
	});
	return problems;
}

/** Loaded only where there is such a rule. */
const accounts = () => require("./accounts.ts") as typeof import("./accounts.ts");

/** The paths of the caller's that a rule names. */
function pathsOf(rule: MountRule): string[] {
	if (rule.type === "bind") return typeof rule.source === "string" ? [rule.source] : [];
	if (rule.type === "file") return typeof rule.content === "string" ? [] : [rule.content.file];
	if (rule.type !== "overlay") return [];
	return typeof rule.writes === "object" ? [...rule.lower, rule.writes.keep] : [...rule.lower];
}

/** What makes a text no path. */
export function pathProblems(what: string, path: string): Problem[] {
	if (path === "") return [{ code: "PATH_EMPTY", message: `the ${what} is empty` }];
	if (path.includes("\0")) return [{ code: "PATH_WITH_NUL", message: `the ${what} holds a NUL byte` }];
	if (path.length >= longestPath)
		return [{ code: "PATH_TOO_LONG", message: `the ${what} has ${path.length} bytes, and the kernel takes 4095` }];
	return [];
}

function targetProblems({ type, target }: MountRule, isFirst: boolean): Problem[] {
	const what = `${type} target`;
	const problems = pathProblems(what, target);
	if (target === "") return problems;
	if (!target.startsWith("/")) {
		const hint = "targets are paths inside the new root";
		problems.push({
			code: "TARGET_NOT_ABSOLUTE",
			message: `the ${what} ${target} does not begin with /`,
			hint,
		});
	}
	if (target.split("/").includes("..")) {
		const hint = "name the directory itself";
		problems.push({ code: "TARGET_WITH_DOTS", message: `the ${what} ${target} goes up with ..`, hint });
	}
	if (isRoot(target) && type !== "remount" && !(type === "read-only" && isFirst)) {
		const hint = "the root itself is chosen with --root, and made read-only with --remount-ro /";
		problems.push({ code: "TARGET_IS_ROOT", message: `the ${what} is the root`, hint });
	}
	return problems;
}

const isMode = (mode: number): boolean => Number.isInteger(mode) && mode >= 0 && mode <= 0o7777;
/** The highest id; the one above it means "leave it". */
const lastId = 0xfffffffe;
const isId = (id: number): boolean => Number.isInteger(id) && id >= 0 && id <= lastId;

function valueProblems(rule: MountRule): Problem[] {
	const problems: Problem[] = [];
	const wrong = (code: string, message: string, hint?: string): void => {
		problems.push({ code, message: `${rule.type} ${rule.target}: ${message}`, hint });
	};
	if ("mode" in rule && rule.mode !== undefined && !isMode(rule.mode))
		wrong("MODE_INVALID", "the mode is no number from 0 to 7777, octal");
	for (const name of ["uid", "gid"] as const) {
		const id = name in rule ? (rule as { uid?: number; gid?: number })[name] : undefined;
		if (id !== undefined && !isId(id)) wrong("ID_INVALID", `${id} is no ${name}`);
	}
	if ((rule.type === "tmpfs" || rule.type === "dev") && rule.size !== undefined && !isSize(rule.size))
		wrong("SIZE_INVALID", `${JSON.stringify(rule.size)} is no size`, "write bytes, or such as 64k, 64M, 2G, 10%");
	if (rule.type === "symlink" && (rule.to === "" || rule.to.includes("\0")))
		wrong("LINK_INVALID", "a link says something, and no NUL byte");
	if (rule.type === "overlay" && rule.lower.length === 0)
		wrong("OVERLAY_EMPTY", "no directory is named that it could show");
	if (rule.type === "overlay" && typeof rule.writes === "object" && rule.lower.length > 1)
		wrong("LAYER_OF_SEVERAL", "a layer that is kept is that of one directory", "leave lower= or keep= out");
	if (rule.type === "overlay" && rule.writes === "nowhere" && rule.lower.length === 1)
		wrong("OVERLAY_OF_ONE", "one directory without a place to write to is no overlay", "use --ro-bind");
	if (rule.type === "bind" && typeof rule.source === "object" && !isDescriptor(rule.source.fd))
		wrong("DESCRIPTOR_INVALID", `${rule.source.fd} is no descriptor`);
	return problems;
}

/** As tmpfs(5) takes sizes, and more than nothing, which it takes for no limit. */
function isSize(size: number | string): boolean {
	const text = String(size);
	return /^\d{1,19}[kKmMgGtT%]?$/.test(text) && !/^0+\D?$/.test(text);
}

const isDescriptor = (fd: number): boolean => Number.isInteger(fd) && fd >= 0 && fd <= 0x7fffffff;

function contextProblems(rule: MountRule, { creates, host }: Context): Problem[] {
	if (rule.type === "overlay" && rule.lower.length > mostLayers(host.kernel)) {
		const message = `overlay ${rule.target}: ${rule.lower.length} directories, and this kernel shows ${mostLayers(host.kernel)} at most`;
		return [{ code: "OVERLAY_TOO_MANY", message }];
	}
	if (rule.type !== "bind" || !rule.idmap) return [];
	const problems: Problem[] = [];
	const add = (code: string, message: string, hint: string): void => {
		problems.push({ code, message: `bind ${rule.target}: ${message}`, hint });
	};
	if (!creates.has("user"))
		add("IDMAP_WITHOUT_USER", "the ids of an id-mapped mount are those of a new user namespace", "add --user");
	if (!host.privileged)
		add("IDMAP_UNPRIVILEGED", "mapping a mount's ids takes the privilege over its file system", "run as root");
	return problems;
}
