/** The command of a profile, with what else it is run with. */
import type { Command } from "../plan/types.ts";
import { environmentOf } from "./environment.ts";
import type { Profile } from "./types.ts";

/** Whose command it is: the variables and the directory of the process that starts it. */
export interface Surroundings {
	readonly env: readonly string[];
	readonly cwd: string;
}

/** The command that a profile names; without any, the shell of its environment. */
export function commandOf({ command = {}, environment }: Profile, { env: callers, cwd: here }: Surroundings): Command {
	const env = environmentOf(environment || undefined, callers);
	const { argv, argv0, descriptor, cwd } = command || {};
	const words = {
		argv: argv ?? [shell(env)],
		...(argv0 !== undefined && { argv0 }),
		...(descriptor !== undefined && { descriptor }),
	};
	return cwd === undefined ? { ...words, env, cwd: here } : { ...words, env, cwd, mustStartThere: true };
}

/** What runs when no command is named. */
function shell(env: readonly string[]): string {
	const variable = env.find((one) => one.startsWith("SHELL="))?.slice("SHELL=".length);
	return variable ? variable : "sh";
}
