import { attach, cloneTree, labelled, newMount, openInside, remember } from "../mounts/calls.ts";
import type { MountRule } from "../mounts/rules.ts";
import type { RuleParts } from "../mounts/steps.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Fragment, KeptLayer, Problem, Step } from "../plan/types.ts";
import { type NamespaceOptions, needsNamespace, use } from "./use.ts";

/** An empty file system in memory as the root, to be filled by rules. */
export interface TmpfsRoot {
	readonly type: "tmpfs";
	/** Bytes it may hold, or as tmpfs(5) takes it: `"64M"`. @default half of the memory */
	readonly size?: number | string;
	/** Nothing can be written to it once all rules are done; what they have mounted stays as it is. @default false */
	readonly readOnly?: boolean;
}

/** What a fresh `/proc` shows. proc(5). */
export interface ProcOptions {
	/**
	 * How much of other users' processes is hidden: `"off"` nothing, `"noaccess"` what is in them, `"invisible"` that they
	 * exist, `"ptraceable"` all that the viewer may not trace.
	 * @default "off"
	 */
	readonly hidePid?: "off" | "noaccess" | "invisible" | "ptraceable";
	/** Only processes, and nothing of the system; Linux 5.8. */
	readonly subset?: "pid";
}

export interface MountOptions extends NamespaceOptions {
	/** What becomes `/`, by pivot_root(2); the old root is gone then. A directory, or a file system in memory. */
	readonly root?: string | TmpfsRoot;
	/**
	 * A fresh `/proc` that shows the new PID namespace.
	 * @default true when a PID namespace is made
	 */
	readonly proc?: boolean | ProcOptions;
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
		held: heldBy(options),
		...keeps(options),
		needsHelper: () => hasIdMapped(options),
		writable: () =>
			(require("../mounts/writable.ts") as typeof import("../mounts/writable.ts")).writablePlaces(
				isClosed(options),
				options.mounts ?? [],
			),
		changesFiles: options.join !== undefined || isRooted(options) || (options.mounts ?? []).length > 0,
		problems: (context) => mountProblems(options, context),
		steps: (context) => (context.creates.has("mount") ? mountSteps(options, context) : []),
	};
}

/** Descriptors of the calling process that rules name. */
function heldBy({ mounts = [] }: MountOptions): number[] {
	const held: number[] = [];
	for (const rule of mounts) if (rule.type === "bind" && typeof rule.source === "object") held.push(rule.source.fd);
	return held;
}

/** The layers that stay are locked by the supervisor. */
function keeps({ mounts = [] }: MountOptions): Pick<Fragment, "layers" | "supervised"> {
	const layers: KeptLayer[] = [];
	for (const rule of mounts) {
		if (rule.type !== "overlay" || typeof rule.writes !== "object") continue;
		layers.push({ directory: rule.writes.keep, lower: rule.lower[0] ?? "" });
	}
	return layers.length === 0 ? {} : { layers, supervised: true };
}

/** One sandbox at a time: two mounts of one upper directory would mix what they write. */
const lockLayer = (path: string, place: number): RuleParts["opens"][number] => ({
	does: `lock the layer ${path}`,
	why: "one sandbox at a time writes to it, and nobody applies it meanwhile",
	man: "flock(2)",
	calls: [
		call("openat", [flags("AT_FDCWD"), path, flags("O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC")], { result: "lock" }),
		call("flock", [ref("lock"), flags("LOCK_EX|LOCK_NB")]),
		call("dup3", [ref("lock"), place, flags("O_CLOEXEC")]),
		call("close", [ref("lock")]),
	],
});

const hasIdMapped = ({ mounts = [] }: MountOptions): boolean =>
	mounts.some((rule) => rule.type === "bind" && rule.idmap);

const isRooted = ({ root }: MountOptions): boolean =>
	root !== undefined && !(typeof root === "string" && /^\/+$/.test(root));

/** The code of the rules is loaded only where there are any. */
const ruleParts: typeof import("../mounts/steps.ts").ruleParts = (...given) =>
	(require("../mounts/steps.ts") as typeof import("../mounts/steps.ts")).ruleParts(...given);
const noRules: RuleParts = { early: [], helped: [], opens: [], first: [], mounts: [] };

function mountSteps(options: MountOptions, context: Context): Step[] {
	const { root, propagation = "private" } = options;
	const mounts = allRules(options, context.files);
	const rooted = isRooted(options);
	const proc = options.proc ?? context.creates.has("pid");
	const rules =
		mounts.length === 0 ? noRules : ruleParts(mounts, context, typeof root === "object" ? "root" : undefined);
	const steps: Step[] = [];
	const add = (phase: Step["phase"], part: RuleParts["opens"][number]): void => {
		const { does, why, man, calls } = part;
		steps.push(step({ phase, module: "mount", does, why, man, calls }));
	};

	if (propagation !== "unchanged") {
		const flag = `MS_${propagation.toUpperCase()}`;
		const calls = [call("mount", [null, "/", null, flags(`MS_REC|${flag}`), null])];
		add("sources", {
			does: `make every mount ${propagation}`,
			why: propagationReasons[propagation],
			man: "mount(2)",
			calls,
		});
	}
	const { layers = [], places } = context.supervision ?? {};
	layers.forEach((path, i) => {
		add("open", lockLayer(path, places?.layers[i] ?? 0));
	});
	for (const part of rules.early) add("open", part);
	for (const part of rules.helped) steps.push({ ...step({ phase: "map", module: "mount", ...part }), who: "helper" });
	for (const part of rules.opens) add("sources", part);
	if (typeof root === "object") add("tree", emptyRoot(root, context.fileLabel));
	else if (rooted && root !== undefined) {
		add("sources", openRoot(root));
		const calls = [attach("root", "place"), call("close", [ref("place")])];
		add("tree", { does: "attach the new root", why: "pivot_root wants a mount", man: "move_mount(2)", calls });
	} else if (mounts.length > 0) {
		const calls = [call("openat", [flags("AT_FDCWD"), "/", flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "root" })];
		add("tree", { does: "open the root", why: "targets are resolved from here", man: "open(2)", calls });
	}
	for (const part of rules.first) add("tree", part);
	if (proc) {
		const why = "the old one shows the processes of the PID namespace outside";
		const asked = proc === true ? {} : proc;
		const calls = rooted ? mountProcAt(asked, typeof root === "object") : [mountProc(asked)];
		add("tree", { does: "mount a new /proc", why, man: "proc(5)", calls });
	}
	for (const part of rules.mounts) add("mounts", part);
	if (rooted) add("root", pivot);
	return steps;
}

const isClosed = ({ root }: MountOptions): boolean => typeof root === "object" && root.readOnly === true;

/** The rules, the files of other modules, and the rule that closes an empty root behind them. */
function allRules(options: MountOptions, files: Context["files"]): readonly MountRule[] {
	const { mounts: own = [] } = options;
	const mounts = files.length > 0 ? [...own, ...files] : own;
	if (!isClosed(options)) return mounts;
	return [...mounts, { type: "remount", target: "/" }];
}

const openRoot = (root: string): RuleParts["opens"][number] => ({
	does: `open the new root ${root}`,
	why: "a copy of its mounts, which can be attached as a mount",
	man: "open_tree(2)",
	calls: [
		call("openat", [flags("AT_FDCWD"), root, flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "place" }),
		call("open_tree", [ref("place"), "", flags(`AT_EMPTY_PATH|${cloneTree}`)], { result: "root" }),
	],
});

const emptyRoot = ({ size }: TmpfsRoot, label: string | undefined): RuleParts["opens"][number] => ({
	does: "make an empty root",
	why: "nothing is inside but what rules put there",
	man: "tmpfs(5)",
	calls: [
		...newMount("tmpfs", "root", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV", [
			["mode", "755"],
			...(size === undefined ? [] : ([["size", String(size)]] as const)),
			...labelled(label),
		]),
		remember("root"),
		call("openat", [flags("AT_FDCWD"), "/", flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "place" }),
		attach("root", "place"),
		call("close", [ref("place")]),
	],
});

const pivot: RuleParts["opens"][number] = {
	does: "make it the root, and let the old root go",
	why: "unlike chroot, nothing of the old tree remains",
	man: "pivot_root(2)",
	calls: [
		call("fchdir", [ref("root")]),
		call("pivot_root", [".", "."]),
		call("umount2", [".", flags("MNT_DETACH")]),
		call("chdir", ["/"]),
	],
};

const propagationReasons = {
	private: "mounts made inside must not appear outside, nor the other way round",
	slave: "mounts made inside must not appear outside; those made outside are wanted inside",
	shared: "mounts are wanted on both sides",
} as const;

/** As the kernel has always known them; names came with 5.8. */
const hidePid = { off: "0", noaccess: "1", invisible: "2", ptraceable: "4" } as const;

function procOptions(asked: ProcOptions): [string, string][] {
	const options: [string, string][] = [];
	if (asked.hidePid !== undefined) options.push(["hidepid", hidePid[asked.hidePid]]);
	if (asked.subset !== undefined) options.push(["subset", asked.subset]);
	return options;
}

function mountProc(asked: ProcOptions): Call {
	const data = procOptions(asked)
		.map((option) => option.join("="))
		.join();
	return call("mount", ["proc", "/proc", "proc", flags("MS_NOSUID|MS_NODEV|MS_NOEXEC"), data === "" ? null : data]);
}

/** In a root that others may have filled, `/proc` must be a directory of that root and no link. */
const mountProcAt = (asked: ProcOptions, isEmpty: boolean): Call[] => [
	...(isEmpty ? [call("mkdirat", [ref("root"), "proc", 0o555])] : []),
	openInside("proc", {}, "O_PATH|O_DIRECTORY|O_CLOEXEC", "RESOLVE_IN_ROOT|RESOLVE_NO_SYMLINKS"),
	...newMount("proc", "proc", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC", procOptions(asked)),
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
	const isShared = options.propagation === "shared" || options.propagation === "unchanged";
	if (isShared && (options.mounts?.length || context.files.length > 0) && !context.creates.has("user")) {
		problems.push({
			code: "MOUNTS_NOT_PRIVATE",
			message: `with ${options.propagation} propagation the mounts would appear outside too, and stay there`,
			hint: "use private or slave, or add --user",
		});
	}
	if (isShared && isRooted(options)) {
		problems.push({
			code: "ROOT_NOT_PRIVATE",
			message: `a new root cannot be made with ${options.propagation} propagation: pivot_root(2) refuses shared mounts`,
			hint: "use private or slave",
		});
	}
	if (options.root === undefined && !options.mounts?.length) return problems;
	const { pathProblems, ruleProblems } = require("../mounts/problems.ts") as typeof import("../mounts/problems.ts");
	if (typeof options.root === "string") problems.push(...pathProblems("root", options.root));
	return [...problems, ...ruleProblems(options.mounts ?? [], context)];
}
