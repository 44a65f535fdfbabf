/** System directories that are links into /usr: a link takes the kernel less time than a mount, and is what programs expect. */
import type { MountRule } from "../mounts/rules.ts";
import type { Profile } from "./types.ts";

/** By its path, what a system directory is: where its link leads, or `null` where there is none. Others are left out. */
export type SystemLinks = Readonly<Record<string, string | null>>;

/** The preset with links in the place of binds; only for a root in memory, where links can be made. */
export function withSystemLinks(profile: Profile, links: SystemLinks): Profile {
	const { mount } = profile;
	if (typeof mount !== "object" || typeof mount.root !== "object" || !mount.mounts) return profile;
	const mounts: MountRule[] = [];
	for (const rule of mount.mounts) {
		const link = isShown(rule) ? links[rule.target] : undefined;
		if (link === null) continue;
		const to = link === undefined ? undefined : intoUsr.exec(link)?.[1];
		mounts.push(to === undefined ? rule : { type: "symlink", to, target: rule.target });
	}
	return { ...profile, mount: { ...mount, mounts } };
}

/** Only the rules that the preset itself has for its system directories: they may be missing. */
const isShown = (rule: MountRule): boolean =>
	rule.type === "bind" && rule.optional === true && rule.source === rule.target;

/** `usr/bin`, as the link says it: nothing that leads anywhere else. */
const intoUsr = /^\/?(usr\/[\w-]+)$/;
