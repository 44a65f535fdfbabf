/** Finding a name, and holding what it leads to. A state file is a claim: all of it is checked by descriptors that stay. */
import { close } from "../descriptors.ts";
import { isName, nameProblems } from "../named/names.ts";
import type { NamedState } from "../named/types.ts";
import * as files from "../overlay/files.ts";
import { isReadable } from "../pidfd.ts";
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { Problem } from "../plan/types.ts";
import type { OpenTarget, TargetNamespace } from "../targets/types.ts";
import { type Entry, openEntry, shareLock, storedState } from "./entry.ts";
import { NamedError, namedError } from "./errors.ts";
import { holderTitle, markedHolder, openHolder } from "./identity.ts";
import { bootId, closeAll, namespaceInode, openAcross, openNamespace, ownInode } from "./look.ts";
import { dropPlace, lockInTime, openPlace, type Place, places, withPlace } from "./place.ts";
import { type FoundRunning, lookRunning } from "./running.ts";

/** What a name leads to, with what its state says, which was checked. */
export interface NamedTarget extends OpenTarget {
	readonly state: NamedState;
}

/** What was found under a name. */
export type Found =
	| { readonly is: "whole"; readonly target: NamedTarget }
	/** Somebody makes or removes it just now. */
	| { readonly is: "busy" }
	/** Its maker was killed before it was whole. */
	| { readonly is: "incomplete" }
	/** What it says is not true any more, or was never. */
	| { readonly is: "wrong"; readonly why: string; readonly state?: NamedState | undefined }
	/** Nobody can tell that from here. */
	| { readonly is: "elsewhere"; readonly why: string; readonly state: NamedState };

/**
 * Finds the namespaces that `createNamed` has made under a name. Everything is held by descriptors: close it. What is not
 * true any more is refused with a `NamedError`, and cleaned away.
 *
 * @example
 * ```ts
 * import { createNamed, openNamed, removeNamed, uts } from "nskit";
 * await createNamed("opened", [uts({ hostname: "box" })]);
 * const target = openNamed("opened");
 * console.log(target.namespaces.uts?.inode, target.state.owner.uid);
 * target.close();
 * await removeNamed(["opened"]);
 * ```
 */
export function openNamed(name: string): NamedTarget {
	const problems: Problem[] = [];
	const all = isName(name) ? places(({ problems: more }) => problems.push(...more)) : [];
	return openNamedIn(all, name, problems);
}

/** The same in these directories of names alone; `problems` are those with others. */
export function openNamedIn(all: readonly string[], name: string, problems: readonly Problem[] = []): NamedTarget {
	const wrong = nameProblems(name);
	for (const path of wrong.length > 0 ? [] : all) {
		const target = openIn(path, name);
		if (target) return target;
	}
	const found = [...wrong, ...problems];
	if (found.length > 0) throw new NamedError(found);
	throw namedError("NAME_NONE", `nothing is called ${name}`, "ns list shows what there is, ns create makes it");
}

function openIn(path: string, name: string): NamedTarget | undefined {
	const place = openPlace(path);
	if (!place) return undefined;
	try {
		const running = lookRunning(place, name);
		if (isRecord(running)) throw runningRefusal(name, running);
		const entry = openEntry(place, name);
		if (entry === undefined) return undefined;
		if (typeof entry === "string") throw namedError("NAME_REFUSED", `${path}/${name} is not used: ${entry}`);
		const found = lookedAt(entry);
		if (found.is === "whole") return found.target;
		throw refusal(name, found, isLeft(found) && cleaned(path, name));
	} finally {
		close(place.fd);
	}
}

/** Why what `createNamed` has made is not to be found under the name of a running sandbox. */
function runningRefusal(name: string, found: FoundRunning): NamedError {
	if (found.is !== "running") return namedError("NAME_NONE", `nothing is called ${name} any more: ${found.why}`);
	const hint = `ns enter ${name} leads to it, or ns enter ${found.pid}`;
	return namedError("NAME_RUNNING", `${name} is the running sandbox of process ${found.pid}`, hint);
}

/**
 * Cleans away what is left of a name that is not whole, unless somebody else is at it. Nobody takes the name meanwhile,
 * and what was seen before is looked at again.
 */
function cleaned(path: string, name: string): boolean {
	const done = withPlace(path, false, (place) => {
		const entry = openEntry(place, name);
		if (entry === undefined || typeof entry === "string") return false;
		try {
			if (!lockInTime(entry.fd, moment)) return false;
			const found = look(entry, true);
			if (found.is === "whole") found.target.close();
			if (!isLeft(found)) return false;
			sweep(entry, place, found);
			dropPlace(place);
			return true;
		} finally {
			close(entry.fd);
		}
	});
	return done === true;
}

/** Whether it is of no use to anybody any more. */
const isLeft = ({ is }: Found): boolean => is === "incomplete" || is === "wrong";

/** Milliseconds in which somebody who only looks at a name has gone on. */
export const moment = 1_000;

/** Takes away what is not whole. Both locks have to be held. */
export function sweep(entry: Entry, place: Place, found: Found): void {
	// Nothing of it is needed where a name is whole.
	const { emptyEntry, endHolder, removeEmpty } = require("./clean.ts") as typeof import("./clean.ts");
	if (found.is === "wrong" && found.state) endHolder(found.state);
	emptyEntry(entry);
	removeEmpty(entry, place);
}

/** Why a name cannot be used. */
export function refusal(name: string, found: Exclude<Found, { is: "whole" }>, wasCleaned: boolean): NamedError {
	const after = wasCleaned ? "; what was left of it has been cleaned away" : "";
	if (found.is === "busy") return namedError("NAME_BUSY", `${name} is being made or removed`, "try again in a moment");
	if (found.is === "incomplete") return namedError("NAME_NONE", `${name} was never whole: its maker was ended${after}`);
	if (found.is === "elsewhere")
		return namedError(
			"NAME_ELSEWHERE",
			`${name} cannot be used from here: ${found.why}`,
			"use or remove it where it was made",
		);
	return namedError(
		"NAME_REFUSED",
		`${name} is not what it was: ${found.why}${after}`,
		`make it again: ns create ${name}`,
	);
}

/** Looks at an entry. `isLocked`: nobody makes or removes it meanwhile. */
export function look(entry: Entry, isLocked: boolean): Found {
	if (!isLocked) return { is: "busy" };
	const state = storedState(entry);
	if (state === undefined) return { is: "incomplete" };
	if (typeof state === "string") return { is: "wrong", why: `${state}${unmarked(entry)}` };
	if (state.boot !== bootId()) return { is: "wrong", why: "the machine was started anew since" };
	const elsewhere = elsewhereOf(state);
	if (elsewhere !== undefined && hasEnded(state.seen.pid))
		return { is: "wrong", why: "the sandbox that it was made in has ended", state };
	if (elsewhere !== undefined) return { is: "elsewhere", why: elsewhere, state };
	const target = opened(entry, state);
	return typeof target === "string" ? { is: "wrong", why: target, state } : { is: "whole", target };
}

/** How to find a holder that nothing names any more. */
const unmarked = (entry: Entry): string =>
	markedHolder(entry) ? "" : `, and if a process kept it, that goes on: it is called "${holderTitle(entry.name)}"`;

function elsewhereOf({ seen, namespaces }: NamedState): string | undefined {
	if (seen.pid !== ownInode("pid")) return "it was made in another PID namespace, where process ids are others";
	const isPinned = Object.values(namespaces).some(({ file }) => file !== undefined);
	if (isPinned && seen.mount !== ownInode("mount")) return "it is pinned in another mount namespace";
	return undefined;
}

/** Whether a PID namespace is no more, as far as that can be told: the machine's first one has all processes in sight. */
function hasEnded(pid: number): boolean {
	if (ownInode("pid") !== firstPidNamespace || pid === firstPidNamespace) return false;
	// Few names are those of another PID namespace.
	return (require("./users.ts") as typeof import("./users.ts")).isWithoutProcess(pid);
}

/** PROC_PID_INIT_INO of the kernel. */
const firstPidNamespace = 0xeffffffc;

/** The target that a state describes, or what of it is not true. */
function opened(entry: Entry, state: NamedState): NamedTarget | string {
	const pidfd = state.holder && openHolder(state.holder);
	if (typeof pidfd === "string") return pidfd;
	const fds: number[] = pidfd === undefined ? [] : [pidfd];
	const namespaces: Partial<Record<NamespaceKind, TargetNamespace>> = {};
	for (const kind of namespaceKinds) {
		const kept = state.namespaces[kind];
		if (!kept) continue;
		const fd = kept.file !== undefined ? openAcross(entry.fd, kind) : openNamespace(state.holder?.pid ?? 0, kind);
		const isKept = fd !== undefined && namespaceInode(fd, kind) === kept.inode;
		if (fd !== undefined && (kept.file !== undefined || !isKept)) fds.push(fd);
		if (!isKept) {
			closeAll(fds);
			return `its ${kind} namespace is not the one that was kept`;
		}
		// What its process keeps is entered by its pidfd, all at once.
		if (kept.file === undefined) close(fd);
		namespaces[kind] = kept.file === undefined ? { inode: kept.inode } : { inode: kept.inode, fd };
	}
	// Until here its number was nobody else's.
	if (pidfd !== undefined && isReadable(pidfd)) {
		closeAll(fds);
		return "the process that kept it has ended";
	}
	return {
		label: state.name,
		...(state.holder && { pid: state.holder.pid, pidfd }),
		namespaces,
		state,
		close: () => closeAll(fds.splice(0)),
	};
}

/** All names of this user, and what is wrong with those that cannot be used. */
export interface NamedList {
	readonly states: readonly NamedState[];
	readonly problems: readonly Problem[];
}

/**
 * The names that this user can use: its own, and for root those that are pinned for the whole machine. What is not true
 * any more is told among the problems, and cleaned away. Directories that are not safe to use, and names that are being
 * made or removed, are only told.
 *
 * @example
 * ```ts
 * import { listNamed } from "nskit";
 * const { states } = listNamed();
 * console.log(states.map(({ name, namespaces }) => [name, Object.keys(namespaces)]));
 * ```
 */
export function listNamed(): NamedList {
	const states: NamedState[] = [];
	const problems: Problem[] = [];
	for (const path of places((error) => problems.push(...error.problems))) {
		try {
			for (const [name, found] of namesIn(path)) {
				if (typeof found === "string") problems.push({ code: "NAME_REFUSED", message: `${path}/${name}: ${found}` });
				else if (found.is === "whole") states.push(found.target.state);
				else problems.push(...refusal(name, found, isLeft(found) && cleaned(path, name)).problems);
			}
		} catch (error) {
			if (!(error instanceof NamedError)) throw error;
			problems.push(...error.problems);
		}
	}
	return { states: states.toSorted((a, b) => (a.name < b.name ? -1 : 1)), problems };
}

/** What is in a directory of names, looked at and closed again. */
function namesIn(path: string): [string, Found | string][] {
	const place = openPlace(path);
	if (!place) return [];
	try {
		const found: [string, Found | string][] = [];
		for (const name of files.namesIn(place.fd)) {
			if (isName(name) && isRecord(lookRunning(place, name))) continue;
			const entry = isName(name) ? openEntry(place, name) : "this is no name";
			if (entry === undefined) continue;
			if (typeof entry === "string") found.push([name, entry]);
			else {
				const one = lookedAt(entry);
				if (one.is === "whole") one.target.close();
				found.push([name, one]);
			}
		}
		return found;
	} finally {
		close(place.fd);
	}
}

/** Whether a name is that of a running sandbox, or was, and what is known of it is to be trusted. */
const isRecord = (found: FoundRunning | string | undefined): found is FoundRunning => typeof found === "object";

/** What is found under a name, whose entry is closed. */
function lookedAt(entry: Entry): Found {
	try {
		return look(entry, shareLock(entry.fd));
	} finally {
		close(entry.fd);
	}
}
