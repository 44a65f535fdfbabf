/** What `run` and `plan` have in common: from the command line to a plan. */
import { readFileSync } from "node:fs";
import { splitStrings } from "../src/bytes.ts";
import { hostFacts } from "../src/host.ts";
import { PlanError } from "../src/plan/errors.ts";
import { plan } from "../src/plan/plan.ts";
import type { Command, Fragment, Plan } from "../src/plan/types.ts";
import { checkJoins } from "../src/preflight.ts";
import type { ReadArgv } from "./argv.ts";
import { readFragments } from "./fragments.ts";
import { UsageError } from "./output.ts";

export interface Request {
	readonly plan: Plan;
	readonly fragments: readonly Fragment[];
}

/** The plan a command line asks for. Throws one error with every problem: of the options, and of what they ask for. */
export function readRequest({ given, rest, problems }: ReadArgv): Request {
	const command = callersCommand(rest);
	const read = readFragments(given, command.cwd);
	const found = [...problems, ...read.problems];
	try {
		const host = hostFacts();
		const planned = plan(read.fragments, { host, command });
		checkJoins(read.fragments, host);
		if (found.length === 0) return { plan: planned, fragments: read.fragments };
	} catch (error) {
		if (!(error instanceof PlanError)) throw error;
		found.push(...error.problems);
	}
	throw new UsageError(found);
}

/** The command with the environment and directory of this process, as the caller gave them to it. */
function callersCommand(argv: readonly string[]): Command {
	const env = callersEnvironment();
	const shell = env.find((variable) => variable.startsWith("SHELL=") && variable !== "SHELL=")?.slice("SHELL=".length);
	return { argv: argv.length > 0 ? argv : [shell ?? "sh"], env, cwd: callersDirectory() };
}

/** Not `process.env`: Bun adds what it finds in .env files, and text that is not UTF-8 would not survive. */
function callersEnvironment(): string[] {
	return splitStrings(readFileSync("/proc/self/environ"));
}

/** `/` where the directory has been removed meanwhile. */
function callersDirectory(): string {
	try {
		return process.cwd();
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT") return "/";
		throw error;
	}
}

/** The words after the program's name, as the caller gave them, also those that are not UTF-8. */
export function callersArguments(): string[] {
	const words = process.argv.slice(2);
	if (!words.some((word) => word.includes("\ufffd")) || words.length === 0) return words;
	return splitStrings(readFileSync("/proc/self/cmdline")).slice(-words.length);
}
