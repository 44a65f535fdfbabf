/** `--strict`: the preset for other people's code, with the working directory. */
import { realPath } from "../src/links.ts";
import type { MountRule } from "../src/mounts/rules.ts";
import { profileAbove } from "../src/profile/above.ts";
import { builtin, type Facts, homeOf } from "../src/profile/builtin.ts";
import { shownDirectory } from "../src/profile/strict.ts";
import type { Profile } from "../src/profile/types.ts";
import type { Loaded } from "../src/profile-files/load.ts";
import type { Below, Caller } from "./request.ts";

/** What comes on top of the preset stays what it is: of these profiles only what they say themselves is saved. */
export function strictBelow(caller: Caller & Facts, { profile, problems }: Loaded): Below {
	const mounts = shownDirectory(caller.cwd, homesOf(caller));
	const preset = withRules(builtin("strict", caller) ?? {}, mounts);
	return {
		profile: profileAbove(preset, profile),
		problems,
		hasPreset: true,
		saved: (said: Profile) => {
			const { mergeProfiles } = require("../src/profile/merge.ts") as typeof import("../src/profile/merge.ts");
			return { extends: "strict", ...mergeProfiles(mergeProfiles({ mount: { mounts } }, profile), said) };
		},
	};
}

/** The preset with these rules behind its own. */
function withRules(preset: Profile, rules: readonly MountRule[]): Profile {
	const { mount } = preset;
	if (typeof mount !== "object") return preset;
	return { ...preset, mount: { ...mount, mounts: [...(mount.mounts ?? []), ...rules] } };
}

/** The caller's home directory by all its names: what HOME says, and where links on the way lead. */
function homesOf({ env }: Caller): string[] {
	const home = homeOf(env);
	if (!home?.startsWith("/")) return [];
	const real = realPath(home);
	return real === undefined || real === home ? [home] : [home, real];
}
