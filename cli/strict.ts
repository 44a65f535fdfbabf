/** `--strict`: the preset for other people's code, with the working directory. */
import { isatty } from "node:tty";
import { builtin } from "../src/profile/builtin.ts";
import { mergeProfiles } from "../src/profile/merge.ts";
import { shownDirectory } from "../src/profile/strict.ts";
import type { Profile } from "../src/profile/types.ts";
import type { Loaded } from "../src/profile-files/load.ts";
import type { Below, Caller } from "./request.ts";

/** What comes on top of the preset stays what it is: of these profiles only what they say themselves is saved. */
export function strictBelow(caller: Caller, { profile, problems }: Loaded, ownTerminal = true): Below {
	const home = caller.env.find((variable) => variable.startsWith("HOME="))?.slice("HOME=".length);
	const terminal = ownTerminal && [0, 1, 2].every((fd) => isatty(fd));
	const shown = mergeProfiles({ mount: { mounts: shownDirectory(caller.cwd, home) } }, profile);
	return {
		profile: mergeProfiles(builtin("strict", { ...caller, terminal }) ?? {}, shown),
		problems,
		saved: (said: Profile) => ({ extends: "strict", ...mergeProfiles(shown, said) }),
	};
}
