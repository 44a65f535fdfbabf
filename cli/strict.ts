/** `--strict`: the preset for other people's code, with the working directory. */
import { realpathSync } from "node:fs";
import { builtin, type Facts } from "../src/profile/builtin.ts";
import { mergeProfiles } from "../src/profile/merge.ts";
import { shownDirectory } from "../src/profile/strict.ts";
import type { Profile } from "../src/profile/types.ts";
import type { Loaded } from "../src/profile-files/load.ts";
import type { Below, Caller } from "./request.ts";

/** What comes on top of the preset stays what it is: of these profiles only what they say themselves is saved. */
export function strictBelow(caller: Caller & Facts, { profile, problems }: Loaded): Below {
	const shown = mergeProfiles({ mount: { mounts: shownDirectory(caller.cwd, homesOf(caller)) } }, profile);
	return {
		profile: mergeProfiles(builtin("strict", caller) ?? {}, shown),
		problems,
		saved: (said: Profile) => ({ extends: "strict", ...mergeProfiles(shown, said) }),
	};
}

/** The caller's home directory by all its names: what HOME says, and where links on the way lead. */
function homesOf({ env }: Caller): string[] {
	const home = env.find((variable) => variable.startsWith("HOME="))?.slice("HOME=".length);
	if (!home?.startsWith("/")) return [];
	try {
		return [home, realpathSync.native(home)];
	} catch {
		return [home];
	}
}
