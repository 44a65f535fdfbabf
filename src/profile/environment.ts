/** The command's variables: what is inherited is decided first, then some are taken away and some are set. */
import type { EnvironmentOptions } from "./types.ts";

/** The environment that these options make of the caller's, as `NAME=value`. What is set stands at the end. */
export function environmentOf(options: EnvironmentOptions | undefined, callers: readonly string[]): readonly string[] {
	if (!options) return callers;
	const { clear, keep, set = {}, unset = [] } = options;
	const kept = keep && new Set(keep);
	const gone = new Set(unset);
	const env: string[] = [];
	for (const variable of kept || !clear ? callers : []) {
		const name = nameOf(variable);
		if ((!kept || kept.has(name)) && !gone.has(name) && !Object.hasOwn(set, name)) env.push(variable);
	}
	for (const name of Object.keys(set)) env.push(`${name}=${set[name]}`);
	return env;
}

/** The name of a variable, and of one that has no value. */
export const nameOf = (variable: string): string => variable.split("=", 1)[0] ?? "";

/** Why no variable can have this name; `undefined` for one that can be. */
export function wrongName(name: string): string | undefined {
	if (name === "") return "is empty";
	if (name.includes("=")) return "holds =";
	return name.includes("\0") ? "holds a NUL byte" : undefined;
}
