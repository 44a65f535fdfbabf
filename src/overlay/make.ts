/** Making an entry of the directory below that is the same as one of the layer. */
import { close } from "../descriptors.ts";
import { constants } from "../linux/constants.ts";
import { ownXattrs, type XattrPrefix } from "./classify.ts";
import { entryOf, type Held } from "./compare.ts";
import { copyContent } from "./content.ts";
import * as files from "./files.ts";
import type { Entry } from "./types.ts";
import { setXattrs } from "./xattrs.ts";

/** Makes `name`, which must not be there, complete with its attributes, and on disk where it holds something. */
export function make(directory: number, name: string, { fd, entry }: Held, prefix: XattrPrefix): void {
	const made = makeBare(directory, name, entry);
	try {
		if (entry.type === "file") copyContent(fd, made, entry.size);
		giveAttributes(made, entry, prefix);
		if (entry.type === "file") files.sync(made);
	} finally {
		close(made);
	}
}

/** A descriptor of the new entry. */
function makeBare(directory: number, name: string, { type, target, device }: Entry): number {
	if (type === "file") return files.createFile(directory, name);
	if (type === "symlink") files.makeLink(directory, name, target ?? "");
	else files.makeNode(directory, name, nodeTypes[type as keyof typeof nodeTypes] | 0o600, device);
	return files.openBeneath(directory, name, "O_PATH");
}

const nodeTypes = {
	fifo: constants.S_IFIFO,
	"character device": constants.S_IFCHR,
	"block device": constants.S_IFBLK,
} as const;

/**
 * Gives owner, permissions, extended attributes and times, where they differ. In this order: a change of the owner takes
 * setuid and capabilities away, and every other change sets a time.
 */
export function giveAttributes(fd: number, wanted: Entry, prefix: XattrPrefix): void {
	const present = entryOf(fd);
	const owner = wanted.uid !== present.uid || wanted.gid !== present.gid;
	if (owner) files.setOwner(fd, wanted.uid, wanted.gid);
	if (wanted.type !== "symlink" && (owner || wanted.mode !== present.mode)) files.setMode(fd, wanted.mode);
	setXattrs(fd, ownXattrs(wanted.xattrs, prefix), ownXattrs(present.xattrs, prefix));
	files.setTimes(fd, wanted.accessed, wanted.modified);
}
