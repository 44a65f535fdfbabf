/** Mount rules that show what a run needed, and no more. */
import type { MountRule } from "../mounts/rules.ts";
import type { Base, Need, Needs } from "./needs.ts";
import { isBelow, parentOf } from "./path.ts";

/** Everything by its real path: directories first, then links, then binds, each path before those below it. */
export function mountRules({ paths, links, special }: Needs, base: Base, cwd: string): MountRule[] {
	const sorted = Array.from(paths).toSorted(([a], [b]) => (a < b ? -1 : 1));
	const binds = new Map<string, Need>();
	for (const [path, need] of sorted) if (need !== "directory" && !isCovered(binds, path, need)) binds.set(path, need);
	return [
		...emptyDirectories(sorted, binds, base, cwd).map((target): MountRule => ({ type: "directory", target })),
		...Array.from(links)
			.filter(([path]) => !ancestors(path).some((one) => binds.has(one)))
			.toSorted(([a], [b]) => (a < b ? -1 : 1))
			.map(([target, to]): MountRule => ({ type: "symlink", to, target })),
		...Array.from(binds, ([path, need]) => bind(path, need, special.has(path))),
	];
}

function bind(path: string, need: Need, isSpecial: boolean): MountRule {
	const flags = { ...(need === "read" && { readOnly: true }), noSuid: true, ...(!isSpecial && { noDev: true }) };
	return { type: "bind", source: path, target: path, ...flags };
}

/** The path and the directories above it, but the root. */
function ancestors(path: string): string[] {
	const all: string[] = [];
	for (let at = path; at !== "/"; at = parentOf(at)) all.push(at);
	return all;
}

const isCovered = (binds: ReadonlyMap<string, Need>, path: string, need: Need): boolean =>
	ancestors(path).some((one) => binds.get(one) === "write" || (need === "read" && binds.has(one)));

/** Directories that have to be there and nothing more, and that nothing else makes. */
function emptyDirectories(
	sorted: readonly (readonly [string, Need])[],
	binds: ReadonlyMap<string, Need>,
	base: Base,
	cwd: string,
): string[] {
	// Whatever lies above a bind is made with it.
	const made = new Set<string>();
	for (const path of binds.keys()) for (const one of ancestors(path)) made.add(one);
	const shown = [...base.visible, ...base.own];
	const isThere = (path: string): boolean =>
		path === "/" ||
		made.has(path) ||
		ancestors(path).some((one) => binds.has(one)) ||
		shown.some((one) => isBelow(one, path)) ||
		base.visible.some((one) => isBelow(path, one));
	const wanted = new Set(sorted.filter(([, need]) => need === "directory").map(([path]) => path));
	const empty = [...wanted, cwd].filter((path) => !isThere(path));
	const above = new Set(empty.flatMap((path) => ancestors(path).slice(1)));
	return [...new Set(empty)].filter((path) => !above.has(path)).toSorted();
}
