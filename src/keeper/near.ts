/** The name that somebody may have meant who wrote one that is not there. */
import { close } from "../descriptors.ts";
import { nearest } from "../nearest.ts";
import * as files from "../overlay/files.ts";
import { NamedError } from "./errors.ts";
import { openPlace, places } from "./place.ts";

/** Of the names of this user, and those in the directories besides, the nearest; `undefined` where none is near. */
export function nearestName(name: string, ...besides: readonly string[]): string | undefined {
	const names: string[] = [];
	for (const path of places(() => {})) names.push(...ownNames(path));
	for (const path of besides) names.push(...namesBelow(path));
	return nearest(name, [...new Set(names)]);
}

/** The names in a directory of ours; none where it is not safe to use. */
function ownNames(path: string): string[] {
	try {
		const place = openPlace(path);
		if (!place) return [];
		const names = files.namesIn(place.fd);
		close(place.fd);
		return names;
	} catch (error) {
		if (error instanceof NamedError) return [];
		throw error;
	}
}

const unreadable = ["ENOENT", "ENOTDIR", "EACCES"];

function namesBelow(path: string): string[] {
	const fd = files.unless(unreadable, () => files.openPath(path, "O_RDONLY|O_DIRECTORY"));
	if (fd === undefined) return [];
	try {
		return files.namesIn(fd);
	} finally {
		close(fd);
	}
}
