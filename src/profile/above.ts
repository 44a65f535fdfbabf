/** One profile on top of another where little has to be merged, which is how most runs with a profile are. */
import { namespaceKinds } from "../plan/namespaces.ts";
import type { Profile } from "./types.ts";

type Table = Readonly<Record<string, unknown>>;

/**
 * The same as `mergeProfiles`, whose code, with the shape of all profiles, is loaded only where both profiles say more of
 * one module than that its namespace is made.
 */
export function profileAbove(earlier: Profile, later: Profile): Profile {
	const merged: Record<string, unknown> = { ...earlier };
	for (const name of Object.keys(later)) {
		const value = moduleAbove(merged[name], (later as Table)[name], kinds.includes(name));
		if (value === undeclared)
			return (require("./merge.ts") as typeof import("./merge.ts")).mergeProfiles(earlier, later);
		if (value !== undefined) merged[name] = value;
	}
	return merged as Profile;
}

const kinds: readonly string[] = namespaceKinds;

/** What only the shape of a profile can tell. */
const undeclared = Symbol("undeclared");

function moduleAbove(earlier: unknown, later: unknown, isNamespace: boolean): unknown {
	if (earlier === undefined || later === undefined) return later ?? earlier;
	if (!isTable(later)) return undeclared;
	const said = Object.keys(later).filter((key) => later[key] !== undefined);
	if (said.length === 0) return isTable(earlier) ? earlier : undeclared;
	if (!isNamespace || said.length > 1 || said[0] !== "create") return undeclared;
	if (!isTable(earlier)) return later;
	return earlier.join === undefined ? { ...earlier, create: later.create } : undeclared;
}

const isTable = (value: unknown): value is Table =>
	typeof value === "object" && value !== null && !Array.isArray(value);
