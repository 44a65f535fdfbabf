import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Fragment, Problem, Step } from "../plan/types.ts";
import { type NamespaceOptions, needsNamespace, use } from "./use.ts";

/** Part of another directory tree, or one file, shown at `target`. */
export interface BindMount {
	readonly type: "bind";
	/** Absolute, or relative to the working directory. */
	readonly source: string;
	/** Absolute, inside the new root; must exist and be a directory if the source is one. */
	readonly target: string;
	/**
	 * Nothing below it can be written to, mounts within it included. Who has CAP_SYS_ADMIN inside, as root of a new user
	 * namespace has, can mount it anew and change that.
	 * @default false
	 */
	readonly readOnly?: boolean;
}

/** An empty file system in memory at `target`. */
export interface TmpfsMount {
	readonly type: "tmpfs";
	/** Absolute, inside the new root; must exist. */
	readonly target: string;
}

export type MountRule = BindMount | TmpfsMount;

export interface MountOptions extends NamespaceOptions {
	/** The directory that becomes `/`, by pivot_root(2); the old root is gone then. */
	readonly root?: string;
	/**
	 * A fresh `/proc` that shows the new PID namespace.
	 * @default true when a PID namespace is made
	 */
	readonly proc?: boolean;
	/**
	 * Whether mounts made later pass between the caller and the namespace: `"private"` no, `"slave"` from the caller only,
	 * `"shared"` both ways, `"unchanged"` as the caller's mounts are.
	 * @default "private"
	 */
	readonly propagation?: "private" | "slave" | "shared" | "unchanged";
	/** Applied in this order. Sources are opened before the first mount is made, so that no rule hides another's source. */
	readonly mounts?: readonly MountRule[];
}

/**
 * A mount namespace: what is mounted where, and what `/` is. Every target is resolved inside the new root, by
 * descriptor, so that no symbolic link leads out of it. mount_namespaces(7).
 *
 * @example
 * ```ts
 * import { mount, sandbox } from "nskit";
 * const box = sandbox(mount({ mounts: [{ type: "tmpfs", target: "/tmp" }] }));
 * box.spawnSync(["ls", "/tmp"]); // empty
 * ```
 */
export function mount(options: MountOptions = {}): Fragment {
	return {
		module: "mount",
		...use("mount", options),
		changesFiles: options.join !== undefined || isRooted(options) || (options.mounts ?? []).length > 0,
		problems: (context) => mountProblems(options, context),
		steps: (context) => (context.creates.has("mount") ? mountSteps(options, context) : []),
	};
}

const isRooted = ({ root }: MountOptions): boolean => root !== undefined && !/^\/+$/.test(root);

function mountSteps(options: MountOptions, context: Context): Step[] {
	const { root, mounts = [], propagation = "private" } = options;
	const rooted = isRooted(options);
	const proc = options.proc ?? context.creates.has("pid");
	const steps: Step[] = [];
	const add = (phase: Step["phase"], does: string, why: string, man: string, calls: Call[]): void => {
		steps.push(step({ phase, module: "mount", does, why, man, calls }));
	};

	if (propagation !== "unchanged") {
		const flag = `MS_${propagation.toUpperCase()}`;
		add("sources", `make every mount ${propagation}`, propagationReasons[propagation], "mount(2)", [
			call("mount", [null, "/", null, flags(`MS_REC|${flag}`), null]),
		]);
	}
	mounts.forEach((rule, i) => {
		if (rule.type !== "bind") return;
		add("sources", `open ${rule.source}`, "taken as it is now, whatever is mounted over it later", "open_tree(2)", [
			call("open_tree", [flags("AT_FDCWD"), rule.source, flags(cloneTree)], { result: `source.${i}` }),
			...(rule.readOnly ? [readOnly(`source.${i}`)] : []),
		]);
	});
	if (rooted && root !== undefined) {
		add(
			"sources",
			`open the new root ${root}`,
			"a copy of its mounts, which can be attached as a mount",
			"open_tree(2)",
			[
				call("openat", [flags("AT_FDCWD"), root, flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "place" }),
				call("open_tree", [ref("place"), "", flags(`AT_EMPTY_PATH|${cloneTree}`)], { result: "root" }),
			],
		);
		add("tree", "attach the new root", "pivot_root wants a mount", "move_mount(2)", [
			attach("root", "place"),
			call("close", [ref("place")]),
		]);
	} else if (mounts.length > 0) {
		add("tree", "open the root", "targets are resolved from here", "open(2)", [
			call("openat", [flags("AT_FDCWD"), "/", flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "root" }),
		]);
	}
	if (proc) {
		const why = "the old one shows the processes of the PID namespace outside";
		add("tree", "mount a new /proc", why, "proc(5)", rooted ? mountProcAt() : [mountProc]);
	}
	mounts.forEach((rule, i) => {
		const { does, why, make } = ruleSteps(rule, i);
		add("mounts", does, why, "move_mount(2)", [
			openTarget(rule.target, "O_PATH|O_CLOEXEC", "RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS"),
			...make,
			attach(`source.${i}`, "target"),
			call("close", [ref("target")]),
			call("close", [ref(`source.${i}`)]),
		]);
	});
	if (rooted) {
		add(
			"root",
			"make it the root, and let the old root go",
			"unlike chroot, nothing of the old tree remains",
			"pivot_root(2)",
			[
				call("fchdir", [ref("root")]),
				call("pivot_root", [".", "."]),
				call("umount2", [".", flags("MNT_DETACH")]),
				call("chdir", ["/"]),
			],
		);
	}
	return steps;
}

const propagationReasons = {
	private: "mounts made inside must not appear outside, nor the other way round",
	slave: "mounts made inside must not appear outside; those made outside are wanted inside",
	shared: "mounts are wanted on both sides",
} as const;

function ruleSteps(rule: MountRule, i: number): { does: string; why: string; make: Call[] } {
	if (rule.type === "tmpfs") {
		const does = `mount an empty file system at ${rule.target}`;
		return {
			does,
			why: "what lies there is hidden, and what is written is gone at the end",
			make: newTmpfs(`source.${i}`),
		};
	}
	const how = rule.readOnly ? "read-only " : "";
	return { does: `bind ${rule.source} ${how}at ${rule.target}`, why: "it was opened above", make: [] };
}

const cloneTree = "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE";

const readOnly = (tree: string): Call =>
	call("mount_setattr", [
		ref(tree),
		"",
		flags("AT_EMPTY_PATH|AT_RECURSIVE"),
		{ struct: { attr_set: { flags: "MOUNT_ATTR_RDONLY" }, attr_clr: 0, propagation: 0, userns_fd: 0 } },
		32,
	]);

const attach = (tree: string, target: string): Call =>
	call("move_mount", [ref(tree), "", ref(target), "", flags("MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH")]);

const openTarget = (target: string, open: string, resolve: string): Call =>
	call(
		"openat2",
		[ref("root"), target, { struct: { flags: { flags: open }, mode: 0, resolve: { flags: resolve } } }, 24],
		{
			result: "target",
		},
	);

const procFlags = "MS_NOSUID|MS_NODEV|MS_NOEXEC";
const mountProc = call("mount", ["proc", "/proc", "proc", flags(procFlags), null]);

function newMount(type: string, result: string, attributes: string): Call[] {
	return [
		call("fsopen", [type, flags("FSOPEN_CLOEXEC")], { result: "fs" }),
		call("fsconfig", [ref("fs"), flags("FSCONFIG_SET_STRING"), "source", type, 0]),
		call("fsconfig", [ref("fs"), flags("FSCONFIG_CMD_CREATE"), null, null, 0]),
		call("fsmount", [ref("fs"), flags("FSMOUNT_CLOEXEC"), flags(attributes)], { result }),
		call("close", [ref("fs")]),
	];
}

const newTmpfs = (result: string): Call[] => newMount("tmpfs", result, "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV");

/** In a root that others may have filled, `/proc` must be a directory of that root and no link. */
const mountProcAt = (): Call[] => [
	openTarget("proc", "O_PATH|O_DIRECTORY|O_CLOEXEC", "RESOLVE_IN_ROOT|RESOLVE_NO_SYMLINKS"),
	...newMount("proc", "proc", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC"),
	attach("proc", "target"),
	call("close", [ref("target")]),
	call("close", [ref("proc")]),
];

function mountProblems(options: MountOptions, context: Context): Problem[] {
	const given = (["root", "proc", "propagation", "mounts"] as const).filter(
		(name) => options[name] !== undefined && !(name === "proc" && options.proc === false),
	);
	const problems = needsNamespace("mount", context, "MOUNTS_WITHOUT_MOUNT", given);
	if (problems.length === 0 && given.length > 0 && context.joins.has("mount")) {
		problems.push({
			code: "MOUNTS_IN_JOINED_MOUNT",
			message: `${given.join(" and ")} would change the joined mount namespace for everybody in it`,
			hint: "join the namespace alone, or make a new one",
		});
	}
	if (options.proc && !context.creates.has("pid") && !context.joins.has("pid")) {
		problems.push({
			code: "PROC_WITHOUT_PID",
			message: "a fresh /proc shows the PID namespace, and none is made or joined",
			hint: "add --pid, or pid() in the library; to show the host's processes bind /proc",
		});
	}
	if (isRooted(options) && (options.propagation === "shared" || options.propagation === "unchanged")) {
		problems.push({
			code: "ROOT_NOT_PRIVATE",
			message: `a new root cannot be made with ${options.propagation} propagation: pivot_root(2) refuses shared mounts`,
			hint: "use private or slave",
		});
	}
	const paths: [string, string | undefined][] = [["root", options.root]];
	for (const rule of options.mounts ?? []) {
		if (rule.type === "bind") paths.push(["bind source", rule.source]);
		paths.push([`${rule.type} target`, rule.target]);
		if (!rule.target.startsWith("/")) {
			problems.push({
				code: "TARGET_NOT_ABSOLUTE",
				message: `the ${rule.type} target ${rule.target || '""'} does not begin with /`,
				hint: "targets are paths inside the new root",
			});
		}
	}
	for (const [what, path] of paths) problems.push(...pathProblems(what, path));
	return problems;
}

function pathProblems(what: string, path: string | undefined): Problem[] {
	if (path === "") return [{ code: "PATH_EMPTY", message: `the ${what} is empty` }];
	if (path?.includes("\0")) return [{ code: "PATH_WITH_NUL", message: `the ${what} holds a NUL byte` }];
	return [];
}
