/** What `run` and `plan` have in common: from the command line to a plan. */
import { splitStrings } from "../src/bytes.ts";
import { readFile } from "../src/descriptors.ts";
import { SystemError } from "../src/ffi.ts";
import { currentDirectory, hostFacts } from "../src/host.ts";
import { PlanError } from "../src/plan/errors.ts";
import { compose } from "../src/plan/plan.ts";
import type { Fragment, Host, Plan } from "../src/plan/types.ts";
import type { ReadArgv } from "./argv.ts";
import { readCommand } from "./command.ts";
import { readFragments } from "./fragments.ts";
import { UsageError } from "./usage.ts";

export interface Request {
	readonly plan: Plan;
	readonly fragments: readonly Fragment[];
}

/** What a plan is made from besides the words: facts of the process that read them. */
export interface Caller {
	readonly host: Host;
	readonly env: readonly string[];
	readonly cwd: string;
	/** The words were read before, and what they name may be gone: see `Reader`. */
	readonly again?: boolean;
}

/** This process as a caller. */
export function thisCaller(): Caller {
	return { host: hostFacts(), env: callersEnvironment(), cwd: currentDirectory() };
}

/** The plan a command line asks for. Throws one error with every problem: of the options, and of what they ask for. */
export function readRequest({ given, rest, problems }: ReadArgv, { host, env, cwd, again }: Caller): Request {
	const read = readFragments(given, cwd, again);
	const { command, problems: ofCommand } = readCommand(given, rest, { env, cwd });
	const found = [...problems, ...read.problems, ...ofCommand];
	try {
		const plan = compose(read.fragments, { host, command });
		if (found.length === 0) return { plan, fragments: read.fragments };
	} catch (error) {
		if (!(error instanceof PlanError)) throw error;
		found.push(...error.problems);
	}
	throw new UsageError(found);
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
