/**
 * What on a machine makes the kernel refuse namespaces, and the way out: for hints, when something has failed, and for the
 * doctor, beforehand. Each looks at the machine only through what it is handed.
 */
import type { Look } from "./hints.ts";
import { type NamespaceKind, namespaceInfo, namespaces } from "./plan/namespaces.ts";

/** A switch of the kernel's that keeps ordinary users from making user namespaces, when its file holds `off`. */
export interface UserSwitch {
	readonly path: string;
	readonly off: string;
	/** What follows `sysctl` to turn it around, and what else helps. */
	readonly mend: string;
}

/** Debian's and Arch's patch, Ubuntu's AppArmor, and the kernel's own limit. */
export const userSwitches = {
	debian: {
		path: "/proc/sys/kernel/unprivileged_userns_clone",
		off: "0",
		mend: "kernel.unprivileged_userns_clone=1",
	},
	apparmor: {
		path: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
		off: "1",
		mend: "kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile that allows userns, which ns doctor prints",
	},
	limit: { path: "/proc/sys/user/max_user_namespaces", off: "0", mend: "user.max_user_namespaces=10000" },
} as const satisfies Record<string, UserSwitch>;

/** Whether a switch is there and stands against user namespaces. */
export const isOff = ({ path, off }: UserSwitch, look: Look): boolean => look.read(path)?.trim() === off;

/** What a switch that is off means, and how it is turned around. */
export const switchedOff = ({ path, mend }: UserSwitch): string =>
	`user namespaces are switched off by ${path}: as root, sysctl ${mend}`;

/** Why no user namespace can be made. */
export function userNamespaceRefused(look: Look): string {
	for (const one of Object.values(userSwitches)) if (isOff(one, look)) return switchedOff(one);
	return seccompActive(look) ?? "the caller is in a chroot, or its ids are not mapped in its own user namespace";
}

/** Whether this process runs under a filter of system calls. proc_pid_status(5) */
export const isFiltered = (look: Look): boolean => /^Seccomp:\s*2$/m.test(look.read("/proc/self/status") ?? "");

/** That a filter of system calls may have refused it, where there is one. */
export function seccompActive(look: Look): string | undefined {
	return isFiltered(look)
		? "a seccomp filter is active here, as in a container: its profile has to allow the call (docker run --security-opt seccomp=...)"
		: undefined;
}

/** The file with the most namespaces of a kind that this user may have here. namespaces(7) */
export const limitPath = (kind: NamespaceKind): string => `/proc/sys/user/max_${namespaceInfo(kind).file}_namespaces`;

/** Which limits stand against namespaces with these flags. */
export function namespaceLimit(call: string, look: Look): string {
	const limits = namespaces
		.filter(({ flag }) => call.includes(flag))
		.map(({ kind }) => [limitPath(kind), look.read(limitPath(kind))?.trim()] as const);
	const low = limits.filter(([, value]) => value === "0");
	const shown = (low.length > 0 ? low : limits)
		.map(([path, value]) => `${path} is ${value ?? "unreadable"}`)
		.join(", ");
	return `the limit of namespaces is reached here or in a parent: ${shown}`;
}

/** Which of the namespaces with these flags the kernel does not have. */
export function notInKernel(call: string, look: Look): string | undefined {
	const missing = namespaces.filter(({ flag, file }) => call.includes(flag) && !look.exists(`/proc/self/ns/${file}`));
	return missing.length > 0
		? `this kernel was built without ${missing.map(({ kind }) => kind).join(", ")} namespaces`
		: undefined;
}

/**
 * Whether Ubuntu's AppArmor takes the rights away from what this process makes: user namespaces come into being there, and
 * their root may do nothing. A process with a profile of its own is asked by that. apparmor(7)
 */
export function apparmorRestricts(look: Look): boolean {
	const label = look.read("/proc/self/attr/apparmor/current") ?? look.read("/proc/self/attr/current");
	return isOff(userSwitches.apparmor, look) && (label === undefined || /^unconfined\b/.test(label.trim()));
}

/** What AppArmor's restriction means for a step that failed in a new user namespace, where it is in force. */
export const apparmorActive = (look: Look): string | undefined =>
	apparmorRestricts(look) ? switchedOff(userSwitches.apparmor) : undefined;

/** Why ids cannot be mapped. */
export const mapRefused = (look: Look): string =>
	apparmorActive(look) ?? "without privilege only the own id can be mapped, and setgroups has to be denied first";

/** The AppArmor profile that lets this program make user namespaces, for a file in /etc/apparmor.d. apparmor.d(5) */
export function apparmorProfile(program: string): string {
	const name = program.replace(/[\\"?*[\]{}^]/g, "\\$&");
	return [
		...["abi <abi/4.0>,", "include <tunables/global>"],
		`profile ns "${name}" flags=(unconfined) {`,
		...["  userns,", "  include if exists <local/ns>", "}"],
	].join("\n");
}

/** What is mounted over parts of `/proc`, each place once. mountinfo: proc_pid_mountinfo(5) */
export function masksOfProc(look: Look): string[] {
	const masks = mountPoints(look).filter((point) => point.startsWith("/proc/") && point !== "/proc/sys/fs/binfmt_misc");
	return [...new Set(masks)];
}

const mountPoints = (look: Look): string[] =>
	(look.read("/proc/self/mountinfo") ?? "").split("\n").map((line) => line.split(" ")[4] ?? "");

/** Why a new `/proc` may not be mounted: it may show nothing that the present one hides. mount_namespaces(7) */
export function procMasked(look: Look): string | undefined {
	const masks = masksOfProc(look);
	if (masks.length > 0) {
		return `parts of the present /proc are hidden (${masks.slice(0, 4).join(", ")}), so a new one may not be mounted: unmask them (docker run --security-opt systempaths=unconfined), or use --no-proc`;
	}
	return mountPoints(look).includes("/proc")
		? undefined
		: "there is no /proc here that a new one could be allowed after: use --no-proc";
}
