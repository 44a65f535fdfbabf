/** What `run` and `plan` have in common: from the command line to a plan. */
import { splitStrings } from "../src/bytes.ts";
import { isTerminal, readFile } from "../src/descriptors.ts";
import { SystemError } from "../src/ffi.ts";
import { currentDirectory, hostFacts } from "../src/host.ts";
import { PlanError } from "../src/plan/errors.ts";
import { namespaceKinds } from "../src/plan/namespaces.ts";
import { compose } from "../src/plan/plan.ts";
import type { Fragment, Host, Plan, Problem } from "../src/plan/types.ts";
import type { SeccompOptions } from "../src/privileges/types.ts";
import type { Facts } from "../src/profile/builtin.ts";
import { commandOf } from "../src/profile/command.ts";
import { fragmentsOf } from "../src/profile/fragments.ts";
import type { Profile, ProfileFile } from "../src/profile/types.ts";
import type { Loaded } from "../src/profile-files/load.ts";
import type { Given, ReadArgv } from "./argv.ts";
import { readProfile } from "./fragments.ts";
import { joinWords } from "./namespaces.ts";
import { Reader } from "./reader.ts";
import { UsageError } from "./usage.ts";

export interface Request {
	readonly plan: Plan;
	readonly fragments: readonly Fragment[];
	/** What the plan was made from, as it is to be saved. */
	readonly profile: ProfileFile;
	/** What was read from files for that. */
	readonly base?: Base | undefined;
}

/** What the words build on, to be built on again. */
export type Base = Pick<Loaded, "profile" | "hasPreset">;

/** What a plan is made from besides the words: facts of the process that read them. */
export interface Caller {
	readonly host: Host;
	readonly env: readonly string[];
	readonly cwd: string;
	/** The words were read before, and what they name may be gone: nothing of it is read again. */
	readonly again?: boolean;
}

/** This process as a caller. */
export function thisCaller(): Caller {
	const host = hostFacts();
	// What cli/scope.ts has set is none of the caller's.
	const env = callersEnvironment().filter((one) => one !== `NSKIT_SCOPE=${host.pid}`);
	return { host, env, cwd: currentDirectory() };
}

/** The plan a command line asks for. Throws one error with every problem: of the options, and of what they ask for. */
export function readRequest({ given, rest, problems }: ReadArgv, caller: Caller, base?: Base): Request {
	const { host, env, cwd } = caller;
	const below: Below | undefined = base ? { ...base, problems: [] } : profilesOf(given, caller);
	const ofTargets: Problem[] = [];
	const opened = withNumbers(withTargets(given, below?.profile, ofTargets), host);
	const { profile, said, problems: ofOptions } = readProfile(opened, rest, cwd, below?.profile);
	const found = [...problems, ...ofTargets, ...ofOptions, ...(below?.problems ?? [])];
	// Without what a profile should have said, the plan would have problems that nobody has made.
	if (below && below.problems.length > 0) throw new UsageError(found);
	const read = withDevices(withFilters(below?.hasPreset ? withLinks(profile) : profile, found, caller.again), found);
	try {
		const fragments = [...withTold(fragmentsOf(withWords(read)), given, found), ...namedBy(given)];
		const plan = compose(fragments, { host, command: commandOf(profile, { env, cwd }) });
		if (found.length > 0) throw new UsageError(found);
		return {
			plan,
			fragments,
			// Few runs are saved.
			get profile() {
				return below?.saved?.(said) ?? profile;
			},
			base: below && { profile: below.profile, hasPreset: below.hasPreset === true },
		};
	} catch (error) {
		if (!(error instanceof PlanError)) throw error;
		found.push(...error.problems);
	}
	throw new UsageError(found);
}

/** The options with the targets of `--join` opened; the code for that is loaded only where one has to be. */
function withTargets(given: readonly Given[], base: Profile | undefined, problems: Problem[]): readonly Given[] {
	if (!given.some(({ name, value }) => name === "join" && joinWords(String(value))?.target)) return given;
	const targets = require("./targets.ts") as typeof import("./targets.ts");
	return targets.withTargets(given, base ?? {}, problems);
}

/** The options with numbers for names of users and groups; the code for that is loaded only where there are any. */
export function withNumbers(given: readonly Given[], host: Host): readonly Given[] {
	if (!given.some(({ name }) => name === "setuid" || name === "setgid" || name === "groups")) return given;
	const names = require("./id-names.ts") as typeof import("./id-names.ts");
	return names.hasIdNames(given) ? names.withIdNumbers(given, host.ids) : given;
}

/** The profile with what its words for namespaces to join lead to; the code for that is loaded only where there are any. */
function withWords(profile: Profile): Profile {
	for (const kind of namespaceKinds) {
		const part = profile[kind];
		if (typeof part !== "object" || typeof part.join !== "string" || part.join.includes("/")) continue;
		const words = require("../src/targets/words-in-profile.ts") as typeof import("../src/targets/words-in-profile.ts");
		return words.openedWords(profile).profile;
	}
	return profile;
}

/** This program again, for as long as it can be found by its path: the compiled file, or Bun with the source. */
export const self: readonly string[] = Bun.main.startsWith("/$bunfs/")
	? [process.execPath]
	: [process.execPath, Bun.main];

/** The modules, with what tells the numbers at the end where they are asked for; the code for that is loaded only then. */
function withTold(fragments: readonly Fragment[], given: readonly Given[], problems: Problem[]): readonly Fragment[] {
	if (!given.some(({ name }) => name === "stats")) return fragments;
	const stats = require("./stats-option.ts") as typeof import("./stats-option.ts");
	return stats.withStats(fragments, given, self, problems);
}

/** The name of the sandbox, where one is given; the code for that is loaded only then. */
function namedBy(given: readonly Given[]): Fragment[] {
	const last = given.findLast(({ name }) => name === "name");
	if (!last) return [];
	return [(require("../src/keeper/claim.ts") as typeof import("../src/keeper/claim.ts")).named(String(last.value))];
}

/** The profile with links where the machine has them, in a root of its own: `strict` shows system directories as they are. */
function withLinks(profile: Profile): Profile {
	const { withSystemLinks } = require("../src/profile/links.ts") as typeof import("../src/profile/links.ts");
	const { systemLinks } = require("../src/links.ts") as typeof import("../src/links.ts");
	return withSystemLinks(profile, systemLinks);
}

/** The profile with the filters of system calls that it only names. What cannot be read is a problem. */
export function withFilters(profile: Profile, problems: Problem[], again = false): Profile {
	const { seccomp } = profile;
	if (!seccomp) return profile;
	const { loadedSeccomp } = require("./seccomp.ts") as typeof import("./seccomp.ts");
	const made = loadedSeccomp(seccomp, again);
	if (!Array.isArray(made)) return { ...profile, seccomp: made as SeccompOptions };
	problems.push(...made);
	return { ...profile, seccomp: { profile: "none" } };
}

/** The profile with the numbers of devices that its limits name by their paths. */
function withDevices(profile: Profile, problems: Problem[]): Profile {
	const { resources } = profile;
	if (!resources || !(resources.io || resources.devices)) return profile;
	const devices = require("../src/cgroup-files/devices.ts") as typeof import("../src/cgroup-files/devices.ts");
	if (!devices.namesDevices(resources)) return profile;
	return { ...profile, resources: devices.numberedDevices(resources, problems) };
}

/** What the options build on. */
export interface Below extends Loaded {
	/** What they say on top of it, as it is to be saved. */
	saved?(said: Profile): ProfileFile;
}

/** `--strict`, and on top of it what `--profile` names, one on top of the other; `undefined` when nothing is named. */
function profilesOf(given: readonly Given[], caller: Caller): Below | undefined {
	const isStrict = given.some(({ name, value }) => name === "strict" && value === true);
	if (!isStrict && !given.some(({ name }) => name === "profile")) return undefined;
	const names = new Reader(given, caller.cwd).each("profile");
	// Who is observed stays at the caller's terminal.
	const learns = given.some(({ name }) => name === "learn");
	const facts = { ...caller, terminal: !learns && isTerminal(0) && isTerminal(1) && isTerminal(2) };
	const named = filesOf(names, facts, isStrict);
	if (!isStrict) return named;
	return (require("./strict.ts") as typeof import("./strict.ts")).strictBelow(facts, named);
}

/** What profiles say that are named; the code that reads them is loaded only where there are any. */
function filesOf(names: readonly string[], facts: Caller & Facts, isStrict: boolean): Loaded {
	if (names.length === 0) return { profile: {}, problems: [] };
	const { readProfiles } = require("../src/profile-files/load.ts") as typeof import("../src/profile-files/load.ts");
	return readProfiles(names, facts, isStrict ? "strict" : undefined);
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
