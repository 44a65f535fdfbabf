/** The options that take privileges away: capabilities, system calls, Landlock. */
import type { Profile } from "../src/profile/types.ts";
import { capabilityOptions, readCapabilities } from "./capabilities.ts";
import { hardeningOptions, labelOptions, readHardening, readLabel } from "./hardening.ts";
import { landlockOptions, readLandlock } from "./landlock.ts";
import type { Reader } from "./reader.ts";
import { readSeccomp, seccompNames } from "./seccomp.ts";

/** The options of each module, and how they become its part of a profile. */
const modules: readonly { readonly options: readonly string[]; readonly read: (reader: Reader) => Profile }[] = [
	{ options: capabilityOptions, read: (reader) => ({ capabilities: readCapabilities(reader) }) },
	{ options: landlockOptions, read: (reader) => ({ landlock: readLandlock(reader) }) },
	{ options: seccompNames, read: (reader) => ({ seccomp: readSeccomp(reader) }) },
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
