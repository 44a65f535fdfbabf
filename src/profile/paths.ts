/** Paths in a profile: those in a file begin at its directory, so that it can be kept, and moved, with a project. */
import { isTable, memberFor, own, type Shape } from "./schema.ts";
import { profileShape } from "./shape.ts";
import type { Profile } from "./types.ts";

/** A path of the caller's, or one as it is called inside. */
type Side = "outside" | "inside" | "target";

/** `./` is the directory itself; `directory` is absolute. */
export function resolvePath(path: string, directory: string): string {
	if (path.startsWith("/")) return path;
	return path === "./" ? directory : `${directory === "/" ? "" : directory}/${path}`;
}

/** The profile with whole paths: what is relative begins at `directory`. */
export function resolvedProfile(profile: Profile, directory: string): Profile {
	return mapPaths(profile, profileShape, (path) => resolvePath(path, directory)) as Profile;
}

/**
 * The profile with the paths in `directory` relative to it. A path as it is called inside stays what it is, unless
 * something of the directory's is seen there under its own name, which moves with it.
 */
export function relativeProfile(profile: Profile, directory: string): Profile {
	const shown = shownThere(profile, directory);
	return mapPaths(profile, profileShape, (path, side) => {
		if (side === "inside" && !shown.some((one) => isBelow(path, one))) return path;
		const relative = relativePath(path, directory);
		// Without a slash it would be another word.
		return side === "target" && !relative.includes("/") ? path : relative;
	}) as Profile;
}

const isBelow = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);

/** What begins at the directory again gives exactly this path; otherwise it stays whole. */
function relativePath(path: string, directory: string): string {
	if (directory === "/" || !isBelow(path, directory)) return path;
	const relative = path === directory ? "./" : path.slice(directory.length + 1);
	const isShort = !relative.startsWith("/") && relative !== "" && !/^~(\/|$)/.test(relative);
	return isShort && resolvePath(relative, directory) === path ? relative : path;
}

/** What lies in the directory and has the same path outside and inside. */
function shownThere({ mount }: Profile, directory: string): string[] {
	const shown: string[] = [];
	for (const rule of (typeof mount === "object" && mount.mounts) || []) {
		const sources: unknown[] =
			rule.type === "bind"
				? [rule.source]
				: rule.type === "overlay"
					? [...rule.lower]
					: rule.type === "file" && typeof rule.content === "object"
						? [rule.content.file]
						: [];
		if (sources.includes(rule.target) && isBelow(rule.target, directory)) shown.push(rule.target);
	}
	return shown;
}

/** The value with each path in it made another. */
function mapPaths(value: unknown, shape: Shape, make: (path: string, side: Side) => string): unknown {
	switch (shape.is) {
		case "union": {
			const member = memberFor(shape.of, value);
			return member ? mapPaths(value, member, make) : value;
		}
		case "string":
			if (shape.path === undefined || typeof value !== "string") return value;
			return shape.path === "target" && !value.includes("/") ? value : make(value, shape.path);
		case "list":
			return Array.isArray(value) ? value.map((one) => mapPaths(one, shape.of, make)) : value;
		case "tagged": {
			const member = isTable(value) ? shape.of[String(own(value, "type"))] : undefined;
			return member ? mapPaths(value, member, make) : value;
		}
		case "object": {
			if (!isTable(value)) return value;
			const made: Record<string, unknown> = {};
			for (const name of Object.keys(value)) {
				const key = shape.keys[name];
				made[name] = key ? mapPaths(value[name], key, make) : value[name];
			}
			return made;
		}
		default:
			return value;
	}
}
