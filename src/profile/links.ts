/** System directories that are links into /usr: a link takes the kernel less time than a mount, and is what programs expect. */
import type { MountRule } from "../mounts/rules.ts";
import type { Profile } from "./types.ts";

/** By its path, what a place of the system is: where its link leads, or `null` where there is none. Others are left out. */
export type SystemLinks = Readonly<Record<string, string | null>>;

/**
 * A profile with links in the place of binds, and without what would hide nothing, for which the kernel would wait: only
 * in a root in memory, where links can be made, and where /usr is shown, which they lead to. `look` is asked only then.
 */
export function withSystemLinks(profile: Profile, look: () => SystemLinks): Profile {
	const { mount } = profile;
	if (typeof mount !== "object" || typeof mount.root !== "object" || !mount.mounts?.some(isUsr)) return profile;
	const links = look();
	const mounts: MountRule[] = [];
	const seen = new Set<string>();
	for (const rule of mount.mounts) {
		// The preset's own rule is the first; who shows such a place once more means that.
		const link = isShown(rule) && !seen.has(rule.target) ? links[rule.target] : undefined;
		seen.add(rule.target);
		if (link === null) continue;
		const to = link === undefined ? undefined : intoUsr.exec(link)?.[1];
		mounts.push(to === undefined ? rule : { type: "symlink", to, target: rule.target });
	}
	return { ...profile, mount: { ...mount, mounts } };
}

const isUsr = (rule: MountRule): boolean => rule.type === "bind" && rule.source === "/usr" && rule.target === "/usr";

/** Only the rules that the preset itself has for places of the system: they may be missing. */
const isShown = (rule: MountRule): boolean =>
	(rule.type === "bind" && rule.optional === true && rule.source === rule.target) ||
	(rule.type === "mask" && rule.optional === true);

/** `usr/bin`, as the link says it: nothing that leads anywhere else. */
const intoUsr = /^\/?(usr\/[\w-]+)$/;
