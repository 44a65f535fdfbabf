/**
 * Pinning namespaces: a file that the namespace's own file is mounted on keeps it, with no process in it. mount(2),
 * namespaces(7). Everything goes by descriptors of the directories, and no link is followed.
 */
import { close } from "../descriptors.ts";
import { constants } from "../linux/constants.ts";
import { netnsMark, netnsPlace } from "../named/pins.ts";
import * as files from "../overlay/files.ts";
import { type NamespaceKind, namespaceKinds } from "../plan/namespaces.ts";
import type { Entry } from "./entry.ts";
import { during, namedError } from "./errors.ts";
import { mountNumber, namespaceInode, openAcross, openAt } from "./look.ts";

/** Mounts the namespace that `fd` is open on onto a new file of this name. */
export function pin(directory: number, name: string, fd: number, mode: number): void {
	const made = files.openBeneath(directory, name, "O_RDONLY|O_CREAT|O_EXCL", mode);
	try {
		const [from, to] = [files.pathOf(fd), files.pathOf(made)];
		files.must(
			"mount",
			`"${from}", "${to}", NULL, MS_BIND`,
			files.cString(from),
			files.cString(to),
			0,
			constants.MS_BIND,
			0,
		);
	} finally {
		close(made);
	}
}

/** More mounts than this, one on top of the other, are none of ours. */
const mostMounts = 64;

/** Unmounts what lies on a file of this name, and removes it. umount(2). */
function unpin(directory: number, name: string): void {
	const { MNT_DETACH, UMOUNT_NOFOLLOW } = constants;
	const path = `${files.pathOf(directory)}/${name}`;
	const shown = `"${path}", MNT_DETACH|UMOUNT_NOFOLLOW`;
	for (let i = 0; i < mostMounts && isMounted(directory, name); i++)
		files.must("umount2", shown, files.cString(path), MNT_DETACH | UMOUNT_NOFOLLOW);
	// A mount point is never removed: the kernel would take the mount away wherever it is.
	if (!isMounted(directory, name)) files.unless(["ENOENT"], () => files.unlink(directory, name));
}

/** Whether something is mounted on what has this name. */
function isMounted(directory: number, name: string): boolean {
	const fd = files.unless(["ENOENT", "ELOOP"], () => openHeld(directory, name));
	if (fd === undefined) return false;
	const { isRoot } = mountNumber(fd);
	close(fd);
	return isRoot;
}

const openHeld = (directory: number, name: string): number => openAt(directory, name, "O_PATH|O_NOFOLLOW");

/**
 * Pins every namespace that is to have a file in the name's directory. Returns those that have one: the kernel mounts a
 * mount namespace only in one that it takes for older, and says EINVAL otherwise.
 */
export function pinAll(
	entry: Entry,
	opened: ReadonlyMap<NamespaceKind, number>,
	kinds: readonly NamespaceKind[],
	at: (step: string) => void,
): NamespaceKind[] {
	const pinned: NamespaceKind[] = [];
	for (const kind of kinds) {
		const fd = opened.get(kind);
		if (fd === undefined) continue;
		at(`pin ${kind}`);
		const done = during(`pin the ${kind} namespace of ${entry.name}`, () =>
			files.unless(kind === "mount" ? ["EINVAL"] : [], () => {
				pin(entry.fd, kind, fd, 0o600);
				return true;
			}),
		);
		if (done) pinned.push(kind);
		else unpin(entry.fd, kind);
	}
	return pinned;
}

/** Removes every pin from a name's directory. */
export function unpinAll({ fd, path }: Entry): void {
	for (const kind of namespaceKinds) during(`unmount ${path}/${kind}`, () => unpin(fd, kind));
}

/** Why a network namespace of this name would not be the only one. */
export function netnsTaken(name: string): boolean {
	const fd = openNetns();
	if (fd === undefined) return false;
	const held = files.unless(["ENOENT"], () => openHeld(fd, name));
	close(fd);
	if (held !== undefined) close(held);
	return held !== undefined;
}

const openNetns = (): number | undefined =>
	files.unless(["ENOENT"], () => files.openPath(netnsPlace, "O_RDONLY|O_DIRECTORY|O_NOFOLLOW"));

/** Bytes of the mark: an inode in decimal digits. */
const markSize = 16;

/**
 * Gives the network namespace the name that `ip netns` knows it by, in a directory that is a shared mount, as ip makes it,
 * so that programs in other mount namespaces see it come and go. What is in the entry before says that the file is ours.
 */
export function pinNetns(entry: Entry, fd: number): void {
	const { AT_FDCWD } = constants;
	during(`make ${netnsPlace}/${entry.name}`, () => {
		files.unless(["EEXIST"], () =>
			files.must("mkdirat", `"${netnsPlace}", 0755`, AT_FDCWD, files.cString(netnsPlace), 0o755),
		);
		shareNetns();
		files.makeLink(entry.fd, netnsMark, String(files.statusOf(fd).inode));
		const directory = openNetns();
		if (directory === undefined) throw namedError("NAME_FAILED", `${netnsPlace} was removed meanwhile`);
		try {
			const found = files.unless(["EEXIST"], () => {
				pin(directory, entry.name, fd, 0);
				return true;
			});
			if (found) return;
			files.unlink(entry.fd, netnsMark);
			throw netnsCollision(entry.name);
		} finally {
			close(directory);
		}
	});
}

export const netnsCollision = (name: string) =>
	namedError(
		"NAME_TAKEN",
		`there is a network namespace ${name} in ${netnsPlace} already`,
		`choose another name, or: ip netns delete ${name}`,
	);

/** As ip-netns(8) does: a mount of its own where it is none, and shared. */
function shareNetns(): void {
	const { MS_BIND, MS_REC, MS_SHARED } = constants;
	const path = files.cString(netnsPlace);
	const fd = openNetns();
	if (fd === undefined) return;
	const { isRoot } = mountNumber(fd);
	close(fd);
	if (!isRoot)
		files.must("mount", `"${netnsPlace}", "${netnsPlace}", NULL, MS_BIND|MS_REC`, path, path, 0, MS_BIND | MS_REC, 0);
	files.must("mount", `NULL, "${netnsPlace}", NULL, MS_SHARED|MS_REC`, 0, path, 0, MS_SHARED | MS_REC, 0);
}

/** Takes the name for `ip netns` away, where the mark says that it is ours and it is what the mark says. */
export function unpinNetns(entry: Entry): void {
	const held = files.hold(entry.fd, netnsMark);
	if (held === undefined) return;
	const said = files.unless(["EINVAL", "ENOENT"], () => files.targetOf(held)) ?? "";
	close(held);
	const directory = openNetns();
	if (directory !== undefined) {
		try {
			during(`unmount ${netnsPlace}/${entry.name}`, () => {
				if (isOurNetns(directory, entry.name, said)) unpin(directory, entry.name);
			});
		} finally {
			close(directory);
		}
	}
	files.unless(["ENOENT"], () => files.unlink(entry.fd, netnsMark));
}

/** A file that nothing is mounted on was left by who was killed before mounting it: the mark says that it was ours. */
function isOurNetns(directory: number, name: string, said: string): boolean {
	const fd = openAcross(directory, name);
	if (fd === undefined) return false;
	const inode = namespaceInode(fd, "net");
	const { size } = files.statusOf(fd);
	close(fd);
	return inode === undefined ? size === 0 : said.length <= markSize && String(inode) === said;
}
