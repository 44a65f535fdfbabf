/** Profiles that need no file. */
import type { Host } from "../plan/types.ts";
import type { Profile } from "./types.ts";

/** What a built-in profile may depend on: the machine, and the process that asks. */
export interface Facts {
	readonly host: Host;
	readonly env: readonly string[];
	readonly cwd: string;
}

/** Each by its name: no path, so that it cannot be taken for a file. */
const builtins: ReadonlyMap<string, (facts: Facts) => Profile> = new Map();

/** What they are called. */
export const builtinNames: readonly string[] = [...builtins.keys()];

/** The built-in profile of this name; `undefined` where there is none. */
export function builtin(name: string, facts: Facts): Profile | undefined {
	return builtins.get(name)?.(facts);
}
