/**
 * Two profiles become one. The later counts before the earlier, module by module and option by option; `false` takes a
 * module away. Rules and sets of names are added to, and every other value takes the place of the earlier as a whole.
 * What of this a key does stands in the shape of a profile.
 */
import { isTable, memberFor, type ObjectShape, own, type Shape } from "./schema.ts";
import { profileShape } from "./shape.ts";
import type { Profile } from "./types.ts";

type Table = Readonly<Record<string, unknown>>;

/** The later profile on top of the earlier. */
export function mergeProfiles(earlier: Profile, later: Profile): Profile {
	return mergeTables(earlier as Table, later as Table, profileShape) as Profile;
}

function mergeValues(earlier: unknown, later: unknown, shape: Shape): unknown {
	if (earlier === undefined || later === undefined) return later ?? earlier;
	if (shape.is === "union") return mergeMembers(earlier, later, shape.of);
	if (shape.is === "list" && Array.isArray(earlier) && Array.isArray(later)) {
		if (shape.merge === "adds") return [...earlier, ...later];
		if (shape.merge === "allowed" && later.length === 0) return later;
		if (shape.merge !== undefined) return [...new Set([...earlier, ...later])];
	}
	const byKey = shape.is === "record" || (shape.is === "object" && shape.byKey);
	if (!byKey || !isTable(earlier) || !isTable(later)) return later;
	return shape.is === "object" ? mergeTables(earlier, later, shape) : { ...earlier, ...later };
}

/** Where both are of one kind they are merged by it. */
function mergeMembers(earlier: unknown, later: unknown, shapes: readonly Shape[]): unknown {
	// `true` asks for what is there already; what is not made is made then.
	if (later === true && isTable(earlier)) return { ...earlier, ...(earlier.create === false && { create: true }) };
	// "all" holds every name.
	if (earlier === "all" && Array.isArray(later)) return earlier;
	const member = memberFor(shapes, later);
	return member && memberFor(shapes, earlier) === member ? mergeValues(earlier, later, member) : later;
}

function mergeTables(earlier: Table, later: Table, shape: ObjectShape): Table {
	const kept: Record<string, unknown> = { ...earlier, ...implied(earlier, shape) };
	for (const [name, others] of Object.entries(shape.replaces ?? {}))
		if (own(later, name) !== undefined) for (const other of others) delete kept[other];
	for (const [name, lists] of Object.entries(shape.narrows ?? {}))
		if (isNarrow(own(later, name))) for (const list of lists) kept[list] = withoutRoot(kept[list]);
	for (const [one, other, prefix] of shape.opposes ?? []) {
		// All but what the other names: that is what both together say.
		if (!isAll(kept[one], prefix) || isAll(own(later, other), prefix))
			kept[one] = without(kept[one], own(later, other), prefix);
		kept[other] = without(kept[other], own(later, one), prefix);
	}
	const merged: Record<string, unknown> = {};
	for (const name of Object.keys(shape.keys)) {
		const key = shape.keys[name];
		const value = key && mergeValues(own(kept, name), own(later, name), key);
		if (value !== undefined) merged[name] = value;
	}
	return merged;
}

/** What a table means without saying it. */
function implied(table: Table, { implies }: ObjectShape): Table {
	const isSaid = (name: string): boolean => {
		const value = own(table, name);
		return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
	};
	return implies && !implies.unless.some(isSaid) ? { [implies.key]: implies.value } : {};
}

/** A set of names, or values by name, without the names of another. */
function without(set: unknown, others: unknown, prefix: string | undefined): unknown {
	if (set === undefined || !isNameSet(others)) return set;
	if (isAll(set, prefix) || isAll(others, prefix)) return undefined;
	const same = (name: unknown): string => sameName(String(name), prefix);
	const gone = new Set((Array.isArray(others) ? others : Object.keys(others)).map(same));
	if (Array.isArray(set)) return set.filter((name) => !gone.has(same(name)));
	if (!isTable(set)) return set;
	return Object.fromEntries(Object.entries(set).filter(([name]) => !gone.has(same(name))));
}

/** Every name there is, however that is written. A variable of an environment may have this name, and has no prefix. */
const isAll = (set: unknown, prefix: string | undefined): boolean =>
	set === "all" ||
	(prefix !== undefined && Array.isArray(set) && set.some((name) => sameName(String(name), prefix) === "ALL"));

/** Paths are named, and not all of them. */
const isNarrow = (paths: unknown): boolean => Array.isArray(paths) && paths.length > 0 && !paths.includes("/");

const withoutRoot = (paths: unknown): unknown => (Array.isArray(paths) ? paths.filter((path) => path !== "/") : paths);

const isNameSet = (value: unknown): value is "all" | readonly unknown[] | Table =>
	value === "all" || Array.isArray(value) || isTable(value);

/** What two spellings of one name have in common. */
function sameName(name: string, prefix: string | undefined): string {
	if (prefix === undefined) return name;
	const capitals = name.toUpperCase();
	return capitals.startsWith(prefix) ? capitals.slice(prefix.length) : capitals;
}
