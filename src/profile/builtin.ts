/** Profiles that need no file. */
import type { Host } from "../plan/types.ts";
import { type StrictFacts, strictProfile } from "./strict.ts";
import type { Profile } from "./types.ts";

/** What a built-in profile may depend on: the machine, and the process that asks. */
export interface Facts {
	readonly host: Host;
	readonly env: readonly string[];
	readonly cwd: string;
	/** Standard input, output and error are a terminal. */
	readonly terminal?: boolean;
}

/** Each by its name: no path, so that it cannot be taken for a file. */
const builtins: ReadonlyMap<string, (facts: Facts) => Profile> = new Map([["strict", strict]]);

/** What they are called. */
export const builtinNames: readonly string[] = [...builtins.keys()];

function strict(facts: Facts): Profile {
	return strictProfile(strictFacts(facts));
}

/** What of it the strict preset depends on. */
export function strictFacts({ host, env, terminal }: Facts): StrictFacts {
	const { kernel, uid, gid } = host;
	return { kernel, uid, gid, home: homeOf(env), terminal };
}

/** What HOME says. */
export const homeOf = (env: readonly string[]): string | undefined =>
	env.find((variable) => variable.startsWith("HOME="))?.slice("HOME=".length);

/** The built-in profile of this name; `undefined` where there is none. */
export function builtin(name: string, facts: Facts): Profile | undefined {
	return builtins.get(name)?.(facts);
}
