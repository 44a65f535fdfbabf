/** Putting together what was read: from namespaces that were met, one by one, to a survey in its order. */
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { Holder, NamespaceInodes, ProcessFacts, Survey, SurveyedNamespace, SurveyedProcess } from "./types.ts";

/** What NS_GET_USERNS, NS_GET_PARENT, NS_GET_OWNER_UID and RTM_GETNSID have told of a namespace. */
export interface Relations {
	owner?: number | undefined;
	parent?: number | undefined;
	ownerUid?: number | undefined;
	netnsid?: number | undefined;
}

/** A namespace while it is being surveyed: everything that leads to it adds something. */
export interface Draft extends Relations {
	readonly kind: NamespaceKind;
	readonly inode: number;
	readonly pids: number[];
	readonly holders: Holder[];
	readonly names: Set<string>;
}

/** A process and its namespaces. */
export interface ReadProcess {
	readonly pid: number;
	readonly namespaces: NamespaceInodes;
}

/** Everything that was met; the inode of a namespace is unique on a machine. */
export class Drafts {
	readonly byInode = new Map<number, Draft>();

	/** The namespace of this inode, which is new when it is met for the first time. */
	at(kind: NamespaceKind, inode: number): Draft {
		const known = this.byInode.get(inode);
		if (known) return known;
		const draft: Draft = { kind, inode, pids: [], holders: [], names: new Set() };
		this.byInode.set(inode, draft);
		return draft;
	}

	/** Forgets those of other kinds, which were only met on the way. */
	keepOnly(kinds: readonly NamespaceKind[]): void {
		for (const { kind, inode } of this.byInode.values()) if (!kinds.includes(kind)) this.byInode.delete(inode);
	}

	/** Gives namespaces a name; those that nothing else has led to are gone. */
	name(name: string, inodes: NamespaceInodes): void {
		for (const kind of namespaceKinds) {
			const draft = this.byInode.get(inodes[kind] ?? 0);
			if (draft?.kind === kind) draft.names.add(name);
		}
	}
}

/** What is not part of a single namespace. */
export interface Surroundings {
	/** Lowest first. */
	readonly processes: readonly ReadProcess[];
	readonly facts: ReadonlyMap<number, ProcessFacts>;
	readonly unreadable: number;
	readonly missed: readonly string[];
	readonly own: NamespaceInodes;
}

/** The survey. A process that was gone before it could be looked at more closely is in it by its number alone. */
export function surveyOf(drafts: Drafts, { processes, facts, unreadable, missed, own }: Surroundings): Survey {
	const found: SurveyedNamespace[] = [];
	for (const draft of drafts.byInode.values()) found.push(namespaceOf(draft, facts));
	found.sort((a, b) => namespaceKinds.indexOf(a.kind) - namespaceKinds.indexOf(b.kind) || a.inode - b.inode);
	const known: SurveyedProcess[] = [];
	for (const { pid, namespaces } of processes) {
		const more = facts.get(pid);
		if (more) known.push({ pid, ...more, namespaces });
	}
	return { namespaces: found, processes: known, unreadable, missed, own };
}

function namespaceOf(draft: Draft, facts: ReadonlyMap<number, ProcessFacts>): SurveyedNamespace {
	const { kind, inode, pids, holders, names, owner, parent, ownerUid, netnsid } = draft;
	const lowest = facts.get(pids[0] ?? 0);
	return {
		kind,
		inode,
		pids,
		command: lowest?.command,
		uid: lowest?.uid,
		parentPid: lowest?.parent,
		ownerUid,
		owner,
		parent,
		netnsid,
		holders,
		names: [...names].sort(),
	};
}
