/** Making way for the name of a sandbox that is about to run: the directory is there, and nothing else has the name. */
import { nameProblems } from "../named/names.ts";
import { netnsPlace, rootPlace } from "../named/pins.ts";
import type { Outside } from "../plan/fragment.ts";
import type { Fragment } from "../plan/types.ts";
import { record } from "../process/name.ts";
import { during, namedError } from "./errors.ts";
import { netnsTaken } from "./pin.ts";
import { mayPin, type Place, placeHint, userPlace, withPlace } from "./place.ts";
import { makeWay } from "./way.ts";

/**
 * Gives the sandbox a name while it runs, by which `ns enter`, `ns inspect`, `ns list` and others find it, and by which
 * nothing else is called then. For one sandbox at a time: a second throws a `NamedError`. Letters, digits, `.`, `_` and
 * `-`, beginning with a letter or a digit. A process of a few kilobytes stays beside the sandbox, and takes the name away
 * when that has ended, however it ended.
 *
 * @example
 * ```ts
 * import { named, pid, sandbox, user } from "nskit";
 * const child = await sandbox(named("example"), user(), pid()).spawn(["sleep", "60"]);
 * // Now ns enter example leads to it.
 * child.kill();
 * await child.exited;
 * ```
 */
export function named(name: string): Fragment {
	return record({ name, place: placeOfRecords(), problems: nameProblems(name) });
}

/** The machine's root has them where the names of namespaces that stay are, others where theirs are. */
const placeOfRecords = (): string => (mayPin() ? rootPlace : userPlace());

/** Throws a `NamedError` where a name is taken. What was left of somebody who was killed is taken away. */
export function claim({ name, place: path }: NonNullable<Outside["claims"]>): void {
	const where = `use ${name} in ${path}`;
	during(where, () => withPlace(path, "plain", (place) => clearWay(place, name)), placeHint);
}

function clearWay(place: Place, name: string): void {
	if (netnsTaken(name)) throw namedError("NAME_TAKEN", `${name} is taken: there is ${netnsPlace}/${name}`, another);
	makeWay(place, name);
}

const another = "choose another name";
