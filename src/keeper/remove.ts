/** Taking names away, with what is inside of them. */
import { close } from "../descriptors.ts";
import { nameProblems } from "../named/names.ts";
import type { NamedState } from "../named/types.ts";
import { exactNanoseconds } from "../namespaces/duration.ts";
import * as files from "../overlay/files.ts";
import type { Problem } from "../plan/types.ts";
import type { Duration } from "../process/lifetime.ts";
import { clearEntry, endHolder } from "./clean.ts";
import { endRunning } from "./end-running.ts";
import { type Entry, openEntry } from "./entry.ts";
import { NamedError, namedError } from "./errors.ts";
import { ownInode } from "./look.ts";
import { nearestName } from "./near.ts";
import { look, refusal } from "./open.ts";
import { dropPlace, lockInTime, openPlace, places, withPlace } from "./place.ts";
import { lookRunning } from "./running.ts";
import { commandOf, endProcesses, type Inside, madeFor, otherHolders, processesIn } from "./users.ts";

export interface RemoveNamedOptions {
	/** All names of this user, besides those that are given. @default false */
	readonly all?: boolean | undefined;
	/**
	 * Also end processes that are in the namespaces and in no PID namespace of the name, and take away names that were made
	 * in another mount namespace. @default false
	 */
	readonly force?: boolean | undefined;
	/** How long processes have from SIGTERM to SIGKILL. @default "5s" */
	readonly grace?: Duration | undefined;
}

/** What was taken away. */
export interface RemovedNamed {
	readonly names: readonly string[];
	/** What goes on to be kept by others, and names that were not there, a sentence each. */
	readonly notices: readonly string[];
}

/**
 * Ends what is inside of names, and takes them away. All of them are tried; then rejects with a `NamedError` of everything
 * that went wrong. A name that is not there is gone already: that is told, and is no error.
 *
 * @example
 * ```ts
 * import { createNamed, ipc, removeNamed } from "nskit";
 * await createNamed("gone", [ipc()]);
 * const { names } = await removeNamed(["gone"], { grace: "1s" });
 * console.log(names[0]); // gone
 * ```
 */
export async function removeNamed(names: readonly string[], options: RemoveNamedOptions = {}): Promise<RemovedNamed> {
	const { all = false, force = false } = options;
	const problems: Problem[] = [];
	const grace = graceOf(options.grace, problems);
	for (const name of names) problems.push(...nameProblems(name));
	if (problems.length > 0) throw new NamedError(problems);
	const done: { names: string[]; notices: string[] } = { names: [], notices: [] };
	const searched = places((error) => problems.push(...error.problems));
	// What cannot be looked into holds no name of ours, unless one is not found.
	const unsafe = problems.splice(0);
	for (const name of new Set([...names, ...(all ? allNames(searched, problems) : [])])) {
		try {
			if (await removeFirst(searched, name, { force, grace }, done.notices)) done.names.push(name);
			else if (names.includes(name)) {
				const near = nearestName(name);
				done.notices.push(`nothing is called ${name}${near ? `; did you mean ${near}?` : ""}`);
				problems.push(...unsafe.splice(0));
			}
		} catch (error) {
			if (!(error instanceof NamedError)) throw error;
			problems.push(...error.problems);
		}
	}
	clearPlaces(searched);
	if (problems.length > 0) throw new NamedError(problems);
	return done;
}

/** A place that somebody has left empty who was killed goes too. */
function clearPlaces(searched: readonly string[]): void {
	for (const path of searched) {
		try {
			withPlace(path, false, dropPlace);
		} catch (error) {
			// Whose it is, or who is at it just now, matters to nobody but who looks for a name there.
			if (!(error instanceof NamedError)) throw error;
		}
	}
}

const longestGrace = 24 * 3600 * 1000;

/** Milliseconds. */
function graceOf(grace: Duration | undefined, problems: Problem[]): number {
	const nanoseconds = exactNanoseconds(grace ?? "5s");
	const milliseconds = nanoseconds === undefined ? -1 : Number(nanoseconds / 1_000_000n);
	if (milliseconds >= 0 && milliseconds <= longestGrace) return milliseconds;
	const hint = "write seconds, or such as 10s, 1m, at most a day";
	problems.push({ code: "GRACE_INVALID", message: `the grace ${String(grace)} is no time to wait`, hint });
	return 0;
}

function allNames(searched: readonly string[], problems: Problem[]): string[] {
	const names: string[] = [];
	for (const path of searched) {
		try {
			const place = openPlace(path);
			if (!place) continue;
			// What runs ends by itself: only who names it means it.
			names.push(...files.namesIn(place.fd).filter((name) => lookRunning(place, name) === undefined));
			close(place.fd);
		} catch (error) {
			if (!(error instanceof NamedError)) throw error;
			problems.push(...error.problems);
		}
	}
	return names.toSorted();
}

interface Asked {
	readonly force: boolean;
	readonly grace: number;
}

/** Removes the first that has this name. False when there is none. */
async function removeFirst(
	searched: readonly string[],
	name: string,
	asked: Asked,
	notices: string[],
): Promise<boolean> {
	for (const path of searched) {
		if (endRunning(path, name, asked.grace)) return true;
		const entry = lockedEntry(path, name);
		if (!entry) continue;
		let state: NamedState | undefined;
		try {
			state = await endInside(entry, asked, notices);
		} catch (error) {
			close(entry.fd);
			throw error;
		}
		clearEntry(entry);
		if (state) notices.push(...otherHolders(madeFor(state)));
		return true;
	}
	return false;
}

/** Milliseconds that others have to finish with a name. */
const patience = 5_000;

/** The directory of a name, locked; nothing where there is none, also when somebody else has removed it meanwhile. */
function lockedEntry(path: string, name: string): Entry | undefined {
	const place = openPlace(path);
	if (!place) return undefined;
	try {
		const entry = openEntry(place, name);
		if (entry === undefined) return undefined;
		if (typeof entry === "string")
			throw namedError("NAME_REFUSED", `${path}/${name} is not touched: ${entry}`, "look at it yourself");
		if (!lockInTime(entry.fd, patience)) {
			close(entry.fd);
			throw namedError("NAME_BUSY", `${name} is being made or removed by somebody else`, "try again in a moment");
		}
		const now = withPlace(path, false, (same) => openEntry(same, name));
		const isSame = typeof now === "object" && files.statusOf(now.fd).inode === files.statusOf(entry.fd).inode;
		if (typeof now === "object") close(now.fd);
		if (isSame) return entry;
		close(entry.fd);
		return undefined;
	} finally {
		close(place.fd);
	}
}

/** Ends what is inside of a name that is locked, and its holder. Returns the state where it was true. */
async function endInside(entry: Entry, { force, grace }: Asked, notices: string[]): Promise<NamedState | undefined> {
	const found = look(entry, true);
	if (found.is === "whole") found.target.close();
	if (found.is === "elsewhere" && !(force && found.state.seen.pid === ownInode("pid")))
		throw refusal(entry.name, found, false);
	if (found.is === "incomplete" || found.is === "busy") return undefined;
	if (found.is === "wrong") {
		if (found.state) endHolder(found.state);
		if (found.state) notices.push(...leftInside(found.state));
		return undefined;
	}
	const state = found.is === "whole" ? found.target.state : found.state;
	await endUsers(state, force, grace);
	endHolder(state);
	return state;
}

/** Who may be in namespaces that nothing keeps any more but them. Their numbers may be those of others by now: none is ended. */
function leftInside(state: NamedState): string[] {
	const inside = processesIn(madeFor(state), process.pid).filter(({ endsWithHolder }) => !endsWithHolder);
	return inside.length === 0 ? [] : [`${state.name} was not whole any more, and may still be used by ${shown(inside)}`];
}

/** Ends the processes in a name's namespaces: those of its PID namespace always, since they end with it, others by force. */
async function endUsers(state: NamedState, force: boolean, grace: number): Promise<void> {
	const made = madeFor(state);
	const holder = state.holder?.pid;
	const inside = processesIn(made, holder);
	const [self] = inside.filter(({ pid }) => pid === process.pid);
	if (self)
		throw namedError(
			"NAME_INSIDE",
			`this process is in the ${self.kinds.join(", ")} namespace of ${state.name} itself`,
			"do it from outside",
		);
	const others = inside.filter(({ endsWithHolder }) => !endsWithHolder);
	if (others.length > 0 && !force) {
		const hint = "--force ends them, or end them yourself";
		throw namedError("NAME_USED", `${state.name} is still used by ${shown(others)}`, hint);
	}
	const left = await endProcesses(force ? made : made.filter(({ kind }) => kind === "pid"), holder, grace);
	// Those of a PID namespace end with its holder at the latest.
	const stay = left.filter(({ endsWithHolder }) => !endsWithHolder);
	if (stay.length > 0) throw namedError("NAME_USED", `${state.name} is still used by ${shown(stay)}, which do not end`);
}

const mostShown = 5;

function shown(inside: readonly Inside[]): string {
	const some = inside
		.slice(0, mostShown)
		.map(({ pid, kinds }) => `process ${pid} (${commandOf(pid)}; ${kinds.join(", ")})`);
	const more = inside.length - some.length;
	return `${some.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
