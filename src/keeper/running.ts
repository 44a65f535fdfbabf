/** The names of running sandboxes. A record is a claim: its process is looked for, and held while it is checked. */
import { fromBytes } from "../bytes.ts";
import { close, readSome } from "../descriptors.ts";
import { hostFacts } from "../host.ts";
import { constants } from "../linux/constants.ts";
import { largestRecord, readRecord } from "../named/record.ts";
import * as files from "../overlay/files.ts";
import { namedError } from "./errors.ts";
import { openHolder } from "./identity.ts";
import { bootId, ownInode } from "./look.ts";
import { openPlace, type Place, places } from "./place.ts";

/** What was found under a name that is a running sandbox's, or was. */
export type FoundRunning =
	/** Its supervisor is there, and when it was started, in clock ticks since boot. */
	| { readonly is: "running"; readonly pid: number; readonly startTime: number }
	/** Nothing runs under it any more. `held`: somebody is about to take it away. */
	| { readonly is: "left"; readonly held: boolean; readonly why: string }
	/** Nobody can tell that from here. */
	| { readonly is: "elsewhere"; readonly why: string };

/** Looks at the record of a name; nothing where there is none, a sentence where it cannot be ours. */
export function lookRunning(place: Place, name: string): FoundRunning | string | undefined {
	const held = files.hold(place.fd, name);
	if (held === undefined) return undefined;
	try {
		const { mode, uid, size } = files.statusOf(held);
		if ((mode & constants.S_IFMT) !== constants.S_IFREG) return undefined;
		if (uid !== hostFacts().uid) return `its record belongs to the user id ${uid}`;
		if ((mode & 0o077) !== 0) return "its record is open to others";
		if (size > largestRecord) return "its record is too long";
		const file = files.openFile(held);
		try {
			return judged(fromBytes(readSome(file, largestRecord + 1)), () => !files.lock(file));
		} finally {
			close(file);
		}
	} finally {
		close(held);
	}
}

/** `isHeld` tells whether the sandbox's helper is there still. */
function judged(text: string, isHeld: () => boolean): FoundRunning {
	const record = readRecord(text);
	if (typeof record === "string") return { is: "left", held: isHeld(), why: record };
	const left = (why: string): FoundRunning => ({ is: "left", held: isHeld(), why });
	if (record.boot !== bootId()) return left("the machine was started anew since");
	if (record.pidNamespace !== ownInode("pid")) {
		// Its helper ends after it, and locks are the same wherever they are seen from.
		if (!isHeld()) return left("the sandbox has ended");
		return { is: "elsewhere", why: "it was started in another PID namespace, where process ids are others" };
	}
	const { pid, startTime } = record;
	const pidfd = openHolder({ pid, startTime });
	if (typeof pidfd === "string") return left("the sandbox has ended");
	close(pidfd);
	return { is: "running", pid, startTime };
}

/** A name that is there, whatever has become of what was called so. */
export interface NamedRunning {
	readonly name: string;
	readonly pid: number;
	readonly startTime: number;
}

/** The supervisor of the running sandbox of this name; nothing where none is called so. Throws a `NamedError`. */
export function findRunning(name: string): NamedRunning | undefined {
	for (const path of places(() => undefined)) {
		const place = openPlace(path);
		if (!place) continue;
		try {
			const found = lookRunning(place, name);
			if (typeof found === "string") throw namedError("NAME_REFUSED", `${path}/${name} is not used: ${found}`);
			if (found?.is === "running") return { name, pid: found.pid, startTime: found.startTime };
			if (found?.is === "elsewhere")
				throw namedError("NAME_ELSEWHERE", `${name} cannot be used from here: ${found.why}`);
			if (found) throw namedError("NAME_NONE", `nothing runs as ${name} any more: ${found.why}`, "see ns list");
		} finally {
			close(place.fd);
		}
	}
	return undefined;
}

/** All running sandboxes of this user that have a name. */
export function listRunning(): NamedRunning[] {
	const running: NamedRunning[] = [];
	for (const path of places(() => undefined)) {
		const place = openPlace(path);
		if (!place) continue;
		try {
			for (const name of files.namesIn(place.fd)) {
				const found = lookRunning(place, name);
				if (typeof found === "object" && found.is === "running")
					running.push({ name, pid: found.pid, startTime: found.startTime });
			}
		} finally {
			close(place.fd);
		}
	}
	return running.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Milliseconds that the helper of a sandbox that has just ended has to take its name away. */
const patience = 1_000;

/**
 * Takes away a record that nothing runs under any more, for which the place has to be locked. False where there is none.
 * Throws a `NamedError` where the name is taken.
 */
export function sweepRecord(place: Place, name: string): boolean {
	for (const end = Date.now() + patience; ; Bun.sleepSync(5)) {
		const found = lookRunning(place, name);
		if (found === undefined) return false;
		const taken = (why: string) => namedError("NAME_TAKEN", `${name} is taken: ${why}`, "choose another name");
		if (typeof found === "string") throw taken(`${place.path}/${name}: ${found}`);
		if (found.is === "running") throw taken(`it is the running sandbox of process ${found.pid}`);
		if (found.is === "elsewhere") throw taken(found.why);
		if (!found.held) {
			files.unless(["ENOENT"], () => files.unlink(place.fd, name));
			return true;
		}
		if (Date.now() >= end) throw taken("what ran under it has just ended, and is not cleaned up yet");
	}
}
