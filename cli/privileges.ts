/** The options that take privileges away: capabilities, system calls, Landlock. */
import type { Fragment } from "../src/plan/types.ts";
import { seccomp } from "../src/privileges/seccomp.ts";
import type { Reader } from "./reader.ts";
import { readSeccomp, seccompNames } from "./seccomp.ts";

/** The options of each module, and how they become it. */
const modules: readonly { readonly options: readonly string[]; readonly read: (reader: Reader) => Fragment }[] = [
	{ options: seccompNames, read: (reader) => seccomp(readSeccomp(reader)) },
];

/** The modules that these options ask for; those without an option are left out. */
export function privilegeFragments(reader: Reader): Fragment[] {
	const fragments: Fragment[] = [];
	for (const { options, read } of modules) {
		if (reader.given.some(({ name }) => options.includes(name))) fragments.push(read(reader));
	}
	return fragments;
}
