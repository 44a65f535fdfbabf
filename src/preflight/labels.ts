/** A look at the security modules that are active, before anything is done. The kernel still has the last word. */
import { systemCall } from "../ffi.ts";
import { look } from "../host.ts";
import type { Fragment, Problem } from "../plan/types.ts";

/** By the numbers of lsm_list_modules(2). include/uapi/linux/lsm.h */
const modules: Readonly<Record<number, string>> = {
	100: "capability",
	101: "selinux",
	102: "smack",
	103: "tomoyo",
	104: "apparmor",
	105: "yama",
	106: "loadpin",
	107: "safesetid",
	108: "lockdown",
	109: "bpf",
	110: "landlock",
	111: "ima",
	112: "evm",
	113: "ipe",
};

/** A problem for each label that no active security module can give. */
export function labelProblems(fragments: readonly Fragment[], active = activeModules()): Problem[] {
	const { apparmor, selinux, files } = fragments.find(({ labels }) => labels)?.labels ?? {};
	const problems: Problem[] = [];
	for (const [option, name, title, value] of [
		["apparmor", "apparmor", "AppArmor", apparmor],
		["selinux", "selinux", "SELinux", selinux],
		["file-label", "selinux", "SELinux", files],
	] as const) {
		if (value === undefined || active === undefined || active.includes(name)) continue;
		const hint = `active are ${active.length === 0 ? "none" : active.join(", ")}: leave --${option} out, or start the machine with ${title}`;
		problems.push({ code: "LABEL_MODULE", message: `--${option}: ${title} is not active on this machine`, hint });
	}
	return problems;
}

/** The active security modules by name; `undefined` where nobody tells. */
export function activeModules(): string[] | undefined {
	const ids = new BigUint64Array(64);
	const count = systemCall("lsm_list_modules", ids, new Uint32Array([ids.byteLength]), 0);
	if (count >= 0) return [...ids.subarray(0, count)].map((id) => modules[Number(id)] ?? `module ${id}`);
	return look.read("/sys/kernel/security/lsm")?.trim().split(",");
}
