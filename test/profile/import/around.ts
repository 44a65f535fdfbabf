/** What the tests of importers have in common. */
import { expect } from "bun:test";
import type { Imported, Surroundings } from "../../../src/profile/import/types.ts";

/** An ordinary user at home. */
export const around: Surroundings = {
	cwd: "/home/me/work",
	env: new Map([
		["HOME", "/home/me"],
		["LANG", "C"],
	]),
	uid: 1000,
	gid: 100,
};

/** What is missing, by its name alone. */
export const lacking = ({ missing }: Imported): string[] => missing.map(({ what }) => what);

/** The messages of what is wrong. */
export const wrong = ({ problems }: Imported): string[] => problems.map(({ message }) => message);

/** Everything is in the profile and nothing is wrong. */
export function complete(imported: Imported): Imported["profile"] {
	expect([wrong(imported), lacking(imported)]).toEqual([[], []]);
	return imported.profile;
}
