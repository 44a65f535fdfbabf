/** The files of control groups: opened in a directory that is held, read and written whole. */
import { fromBytes, toBytes } from "../bytes.ts";
import { close, readUpTo } from "../descriptors.ts";
import { SystemError, systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import * as files from "../overlay/files.ts";

/** Whether a descriptor is open on something of a hierarchy of control groups. */
export function isGroup(fd: number): boolean {
	const type = files.fileSystemOf(fd);
	return type === constants.CGROUP_SUPER_MAGIC || type === constants.CGROUP2_SUPER_MAGIC;
}

/** A file of a group is no longer: that of all processes' numbers is the longest that is read. */
const mostBytes = 1024 * 1024;

/** What cannot be read: it is not there, not for the caller, or the kernel says no more of the group. */
const unreadable = ["ENOENT", "EACCES", "ENODEV", "EOPNOTSUPP"];

/** The text of a file of a group; nothing where there is none, or none that may be read. */
export function readGroupFile(group: number, name: string): string | undefined {
	return files.unless(unreadable, () => {
		const file = files.openBeneath(group, name, "O_RDONLY");
		try {
			const bytes = readUpTo(file, mostBytes);
			return bytes && fromBytes(bytes);
		} finally {
			close(file);
		}
	});
}

/** Whether a group has a file of this name. */
export function hasGroupFile(group: number, name: string): boolean {
	const held = files.hold(group, name);
	if (held !== undefined) close(held);
	return held !== undefined;
}

/** Writes to a file of a group, by one call: the kernel takes it as a whole or not at all. Throws a `SystemError`. */
export function writeGroupFile(group: number, name: string, text: string): void {
	const file = files.openBeneath(group, name, "O_WRONLY");
	try {
		const bytes = toBytes(text);
		const written = systemCall("write", file, bytes, bytes.length);
		if (written < 0) throw new SystemError("write", `${name}, ${JSON.stringify(text)}, ${bytes.length}`, -written);
	} finally {
		close(file);
	}
}
