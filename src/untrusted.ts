/** The preset for other people's code, in the library. */
import { currentDirectory, hostFacts } from "./host.ts";
import { systemLinks } from "./links.ts";
import { pathProblems } from "./mounts/problems.ts";
import type { BindMount } from "./mounts/rules.ts";
import { PlanError } from "./plan/errors.ts";
import type { Problem } from "./plan/types.ts";
import { withSystemLinks } from "./profile/links.ts";
import { mergeProfiles } from "./profile/merge.ts";
import { resolvePath } from "./profile/paths.ts";
import { strictProfile } from "./profile/strict.ts";
import type { Profile } from "./profile/types.ts";
import { checkedProfile, profileSandbox } from "./profile-sandbox.ts";
import type { Sandbox } from "./sandbox.ts";

/** What other people's code gets to see beyond what it takes to run a program. */
export interface UntrustedOptions {
	/** Directories and files that are shown read-only, at their own paths; relative ones begin at the working directory. */
	readonly read?: readonly string[] | undefined;
	/** Directories and files that the command may change, likewise. Of two that lie in each other the inner one counts. */
	readonly write?: readonly string[] | undefined;
	/** What counts before all of it: further rules, other limits, variables (`environment.set`), a time limit (`lifetime`). */
	readonly profile?: Profile | undefined;
}

/**
 * A sandbox for other people's code, the same as `ns run --strict`: all namespaces, programs and libraries of the machine
 * read-only, an empty home and /tmp, no network, no capabilities, the built-in filter of system calls, Landlock, limits, a
 * session of its own, and of the environment PATH, TERM, LANG and HOME. Nothing of the working directory is shown unless
 * it is named; a command starts there where it is, else in `/`. Where the kernel has no Landlock, `plan` says so in
 * `reduced`, and everything else holds. What is left to the caller stands in docs/security.md.
 *
 * @example
 * ```ts
 * import { untrusted } from "nskit";
 * const box = untrusted({ profile: { lifetime: { timeout: "10s" } } });
 * const { stdout } = box.spawnSync(["sh", "-c", "ls /etc/shadow 2> /dev/null || echo nothing to see"]);
 * console.log(stdout?.toString()); // nothing to see
 * ```
 */
export function untrusted({ read = [], write = [], profile = {} }: UntrustedOptions = {}): Sandbox {
	const { kernel, uid, gid } = hostFacts();
	const above = checkedProfile(profile);
	const shown: Profile = { mount: { mounts: shownPlaces(read, write) } };
	const preset = strictProfile({ kernel, uid, gid, home: process.env.HOME });
	return profileSandbox(withSystemLinks(mergeProfiles(mergeProfiles(preset, shown), above), systemLinks));
}

/** A rule for each, the outer before the inner, which it would hide. */
function shownPlaces(read: readonly string[], write: readonly string[]): BindMount[] {
	const here = currentDirectory();
	const readable = read.map((path) => place(path, here));
	const writable = write.map((path) => place(path, here));
	const problems: Problem[] = [];
	for (const path of read) problems.push(...pathProblems("path to read", path));
	for (const path of write) problems.push(...pathProblems("path to write", path));
	for (const path of readable) if (path !== "" && writable.includes(path)) problems.push(contradiction(path));
	if (problems.length > 0) throw new PlanError(problems);
	const rules: BindMount[] = [];
	for (const path of new Set([...readable, ...writable].toSorted((a, b) => a.length - b.length))) {
		const readOnly = !writable.includes(path);
		rules.push({ type: "bind", source: path, target: path, readOnly, noSuid: true, noDev: true });
	}
	return rules;
}

/** The whole path, without steps that lead nowhere; what is no path is left to be told. */
function place(path: string, here: string): string {
	if (path === "") return path;
	const steps = resolvePath(path, here)
		.split("/")
		.filter((step) => step !== "" && step !== ".");
	return `/${steps.join("/")}`;
}

const contradiction = (path: string): Problem => ({
	code: "PATH_TWICE",
	message: `${path} is to be read-only and writable`,
	hint: "name it once, under read or under write",
});
