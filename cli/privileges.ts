/** The options that take privileges away: capabilities, system calls, Landlock. */
import type { Profile } from "../src/profile/types.ts";
import { hardeningOptions, labelOptions, readHardening, readLabel } from "./hardening.ts";
import type { Reader } from "./reader.ts";

/** The options of each module, and how they become its part of a profile. */
const modules: readonly { readonly options: readonly string[]; readonly read: (reader: Reader) => Profile }[] = [
	{ options: labelOptions, read: (reader) => ({ label: readLabel(reader) }) },
	{ options: hardeningOptions, read: (reader) => ({ hardening: readHardening(reader) }) },
];

/** The modules that these options ask for; those without an option are left out. */
export function privilegeParts(reader: Reader): Profile {
	let parts: Profile = {};
	for (const { options, read } of modules) {
		if (reader.given.some(({ name }) => options.includes(name))) parts = { ...parts, ...read(reader) };
	}
	return parts;
}
