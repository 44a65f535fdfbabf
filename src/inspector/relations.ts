/** How namespaces belong to each other, asked of the kernel. ioctl_nsfs(2). */
import { fromBytes } from "../bytes.ts";
import { close, readLink } from "../descriptors.ts";
import { SystemError, systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { type NamespaceKind, namespaces } from "../plan/namespaces.ts";
import { ownerUid } from "../surveyor/relations.ts";

const { NS_GET_USERNS, NS_GET_PARENT } = constants;
/** Deeper than the kernel lets namespaces be nested: 32. */
const mostParents = 64;

/** What of a namespace only the kernel knows. */
export interface Relations {
	readonly owner?: number | undefined;
	readonly ownerUid?: number | undefined;
	readonly parents?: readonly number[] | undefined;
}

/** The kind and the inode of the namespace that a descriptor is open on; `undefined` for another file. */
export function namespaceOf(fd: number): { kind: NamespaceKind; inode: number } | undefined {
	const [, file, inode] = /^(\w+):\[(\d+)\]$/.exec(fromBytes(readLink(`/proc/self/fd/${fd}`))) ?? [];
	const kind = namespaces.find((one) => one.file === file)?.kind;
	return kind && { kind, inode: Number(inode) };
}

/** The relations of the namespace that a descriptor is open on. Those above the caller's stay unknown. */
export function relationsOf(fd: number, kind: NamespaceKind): Relations {
	return {
		owner: related(fd, NS_GET_USERNS, (owner) => namespaceOf(owner)?.inode),
		...(kind === "user" && { ownerUid: ownerUid(fd) }),
		...((kind === "user" || kind === "pid") && { parents: parentsOf(fd) }),
	};
}

/** What is to be told of a namespace related to this one; `undefined` where the caller may not see it. */
function related<T>(fd: number, request: number, tell: (related: number) => T): T | undefined {
	const other = systemCall("ioctl", fd, request);
	if (other < 0) return undefined;
	try {
		return tell(other);
	} finally {
		close(other);
	}
}

function parentsOf(fd: number): number[] {
	const found: number[] = [];
	for (let at = fd; found.length < mostParents; ) {
		const parent = systemCall("ioctl", at, NS_GET_PARENT);
		if (at !== fd) close(at);
		if (parent < 0) return found;
		found.push(namespaceOf(parent)?.inode ?? 0);
		at = parent;
	}
	return found;
}

/** A descriptor of the user namespace that owns this one, and how deep below the caller's that is; the caller closes it. */
export function openOwner(fd: number): { fd: number; inode: number; depth: number } | undefined {
	const owner = systemCall("ioctl", fd, NS_GET_USERNS);
	if (owner < 0) return undefined;
	return { fd: owner, inode: namespaceOf(owner)?.inode ?? 0, depth: parentsOf(owner).length };
}

/** The inode of a namespace of the caller's; `undefined` for a kind that the kernel does not have. */
export function ownNamespace(file: string): number | undefined {
	try {
		const [, inode] = /\[(\d+)\]$/.exec(fromBytes(readLink(`/proc/self/ns/${file}`))) ?? [];
		return inode === undefined ? undefined : Number(inode);
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}
