import { toBytes } from "../bytes.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Fragment, Problem, Step } from "../plan/types.ts";

export interface LabelOptions {
	/** The AppArmor profile that confines the command; it has to be loaded. apparmor(7). */
	readonly apparmor?: string | undefined;
	/** The SELinux context that the command runs in: `USER:ROLE:TYPE[:LEVEL]`. setexeccon(3). */
	readonly selinux?: string | undefined;
	/** The SELinux context of all files on file systems in memory that rules make: a root, `tmpfs`, `dev`. mount(8). */
	readonly files?: string | undefined;
}

/**
 * The label under which the kernel's security modules know the command. The kernel takes it on with the execution; where
 * no such module is active, that is an error and nothing runs. apparmor(7), selinux(8).
 *
 * @example
 * ```ts
 * import { label, sandbox } from "nskit";
 * const box = sandbox(label({ apparmor: "browser" }));
 * console.log(box.plan(["prog"]).steps.find(({ module }) => module === "label")?.does); // open the file that takes the label
 * ```
 */
export function label(options: LabelOptions): Fragment {
	return {
		module: "label",
		labels: options,
		problems: (context) => labelProblems(options, context),
		steps: () => labelSteps(options),
	};
}

/** What /proc has to be: a path could lead to anything, and what is written there looks like success (CVE-2019-16884). */
const openProc: readonly Call[] = [
	call("openat", [flags("AT_FDCWD"), "/proc", flags("O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC")], {
		result: "label.proc",
	}),
	call("fstatfs", [ref("label.proc"), { out: "label.kind", size: 128 }], {
		check: { begins: "label.kind", number: 0x9fa0, otherwise: "EXDEV" },
	}),
];

/** Within this one mount of procfs, where nothing lies above the file (CVE-2025-52881). */
const openAttribute = (name: string, result: string, more: Partial<Call> = {}): Call => {
	const resolve = { flags: "RESOLVE_BENEATH|RESOLVE_NO_XDEV|RESOLVE_NO_MAGICLINKS" };
	const how = { struct: { flags: { flags: "O_WRONLY|O_CLOEXEC" }, mode: 0, resolve } };
	return call("openat2", [ref("label.proc"), `thread-self/attr/${name}`, how, 24], { result, ...more });
};

const write = (file: string, text: string, more: Partial<Call> = {}): Call => {
	const size = toBytes(text).length;
	return call("write", [ref(file), text, size], {
		result: "label.written",
		check: { exactly: size, otherwise: "EIO" },
		...more,
	});
};

function labelSteps({ apparmor, selinux }: LabelOptions): Step[] {
	const asked = apparmor ?? selinux;
	if (asked === undefined) return [];
	// AppArmor had no file of its own before Linux 5.8, and shared that of the others.
	const own = apparmor !== undefined;
	const opens = own
		? [
				openAttribute("apparmor/exec", "label.own", { mayFail: ["ENOENT"] }),
				openAttribute("exec", "label.file", { onlyIfFailed: "label.own" }),
			]
		: [openAttribute("exec", "label.file")];
	const writes = own
		? [
				write("label.own", `exec ${asked}`, { onlyIf: "label.own" }),
				write("label.file", `exec ${asked}`, { onlyIfFailed: "label.own" }),
			]
		: [write("label.file", asked)];
	return [
		step({
			phase: "sources",
			module: "label",
			does: "open the file that takes the label",
			why: "in the caller's /proc, and before anything is mounted that could stand in its place",
			man: "proc(5)",
			calls: [...openProc, ...opens, call("close", [ref("label.proc")])],
		}),
		step({
			phase: "credentials",
			module: "label",
			does: `ask for the ${own ? "AppArmor profile" : "SELinux context"} ${asked}`,
			why: "it counts from the execution on; asked before nothing may gain privileges, which can forbid the change",
			man: own ? "aa_change_onexec(2)" : "setexeccon(3)",
			calls: writes,
		}),
	];
}

/** A page of the kernel, less the word in front. */
const longest = 4000;

function labelProblems({ apparmor, selinux, files }: LabelOptions, { creates }: Context): Problem[] {
	const problems: Problem[] = [];
	if (apparmor !== undefined && !isName(apparmor)) {
		const hint = `a profile has a name of 1 to ${longest} bytes, with no control characters and no space at its ends`;
		problems.push({ code: "LABEL_INVALID", message: `${JSON.stringify(apparmor)} names no AppArmor profile`, hint });
	}
	for (const context of [selinux, files]) {
		if (context === undefined || isContext(context)) continue;
		const hint = "a context is USER:ROLE:TYPE or USER:ROLE:TYPE:LEVEL, such as system_u:system_r:container_t:s0";
		problems.push({ code: "LABEL_INVALID", message: `${JSON.stringify(context)} is no SELinux context`, hint });
	}
	if (apparmor !== undefined && (selinux !== undefined || files !== undefined)) {
		const message = "AppArmor and SELinux are not active at the same time, and labels of both are asked for";
		problems.push({ code: "LABELS_OF_BOTH", message, hint: "leave those of one out" });
	}
	if (files !== undefined && !creates.has("mount")) {
		const message = "a label of files is asked for, and no mount namespace is made that could have any";
		problems.push({ code: "LABEL_WITHOUT_MOUNT", message, hint: "add --mount, or mount()" });
	}
	return problems;
}

const isName = (text: string): boolean =>
	text !== "" && text.trim() === text && !hasControl(text) && toBytes(text).length <= longest;

const isContext = (text: string): boolean =>
	!hasControl(text) && toBytes(text).length <= longest && /^[^\s:]+:[^\s:]+:[^\s:]+(:\S+)?$/.test(text);

function hasControl(text: string): boolean {
	for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20 || text.charCodeAt(i) === 0x7f) return true;
	return false;
}
