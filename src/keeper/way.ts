/** Making way for a name: of what had it nothing is left, or it is taken. */
import { close } from "../descriptors.ts";
import { type Entry, openEntry } from "./entry.ts";
import { namedError } from "./errors.ts";
import { look, moment, sweep } from "./open.ts";
import { lockInTime, type Place } from "./place.ts";
import { sweepRecord } from "./running.ts";

/** Sweeps what is left of somebody who was killed, for which the place has to be locked. Throws where the name is taken. */
export function makeWay(place: Place, name: string): void {
	sweepRecord(place, name);
	const found = openEntry(place, name);
	if (typeof found === "string") throw namedError("NAME_TAKEN", `${place.path}/${name} is there already: ${found}`);
	if (found) sweepEntry(place, found);
}

function sweepEntry(place: Place, entry: Entry): void {
	const taken = (why: string) =>
		namedError("NAME_TAKEN", `${entry.name} is taken: ${why}`, "choose another name, or remove it");
	try {
		if (!lockInTime(entry.fd, moment)) throw taken("it is being made or removed just now");
		const found = look(entry, true);
		if (found.is === "whole") found.target.close();
		if (found.is === "whole") throw taken(`${entry.path} is there already`);
		if (found.is === "elsewhere" || found.is === "busy") throw taken(found.is === "busy" ? "it is in use" : found.why);
		sweep(entry, place, found);
	} finally {
		close(entry.fd);
	}
}
