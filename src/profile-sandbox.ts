/** Profiles in the library. */
import { namesDevices, numberedDevices } from "./cgroup-files/devices.ts";
import { keeping } from "./join.ts";
import { PlanError } from "./plan/errors.ts";
import { namespaceKinds } from "./plan/namespaces.ts";
import type { Fragment, Problem } from "./plan/types.ts";
import { loadSeccomp } from "./preflight/seccomp.ts";
import type { ResourceOptions } from "./process/resources.ts";
import { environmentOf } from "./profile/environment.ts";
import { fragmentsOf } from "./profile/fragments.ts";
import { profileShape } from "./profile/shape.ts";
import type { Profile } from "./profile/types.ts";
import { validate } from "./profile/validate.ts";
import { type CommandOptions, type Sandbox, sandbox } from "./sandbox.ts";
import { openedWords, wordOf } from "./targets/words-in-profile.ts";

/**
 * The modules of a profile, to be composed with others. The namespaces that it names are made; where it names none, all
 * eight are, but those that are `false`. Its `environment` and `command` are no modules: `profileSandbox` heeds them.
 * Throws a `PlanError` with every unknown key and every wrong value. Filters of system calls that it names are read now.
 *
 * @example
 * ```ts
 * import { profileFragments, sandbox } from "nskit";
 * const box = sandbox(...profileFragments({ pid: true, mount: true, uts: { hostname: "box" } }));
 * console.log(box.spawnSync(["hostname"], { stdout: "pipe" }).stdout?.toString()); // box
 * ```
 */
export function profileFragments(profile: Profile): Fragment[] {
	return openedFragments(checkedProfile(profile));
}

/** The modules of a checked profile. What its words for namespaces lead to is held as long as anybody refers to them. */
function openedFragments(profile: Profile): Fragment[] {
	if (!namespaceKinds.some((kind) => wordOf(profile, kind) !== undefined)) return fragmentsOf(profile);
	const opened = openedWords(profile);
	const close = () => {
		for (const target of opened.targets) target.close();
	};
	return [...keeping(fragmentsOf(opened.profile), close).kept];
}

/**
 * A sandbox of a profile, its environment and its command included. What the options of a run say of the environment is
 * the caller's: the profile decides what of it is inherited. An empty argv stands for the profile's own command.
 *
 * @example
 * ```ts
 * import { profileSandbox } from "nskit";
 * const box = profileSandbox({ uts: { hostname: "box" }, command: { argv: ["hostname"] }, environment: { clear: true } });
 * console.log(box.spawnSync([], { stdout: "pipe" }).stdout?.toString()); // box
 * ```
 */
export function profileSandbox(profile: Profile): Sandbox {
	const made = checkedProfile(profile);
	const box = sandbox(...openedFragments(made));
	const { argv: own = [], argv0, descriptor, cwd } = made.command || {};
	const words = (argv: readonly string[]): readonly string[] => (argv.length === 0 ? own : argv);
	/** What of the profile's command is not said here; its other name belongs to its own words. */
	const options = <Options extends CommandOptions>(argv: readonly string[], given: Options): Options => ({
		...given,
		env: variables(made, given.env ?? process.env),
		cwd: given.cwd ?? cwd,
		argv0: given.argv0 ?? (argv.length === 0 ? argv0 : undefined),
	});
	return {
		plan: (argv, given) => box.plan(words(argv), options(argv, given ?? {})),
		spawn: ((argv: readonly string[], given: CommandOptions = {}) =>
			box.spawn(words(argv), options(argv, given))) as Sandbox["spawn"],
		spawnSync: (argv, given) => box.spawnSync(words(argv), options(argv, given ?? {})),
		become(argv, given = {}) {
			const own = argv.length === 0 ? descriptor : undefined;
			return box.become(words(argv), { descriptor: own, ...options(argv, given) });
		},
	};
}

/** The profile again, made of nothing but what is known, with the filters of system calls that it only names. */
export function checkedProfile(profile: Profile): Profile {
	const { value, problems } = validate(profile, profileShape, { name: "profile", object: true });
	if (problems.length > 0) throw new PlanError(problems);
	const made = value as Profile;
	const resources = made.resources ? numbered(made.resources) : made.resources;
	return { ...made, ...(made.seccomp && { seccomp: loadSeccomp(made.seccomp) }), ...(resources && { resources }) };
}

/** Limits with the numbers of devices that they name by their paths. */
function numbered(resources: ResourceOptions): ResourceOptions {
	if (!namesDevices(resources)) return resources;
	const problems: Problem[] = [];
	const made = numberedDevices(resources, problems);
	if (problems.length > 0) throw new PlanError(problems);
	return made;
}

function variables({ environment }: Profile, callers: NonNullable<CommandOptions["env"]>): Record<string, string> {
	const given: string[] = [];
	for (const [name, value] of Object.entries(callers)) if (value !== undefined) given.push(`${name}=${value}`);
	const env: Record<string, string> = Object.create(null);
	for (const variable of environmentOf(environment || undefined, given)) {
		const equals = variable.indexOf("=");
		env[variable.slice(0, equals)] = variable.slice(equals + 1);
	}
	return env;
}
