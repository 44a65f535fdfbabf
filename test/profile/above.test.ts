import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { profileAbove } from "../../src/profile/above.ts";
import { mergeProfiles } from "../../src/profile/merge.ts";
import { strictProfile } from "../../src/profile/strict.ts";
import type { Profile } from "../../src/profile/types.ts";

const preset = strictProfile({ kernel: 618, uid: 1000, gid: 100, home: "/home/user" });
const switches = [undefined, true, false, {}] as const;
const used = [...switches, { create: true }, { create: false }, { create: undefined }, { join: 4242 }] as const;
const profile: fc.Arbitrary<Profile> = fc.record(
	{
		user: fc.constantFrom(...used, { map: "root", create: undefined } as const, { create: true, map: undefined }),
		mount: fc.constantFrom(...used, { create: true, root: "/srv" }, {
			mounts: [{ type: "dev", target: "/x" }],
		} as const),
		pid: fc.constantFrom(...used, { create: true, init: undefined }, { create: true, max: 5 }, { init: false }),
		net: fc.constantFrom(...used, { create: true, loopback: false }),
		capabilities: fc.constantFrom(false as const, undefined, {}, { drop: undefined }, { add: ["CAP_CHOWN"] }),
		terminal: fc.constantFrom({}, undefined, { session: undefined, injection: undefined }, { session: "new" } as const),
		command: fc.constantFrom({ argv: ["a"] }, { argv: undefined, cwd: "/" }, undefined),
	},
	{ requiredKeys: [] },
);

describe("`profileAbove`", () => {
	test("says what `mergeProfiles` says, of whatever two profiles", () => {
		fc.assert(
			fc.property(profile, profile, (earlier, later) => {
				expect(profileAbove(earlier, later)).toEqual(mergeProfiles(earlier, later));
			}),
			{ numRuns: 5000 },
		);
	});

	test("says what `mergeProfiles` says on top of the preset", () => {
		fc.assert(
			fc.property(profile, (later) => {
				expect(profileAbove(preset, later)).toEqual(mergeProfiles(preset, later));
			}),
			{ numRuns: 1000 },
		);
	});
});
