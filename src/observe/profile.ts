/** The smallest profile that a run passes with, from what it needed. */
import type { MountRule } from "../mounts/rules.ts";
import type { LimitOptions } from "../process/limits.ts";
import type { ProfileFile } from "../profile/types.ts";
import { type Base, type Need, Needs } from "./needs.ts";
import { isBelow } from "./path.ts";
import type { ObservedEvent } from "./types.ts";

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
	const profile: ProfileFile = {
		extends: "strict",
		...(mounts.length > 0 && { mount: { mounts } }),
		...(needs.network && { net: false }),
		...(Object.keys(limits).length > 0 && { limits }),
	};
	return { profile, notes: notesOn(needs) };
}

/** Directories before what lies in them, each path once; what another rule shows already is left out. */
function mountRules({ paths }: Needs, base: Base, cwd: string): MountRule[] {
	const sorted = Array.from(paths).toSorted(([a], [b]) => (a < b ? -1 : 1));
	const binds: { path: string; need: Need }[] = [];
	for (const [path, need] of sorted) {
		if (need === "directory" || binds.some((one) => covers(one, path, need))) continue;
		binds.push({ path, need });
	}
	const shown = [...base.visible, ...base.own];
	// What lies below a directory that is made for a bind is made with it.
	const isThere = (path: string) =>
		shown.some((one) => isBelow(one, path)) ||
		base.visible.some((one) => isBelow(path, one)) ||
		binds.some((one) => isBelow(one.path, path) || isBelow(path, one.path));
	const empty = sorted.filter(([path, need]) => need === "directory" && !isThere(path)).map(([path]) => path);
	if (!isThere(cwd) && !empty.some((path) => isBelow(path, cwd))) empty.push(cwd);
	return [
		...empty
			.filter((path) => !empty.some((other) => other !== path && isBelow(other, path)))
			.toSorted()
			.map((target): MountRule => ({ type: "directory", target })),
		...binds.map(
			({ path, need }): MountRule => ({
				type: "bind",
				source: path,
				target: path,
				...(need === "read" && { readOnly: true }),
			}),
		),
	];
}

const covers = (bind: { path: string; need: Need }, path: string, need: Need): boolean =>
	isBelow(path, bind.path) && (bind.need === "write" || need === "read");

/** Twice what was used, in steps that another run does not cross at once. */
function limitsFor({ peaks }: Needs): LimitOptions {
	const twice = (resource: Parameters<typeof peaks.get>[0], step: number, least: number): number | undefined => {
		const peak = peaks.get(resource);
		return peak === undefined ? undefined : Math.max(least, Math.ceil((2 * peak) / step) * step);
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

function notesOn({ hosts, calls, strange, unreadable, tooMany }: Needs): string[] {
	const named = (all: ReadonlySet<string>) => {
		const some = Array.from(all)
			.slice(0, mostNamed)
			.map((one) => JSON.stringify(one).slice(1, -1))
			.join(", ");
		return all.size > mostNamed ? `${some} and ${all.size - mostNamed} more` : some;
	};
	const notes: string[] = [];
	if (hosts.size > 0) notes.push(`The network is the caller's because of ${named(hosts)}.`);
	if (calls.size > 0) notes.push(`System calls that the strict filter refuses, and that were made: ${named(calls)}.`);
	if (strange.size > 0)
		notes.push(
			`Left out, because they are not the caller's files of these names, or lie in the root directory: ${named(strange)}.`,
		);
	if (unreadable > 0) notes.push(`Of ${unreadable} calls the paths or addresses could not be read.`);
	if (tooMany) notes.push("More paths or addresses were named than are remembered; some are missing here.");
	return notes;
}
