/** Making namespaces that stay under a name. */
import { close } from "../descriptors.ts";
import { hostFacts } from "../host.ts";
import { nameProblems } from "../named/names.ts";
import { needsHolder, netnsPlace, pinnedKinds, rootPlace } from "../named/pins.ts";
import type { KeptNamespace, NamedState } from "../named/types.ts";
import * as files from "../overlay/files.ts";
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { Fragment } from "../plan/types.ts";
import { prepare } from "../preflight/check.ts";
import { clearEntry, markHolder } from "./clean.ts";
import { commitState, type Entry, makeEntry } from "./entry.ts";
import { during, NamedError, namedError } from "./errors.ts";
import { keptFragments } from "./fragments.ts";
import { type Holder, holderPlan, startHolder } from "./holder.ts";
import { bootId, checkProc, closeAll, identityOf, namespaceInode, openNamespace, ownInode } from "./look.ts";
import { netnsCollision, netnsTaken, pinAll, pinNetns, unpinAll } from "./pin.ts";
import { lockInTime, mayPin, type Place, placeHint, userPlace, withPlace } from "./place.ts";
import { onProcessor, ownProcessors, runAnywhere } from "./processors.ts";
import { makeWay } from "./way.ts";

/** What was made. */
export interface CreatedNamed {
	readonly state: NamedState;
	/** What was asked for and is kept in another way than it would be elsewhere, a sentence each. */
	readonly notices: readonly string[];
}

/** What is told of each step before it is done: tests end the process there, or throw. */
export type Steps = (step: string) => void;

/**
 * Makes namespaces that stay when this process has ended, under a name that nothing has yet. The machine's root pins them
 * to files below `/run/nskit`, and a PID namespace is kept by a process of a few kilobytes; for others such a process
 * keeps all of them. Rejects with a `PlanError`, a `NamespaceError` or a `NamedError`, and leaves nothing behind.
 *
 * @example
 * ```ts
 * import { createNamed, ipc, removeNamed, uts } from "nskit";
 * const { state } = await createNamed("kept", [ipc(), uts({ hostname: "kept" })]);
 * console.log(state.namespaces.ipc?.inode);
 * await removeNamed(["kept"]);
 * ```
 */
export async function createNamed(name: string, fragments: readonly Fragment[]): Promise<CreatedNamed> {
	return createBySteps(name, fragments, () => undefined);
}

/** `createNamed`, telling its steps. */
export async function createBySteps(name: string, fragments: readonly Fragment[], at: Steps): Promise<CreatedNamed> {
	checkProc();
	const kept = keptFragments(fragments);
	const plan = holderPlan(name, kept);
	const { argv, env, cwd } = plan.command;
	prepare(kept, { creates: plan.creates, command: { argv, env, cwd } }, hostFacts());
	const kinds: Kinds = { all: new Set([...plan.creates, ...plan.joins]), joined: new Set(plan.joins) };
	const notices = [...(plan.reduced ?? [])];
	at("take");
	const entry = takeName(name, kinds.all.has("net"), notices);
	let holder: Holder | undefined;
	try {
		const others = entry.pins && plan.creates.includes("mount") ? ownProcessors() : [];
		for (let tries = 0; ; tries++) {
			const processor = tries === 0 ? undefined : others[tries - 1];
			at("start");
			holder = await startHolder(
				name,
				processor === undefined ? plan : holderPlan(name, [...kept, onProcessor(processor)]),
			);
			if (processor !== undefined) runAnywhere(holder.pid);
			const state = await keep(entry, kinds, holder, { at, tryAgain: tries < others.length });
			if (state) {
				if (isLoose(entry, state)) notices.push(looseNotice(entry));
				close(entry.fd);
				return { state, notices };
			}
			await holder.end();
			holder.close();
			holder = undefined;
		}
	} catch (error) {
		await undo(entry, holder, error);
		throw error;
	} finally {
		holder?.close();
	}
}

/** Whether a mount namespace is not pinned, though others are. */
const isLoose = ({ pins }: Entry, { namespaces: { mount } }: NamedState): boolean =>
	pins && mount !== undefined && mount.file === undefined;

const looseNotice = ({ name, path }: Entry): string =>
	`the mount namespace of ${name} cannot be mounted in this one, which the kernel takes for younger: a process keeps it, and there is no ${path}/mount`;

/** Takes everything back. What does not work then is told behind what has failed first. */
async function undo(entry: Entry, holder: Holder | undefined, first: unknown): Promise<void> {
	try {
		await holder?.end();
		clearEntry(entry);
	} catch (error) {
		if (!(error instanceof Error) || !(first instanceof Error)) throw error;
		throw namedError("NAME_FAILED", `${first.message}; and what was made already cannot be removed: ${error.message}`);
	}
}

/** Takes the name where its files belong; locked until it is closed. */
function takeName(name: string, hasNet: boolean, notices: string[]): Entry {
	const problems = nameProblems(name);
	if (problems.length > 0) throw new NamedError(problems);
	if (mayPin()) {
		const takenThere = () => withPlace(rootPlace, true, (place) => take(place, name, hasNet));
		const refused = ["EPERM", "EACCES", "EROFS"] as const;
		const entry = during(`take ${name} in ${rootPlace}`, () => files.unless(refused, takenThere), placeHint);
		if (entry) return entry;
		notices.push(`nothing can be mounted in ${rootPlace}: a process keeps ${name}, and ip netns does not know it`);
	}
	const path = userPlace();
	const entry = during(`take ${name} in ${path}`, () => withPlace(path, true, (place) => take(place, name)), placeHint);
	if (!entry) throw namedError("NAME_FAILED", `${name} cannot be taken`);
	return entry;
}

/** Makes the directory of the name. What somebody has left behind who was killed is cleaned away first. */
function take(place: Place, name: string, isNetns = false): Entry {
	makeWay(place, name);
	if (isNetns && netnsTaken(name)) throw netnsCollision(name);
	const entry = makeEntry(place, name);
	// Nobody else takes it for long while we hold the lock of the place.
	if (lockInTime(entry.fd)) return entry;
	close(entry.fd);
	throw namedError("NAME_BUSY", `${entry.path} is locked by another process`);
}

interface Keeping {
	readonly at: Steps;
	/** Keep nothing where the mount namespace cannot be pinned. */
	readonly tryAgain: boolean;
}

/** Keeps the namespaces of a holder: by files where that can be, and else by the holder. Nothing where it is to be tried again. */
async function keep(
	entry: Entry,
	kinds: Kinds,
	holder: Holder,
	{ at, tryAgain }: Keeping,
): Promise<NamedState | undefined> {
	at("look");
	const opened = new Map<NamespaceKind, number>();
	try {
		const inodes = openAll(entry.name, kinds.all, holder, opened);
		const pinned = pinAll(entry, opened, pinnedKinds(kinds.all, entry.pins), at);
		if (tryAgain && !pinned.includes("mount")) {
			unpinAll(entry);
			return undefined;
		}
		const state = stateOf(entry, kinds, holder, inodes, pinned);
		const net = opened.get("net");
		if (state.netns !== undefined && net !== undefined) {
			at("netns");
			pinNetns(entry, net);
		}
		at("commit");
		if (state.holder) markHolder(entry, state.holder);
		commitState(entry, state);
		at("stay");
		if (state.holder) await holder.stay();
		else await holder.end();
		at("end");
		return state;
	} finally {
		closeAll(opened.values());
	}
}

/** What the plan makes and joins. */
interface Kinds {
	readonly all: ReadonlySet<NamespaceKind>;
	readonly joined: ReadonlySet<NamespaceKind>;
}

type Inodes = ReadonlyMap<NamespaceKind, number>;

/** Opens the namespaces of a holder. */
function openAll(name: string, kinds: Kinds["all"], { pid }: Holder, opened: Map<NamespaceKind, number>): Inodes {
	const inodes = new Map<NamespaceKind, number>();
	for (const kind of namespaceKinds) {
		const fd = kinds.has(kind) ? openNamespace(pid, kind) : undefined;
		if (fd !== undefined) opened.set(kind, fd);
		const inode = fd === undefined ? undefined : namespaceInode(fd, kind);
		if (inode !== undefined) inodes.set(kind, inode);
		else if (kinds.has(kind)) throw namedError("NAME_FAILED", `the ${kind} namespace of ${name} cannot be looked at`);
	}
	return inodes;
}

function stateOf(
	entry: Entry,
	{ all, joined }: Kinds,
	holder: Holder,
	inodes: Inodes,
	pinned: readonly NamespaceKind[],
): NamedState {
	const { uid, gid } = hostFacts();
	const namespaces: Partial<Record<NamespaceKind, KeptNamespace>> = {};
	for (const [kind, inode] of inodes) {
		const file = pinned.includes(kind) ? { file: `${entry.path}/${kind}` } : {};
		namespaces[kind] = { inode, ...file, ...(joined.has(kind) && { joined: true as const }) };
	}
	const identity = identityOf(holder.pid, holder.pidfd);
	if (!identity)
		throw namedError("HOLDER_ENDED", `the process that is to keep ${entry.name} has ended`, "something has killed it");
	return {
		version: 1,
		name: entry.name,
		boot: bootId(),
		created: Date.now(),
		owner: { uid, gid },
		seen: { pid: ownInode("pid"), mount: ownInode("mount") },
		...(needsHolder(all, pinned) && { holder: identity }),
		...(entry.pins && all.has("net") && { netns: `${netnsPlace}/${entry.name}` }),
		namespaces,
	};
}
