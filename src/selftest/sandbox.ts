/** The sandbox that the selftest attacks unless another is given. */
import { hostFacts } from "../host.ts";
import { systemLinks } from "../links.ts";
import type { Fragment } from "../plan/types.ts";
import { builtin } from "../profile/builtin.ts";
import { fragmentsOf } from "../profile/fragments.ts";
import { withSystemLinks } from "../profile/links.ts";
import type { Variation } from "./types.ts";

/** The preset for other people's code, with these rules on top, or with another root and only these. */
export function confined({ mounts = [], root }: Variation): readonly Fragment[] {
	const preset = builtin("strict", { host: hostFacts(), env: [], cwd: "/" }) ?? {};
	const profile = root === undefined ? withSystemLinks(preset, systemLinks) : preset;
	const own = typeof profile.mount === "object" ? profile.mount : {};
	const mount = root === undefined ? { ...own, mounts: [...(own.mounts ?? []), ...mounts] } : { root, mounts };
	return fragmentsOf({ ...profile, mount });
}
