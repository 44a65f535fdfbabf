import { describe, expect, test } from "bun:test";
import { withSystemLinks } from "../../src/profile/links.ts";
import { strictProfile } from "../../src/profile/strict.ts";
import type { Profile } from "../../src/profile/types.ts";

const preset = strictProfile({ kernel: 618, uid: 0, gid: 0, home: "/root" });
const rulesOf = ({ mount }: Profile) => (typeof mount === "object" ? (mount.mounts ?? []) : []);
const ruleAt = (target: string, links: Record<string, string | null>, profile: Profile = preset) =>
	rulesOf(withSystemLinks(profile, () => links)).find((rule) => rule.target === target);

describe("`withSystemLinks`", () => {
	test("makes a link of what is one, whether it is said from the root on or not", () => {
		for (const says of ["usr/bin", "/usr/bin"])
			expect(ruleAt("/bin", { "/bin": says })).toEqual({ type: "symlink", to: "usr/bin", target: "/bin" });
	});

	test("shows what is no link, or one that leads elsewhere, as it is", () => {
		for (const says of ["opt/bin", "../usr/bin", "usr/../etc", "usr/.", "usr/local/bin", "usr", "", "/usr/bin\0"])
			expect(ruleAt("/bin", { "/bin": says })).toMatchObject({ type: "bind", source: "/bin", readOnly: true });
		expect(withSystemLinks(preset, () => ({}))).toEqual(preset);
	});

	test("leaves out what is not there, and nothing else", () => {
		expect(ruleAt("/lib32", { "/lib32": null })).toBeUndefined();
		expect(rulesOf(withSystemLinks(preset, () => ({ "/lib32": null })))).toHaveLength(rulesOf(preset).length - 1);
	});

	test("hides nothing that is not there, and never makes a link of what is hidden", () => {
		expect(ruleAt("/proc/scsi", { "/proc/scsi": null })).toBeUndefined();
		expect(ruleAt("/proc/scsi", {})).toMatchObject({ type: "mask" });
		expect(ruleAt("/proc/scsi", { "/proc/scsi": "self" })).toMatchObject({ type: "mask" });
	});

	test("changes no rule that is not the preset's, and no other root", () => {
		const own: Profile = {
			...preset,
			mount: { root: { type: "tmpfs" }, mounts: [{ type: "bind", source: "/x", target: "/bin" }] },
		};
		expect(withSystemLinks(own, () => ({ "/bin": "usr/bin" }))).toEqual(own);
		const elsewhere: Profile = { ...preset, mount: { root: "/srv", mounts: rulesOf(preset) } };
		expect(withSystemLinks(elsewhere, () => ({ "/bin": "usr/bin" }))).toEqual(elsewhere);
		expect(withSystemLinks({ mount: true }, () => ({ "/bin": "usr/bin" }))).toEqual({ mount: true });
	});
});
