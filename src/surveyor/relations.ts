/** Who owns a namespace, what it is nested in, and by which id it is known: what its file tells. ioctl_nsfs(2). */
import { close } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import type { NamespaceKind } from "../plan/namespaces.ts";
import type { Draft, Drafts } from "../survey/assemble.ts";
import { inodeOf } from "./files.ts";
import type { NetworkIds } from "./netnsid.ts";

const { NS_GET_USERNS, NS_GET_PARENT, NS_GET_OWNER_UID } = constants;

/** Opens the file of a namespace; nothing where that is not to be had. */
export type Opener = (draft: Draft) => number | undefined;

/** What is to be found out. */
export interface Wanted {
	readonly owners: boolean;
	readonly ids: NetworkIds | undefined;
	readonly kinds: readonly NamespaceKind[];
}

/**
 * Adds owner, parent, the owner's user and the network's id to every draft. Namespaces that nothing else leads to than
 * those relations become drafts too, and are asked in turn; that ends, because a machine has only so many of them.
 */
export function relate(drafts: Drafts, open: Opener, wanted: Wanted): void {
	const waiting: { draft: Draft; fd: number }[] = [];
	for (const draft of [...drafts.byInode.values()]) {
		const fd = open(draft);
		if (fd === undefined) continue;
		ask(draft, fd);
		for (let next = waiting.pop(); next; next = waiting.pop()) ask(next.draft, next.fd);
	}

	function ask(draft: Draft, fd: number): void {
		if (draft.kind === "net" && wanted.ids) draft.netnsid = wanted.ids.of(fd);
		if (wanted.owners) {
			draft.owner = related(fd, NS_GET_USERNS, "user");
			if (draft.kind === "user") draft.ownerUid = ownerUid(fd);
			if (draft.kind === "user") draft.parent = draft.owner;
			if (draft.kind === "pid") draft.parent = related(fd, NS_GET_PARENT, "pid");
		}
		close(fd);
	}

	/** The inode of the namespace that an ioctl leads to. Above what the caller may see it is refused. */
	function related(fd: number, request: number, kind: NamespaceKind): number | undefined {
		const other = systemCall("ioctl", fd, request);
		if (other < 0) return undefined;
		const inode = inodeOf(other);
		if (inode === 0 || drafts.byInode.has(inode) || !wanted.kinds.includes(kind)) close(other);
		else waiting.push({ draft: drafts.at(kind, inode), fd: other });
		return inode || undefined;
	}
}

const uid = new Uint32Array(new ArrayBuffer(4));

/** The user who made a user namespace, as the caller sees it. */
export function ownerUid(fd: number): number | undefined {
	return systemCall("ioctl", fd, NS_GET_OWNER_UID, uid) === 0 ? uid[0] : undefined;
}
