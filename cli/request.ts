/** What `run` and `plan` have in common: from the command line to a plan. */
import { splitStrings } from "../src/bytes.ts";
import { readFile } from "../src/descriptors.ts";
import { SystemError } from "../src/ffi.ts";
import { currentDirectory, hostFacts } from "../src/host.ts";
import { PlanError } from "../src/plan/errors.ts";
import { compose } from "../src/plan/plan.ts";
import type { Fragment, Host, Plan } from "../src/plan/types.ts";
import { commandOf } from "../src/profile/command.ts";
import { fragmentsOf } from "../src/profile/fragments.ts";
import type { Profile } from "../src/profile/types.ts";
import type { Loaded } from "../src/profile-files/load.ts";
import type { Given, ReadArgv } from "./argv.ts";
import { readProfile } from "./fragments.ts";
import { Reader } from "./reader.ts";
import { UsageError } from "./usage.ts";

export interface Request {
	readonly plan: Plan;
	readonly fragments: readonly Fragment[];
	/** What the plan was made from. */
	readonly profile: Profile;
	/** What was read from files for that. */
	readonly base?: Profile | undefined;
}

/** What a plan is made from besides the words: facts of the process that read them. */
export interface Caller {
	readonly host: Host;
	readonly env: readonly string[];
	readonly cwd: string;
}

/** This process as a caller. */
export function thisCaller(): Caller {
	return { host: hostFacts(), env: callersEnvironment(), cwd: currentDirectory() };
}

/** The plan a command line asks for. Throws one error with every problem: of the options, and of what they ask for. */
export function readRequest({ given, rest, problems }: ReadArgv, caller: Caller, base?: Profile): Request {
	const { host, env, cwd } = caller;
	const below = base ? { profile: base, problems: [] } : profilesOf(given, caller);
	const { profile, problems: ofOptions } = readProfile(given, rest, cwd, below?.profile);
	const found = [...problems, ...ofOptions, ...(below?.problems ?? [])];
	// Without what a profile should have said, the plan would have problems that nobody has made.
	if (below && below.problems.length > 0) throw new UsageError(found);
	try {
		const fragments = fragmentsOf(profile);
		const plan = compose(fragments, { host, command: commandOf(profile, { env, cwd }) });
		if (found.length === 0) return { plan, fragments, profile, base: below?.profile };
	} catch (error) {
		if (!(error instanceof PlanError)) throw error;
		found.push(...error.problems);
	}
	throw new UsageError(found);
}

/** What `--profile` names, one on top of the other; `undefined` when nothing is named. */
function profilesOf(given: readonly Given[], caller: Caller): Loaded | undefined {
	if (!given.some(({ name }) => name === "profile")) return undefined;
	const { readProfiles } = require("../src/profile-files/load.ts") as typeof import("../src/profile-files/load.ts");
	return readProfiles(new Reader(given, caller.cwd).each("profile"), caller);
}

/**
 * Not `process.env`, except where there is no /proc: Bun adds what it finds in .env files, and text that is not UTF-8
 * would not survive.
 */
function callersEnvironment(): string[] {
	try {
		if (process.platform === "linux") return splitStrings(readFile("/proc/self/environ"));
	} catch (error) {
		if (!(error instanceof SystemError && error.code === "ENOENT")) throw error;
	}
	return Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
}

/** The words after the program's name, as the caller gave them, also those that are not UTF-8. */
export function callersArguments(): string[] {
	const words = process.argv.slice(2);
	if (!words.some((word) => word.includes("\ufffd")) || words.length === 0) return words;
	return splitStrings(readFile("/proc/self/cmdline")).slice(-words.length);
}
