/** The smallest profile that a run passes with, from what it needed. */
import type { LimitOptions } from "../process/limits.ts";
import type { ProfileFile } from "../profile/types.ts";
import { mountRules } from "./mount-rules.ts";
import { type Base, Needs } from "./needs.ts";
import type { LimitEvent, ObservedEvent } from "./types.ts";

/** A profile with what it cannot say itself, one sentence each. */
export interface Learned {
	readonly profile: ProfileFile;
	readonly notes: readonly string[];
}

/** The profile for what these events show; `cwd` is where the command started. */
export function smallestProfile(events: Iterable<ObservedEvent>, base: Base, cwd: string): Learned {
	const needs = new Needs(base);
	for (const event of events) needs.add(event);
	return learnedProfile(needs, base, cwd);
}

/** The profile for what was needed. */
export function learnedProfile(needs: Needs, base: Base, cwd: string): Learned {
	const mounts = mountRules(needs, base, cwd);
	const limits = limitsFor(needs);
	const allow = Array.from(needs.calls).toSorted();
	const profile: ProfileFile = {
		extends: "strict",
		...(mounts.length > 0 && { mount: { mounts } }),
		...(needs.network && { net: false }),
		...((allow.length > 0 || needs.setId) && {
			seccomp: { ...(allow.length > 0 && { allow }), ...(needs.setId && { denySetId: false }) },
		}),
		...(Object.keys(limits).length > 0 && { limits }),
	};
	return { profile, notes: notesOn(needs) };
}

/** Twice what was used, in steps that another run does not cross at once; never more than the caller may have. */
function limitsFor({ peaks }: Needs): LimitOptions {
	const twice = (resource: LimitEvent["resource"], step: number, least: number): LimitOptions["as"] => {
		const peak = peaks.get(resource);
		return peak === undefined ? undefined : { atMost: Math.max(least, Math.ceil((2 * peak) / step) * step) };
	};
	const megabyte = 1024 * 1024;
	const [as, nofile, nproc, cpu] = [
		twice("addressSpace", 64 * megabyte, 256 * megabyte),
		twice("openFiles", 64, 128),
		twice("processes", 16, 32),
		twice("cpu", 10, 10),
	];
	return {
		...(as !== undefined && { as }),
		...(cpu !== undefined && { cpu }),
		...(nofile !== undefined && { nofile }),
		...(nproc !== undefined && { nproc }),
	};
}

/** So many of a list are named. */
const mostNamed = 50;

function notesOn({ hosts, calls, privileged, setId, strange, listed, unreadable, tooMany }: Needs): string[] {
	const named = (all: ReadonlySet<string>) => {
		const some = Array.from(all)
			.slice(0, mostNamed)
			.map((one) => JSON.stringify(one).slice(1, -1))
			.join(", ");
		return all.size > mostNamed ? `${some} and ${all.size - mostNamed} more` : some;
	};
	const notes: string[] = [];
	if (hosts.size > 0) notes.push(`The network is the caller's because of ${named(hosts)}.`);
	if (calls.size > 0)
		notes.push(`The filter of system calls allows what it refuses in the strict preset: ${named(calls)}.`);
	if (setId) notes.push("Files may get set-user-ID and set-group-ID bits, because one did.");
	if (privileged.size > 0)
		notes.push(`Not allowed, because without capabilities these calls fail anyway: ${named(privileged)}.`);
	if (listed.size > 0) notes.push(`Listed, but the sandbox has its own: ${named(listed)}.`);
	if (strange.size > 0)
		notes.push(
			`Left out, because they are not the caller's files of these names, or lie in the root directory: ${named(strange)}.`,
		);
	if (unreadable > 0) notes.push(`Of ${unreadable} calls the paths or addresses could not be read.`);
	if (tooMany) notes.push("More paths or addresses were named than are remembered; some are missing here.");
	return notes;
}
