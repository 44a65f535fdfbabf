/** Changing the limits of a running sandbox: all of them, or none. */
import { controllerOf, settingsOf } from "../cgroups/settings.ts";
import type { ResourceOptions, Setting, Version, Wanted } from "../cgroups/types.ts";
import { sizeText } from "../cgroups/values.ts";
import { readResources } from "../cgroups/wanted.ts";
import { SystemError } from "../ffi.ts";
import { PlanError } from "../plan/errors.ts";
import type { Problem } from "../plan/types.ts";
import { hasGroupFile, readGroupFile, writeGroupFile } from "./files.ts";
import type { LiveGroups, OpenGroup } from "./groups.ts";

/** A file that is written, and what stood there before. */
interface Write {
	readonly group: OpenGroup;
	readonly setting: Setting;
	readonly file: string;
	readonly value: string;
	readonly before: string;
}

/**
 * Sets limits of a running sandbox, in its own control groups and nowhere else. Everything is looked at before anything is
 * written; what cannot be written takes the rest back. Returns what there is to know besides, a sentence each. Throws a
 * `PlanError`.
 */
export function setLimits(live: LiveGroups, options: ResourceOptions): string[] {
	const { wanted, problems } = readResources(options);
	const found: Problem[] = [...problems, ...unchangeable(options)];
	const writes: Write[] = [];
	for (const one of found.length > 0 ? [] : wanted) {
		const group = groupFor(one, live);
		if (!group) found.push(lacking(live, one));
		else
			for (const setting of settingsOf(one, versionOf(group), wanted))
				writes.push(...planned(live, group, setting, found));
	}
	if (found.length === 0) found.push(...belowUse(live, wanted));
	if (found.length > 0) throw new PlanError(found);
	writeAll(live, inOrder(writes));
	return noticesOf(live, wanted);
}

const versionOf = ({ controllers }: OpenGroup): Version => (controllers === "" ? 2 : 1);

/** The group that has the limit's controller: each controller belongs to one hierarchy. */
function groupFor(wanted: Wanted, { groups }: LiveGroups): OpenGroup | undefined {
	const old = controllerOf(wanted, 1);
	const legacy = groups.find(({ controllers }) => old !== undefined && controllers.split(",").includes(old));
	if (legacy) return legacy;
	return controllerOf(wanted, 2) === undefined ? undefined : groups.find(({ controllers }) => controllers === "");
}

/** What is decided when the sandbox is started. */
function unchangeable(options: ResourceOptions): Problem[] {
	const problems: Problem[] = [];
	for (const name of ["devices", "parent", "bestEffort", "account"] as const) {
		if (options[name] === undefined || options[name] === false) continue;
		const message = `${name} cannot be changed while a sandbox runs`;
		problems.push({ code: "RESOURCE_FIXED", message, hint: "start it anew with that" });
	}
	return problems;
}

const lacking = ({ label }: LiveGroups, { name }: Wanted): Problem => ({
	code: "RESOURCE_UNAVAILABLE",
	message: `${name} of ${label} cannot be limited: it has no control group for that`,
	hint: `start it with a limit for ${name}, or with --stats`,
});

/** The write for a setting, where the group has its file. */
function planned(live: LiveGroups, group: OpenGroup, setting: Setting, problems: Problem[]): Write[] {
	const { otherwise } = setting;
	const chosen = otherwise && !hasGroupFile(group.fd, setting.file) ? otherwise : setting;
	const before = readGroupFile(group.fd, chosen.file);
	if (before !== undefined)
		return [
			{ group, setting, file: chosen.file, value: chosen.value, before: restored(chosen.file, chosen.value, before) },
		];
	const message = `${setting.name} of ${live.label} cannot be limited: ${group.path} has no ${chosen.file}`;
	const hint = `start it with a limit for ${setting.name}; or this kernel has no such limit`;
	problems.push({ code: "RESOURCE_UNAVAILABLE", message, hint });
	return [];
}

/** What gives a file back what stood in it: of devices, the line of the one that is written. */
function restored(file: string, value: string, text: string): string {
	const [device = ""] = value.split(" ");
	const isDevices = /^\d+:\d+$/.test(device);
	if (!isDevices) return text.trim();
	const line = text.split("\n").find((one) => one.startsWith(`${device} `));
	if (line !== undefined) return line;
	return file.startsWith("io.") ? `${device} rbps=max wbps=max riops=max wiops=max` : `${device} 0`;
}

/** Memory and swap together are never below memory alone in v1: whichever grows is written first. */
function inOrder(writes: readonly Write[]): Write[] {
	const at = writes.findIndex(({ file }) => file === "memory.limit_in_bytes");
	const both = writes.findIndex(({ file }) => file === "memory.memsw.limit_in_bytes");
	const [memory, together] = [writes[at], writes[both]];
	if (!memory || !together) return [...writes];
	const grows = memory.value === "-1" || Number(memory.value) > Number(together.before);
	const others = writes.filter((one) => one !== memory && one !== together);
	return grows ? [...others, together, memory] : [...others, memory, together];
}

function writeAll(live: LiveGroups, writes: readonly Write[]): void {
	const done: Write[] = [];
	for (const one of writes) {
		try {
			writeGroupFile(one.group.fd, one.file, one.value);
			done.push(one);
		} catch (error) {
			if (!(error instanceof SystemError)) throw error;
			throw refused(live, one, error, takenBack(done));
		}
	}
}

/** Gives files back what stood in them. Returns those that could not be. */
function takenBack(done: readonly Write[]): string[] {
	const stay: string[] = [];
	for (const { group, file, before } of done.toReversed()) {
		try {
			writeGroupFile(group.fd, file, before);
		} catch (error) {
			if (!(error instanceof SystemError)) throw error;
			stay.push(`${file} (${error.code})`);
		}
	}
	return stay;
}

/** What the kernel means by an error here. */
const reasons: Readonly<Record<string, string>> = {
	EBUSY: "it uses more than that now, and nothing of it can be taken back",
	EINVAL: "the kernel does not take this value here: see what the groups above allow, and give --swap with --memory",
	EACCES: "its control group is not the caller's",
	EPERM: "its control group is not the caller's",
	ENODEV: "it has ended, or there is no such device",
	EROFS: "control groups are mounted read-only here",
};

function refused(
	{ label }: LiveGroups,
	{ setting, file, value }: Write,
	{ code }: SystemError,
	stay: string[],
): PlanError {
	const rest = stay.length === 0 ? "nothing is changed" : `${stay.join(", ")} could not be taken back`;
	const message = `${setting.name} of ${label} is not changed: ${file} cannot be ${value} (${code}); ${rest}`;
	return new PlanError([{ code: "RESOURCE_REFUSED", message, hint: reasons[code] ?? "see cgroups(7)" }]);
}

/** Less memory than cannot be taken back would end processes of v2 at once; v1 refuses it itself. */
function belowUse({ label, groups }: LiveGroups, wanted: readonly Wanted[]): Problem[] {
	const group = groups.find(({ controllers }) => controllers === "");
	const problems: Problem[] = [];
	for (const one of wanted) {
		if (one.name !== "memory" || one.bytes === "max" || !group) continue;
		const own = /^anon (\d+)$/m.exec(readGroupFile(group.fd, "memory.stat") ?? "")?.[1];
		if (own === undefined || Number(own) <= one.bytes) continue;
		const message = `memory of ${label} cannot be ${sizeText(one.bytes)}: its processes hold ${own} bytes now, and would be ended`;
		problems.push({ code: "RESOURCE_BELOW_USE", message, hint: "give more, or end some of them first" });
	}
	return problems;
}

/** Fewer processes than there are is no error: the kernel ends none, and lets no new ones be. */
function noticesOf({ label, groups }: LiveGroups, wanted: readonly Wanted[]): string[] {
	const notices: string[] = [];
	for (const one of wanted) {
		if (one.name !== "pids" || one.count === "max") continue;
		for (const { fd } of groups) {
			const now = Number(readGroupFile(fd, "pids.current")?.trim());
			if (now > one.count)
				notices.push(`${label} has ${now} processes: it can start none until there are fewer than ${one.count}`);
		}
	}
	return notices;
}
