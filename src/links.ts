/** What the machine's system directories are, asked of the kernel. */
import { fromBytes, toBytes } from "./bytes.ts";
import { close, readLink } from "./descriptors.ts";
import { systemCall } from "./ffi.ts";
import { constants } from "./linux/constants.ts";
import { errnoNumber } from "./linux/errno.ts";
import type { SystemLinks } from "./profile/links.ts";

/** On most machines all of these are links into /usr, or are not there. */
const directories = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/** What many kernels do not have in /proc. */
const rare = ["acpi", "asound", "kcore", "latency_stats", "sched_debug", "scsi"].map((name) => `/proc/${name}`);

/** What leads into /usr is shorter; a longer link is left as it is. */
const longest = 64;

/** Where a path leads, without links; `undefined` where it leads nowhere. */
export function realPath(path: string): string | undefined {
	const fd = systemCall("openat", constants.AT_FDCWD, toBytes(`${path}\0`), constants.O_PATH | constants.O_CLOEXEC, 0);
	if (fd < 0) return undefined;
	try {
		return fromBytes(readLink(`/proc/self/fd/${fd}`));
	} finally {
		close(fd);
	}
}

/** Those of them that are links, or are not there. */
export function systemLinks(): SystemLinks {
	const links: Record<string, string | null> = {};
	const text = new Uint8Array(longest);
	const missing = -errnoNumber("ENOENT");
	const sizeOf = (path: string) => systemCall("readlinkat", constants.AT_FDCWD, toBytes(`${path}\0`), text, longest);
	// A /proc of processes alone lacks what another one has.
	const isWhole = sizeOf("/proc/stat") === -errnoNumber("EINVAL");
	for (const path of isWhole ? [...directories, ...rare] : directories) {
		const size = sizeOf(path);
		if (size === missing) links[path] = null;
		else if (size > 0 && size < longest) links[path] = fromBytes(text.subarray(0, size));
	}
	return links;
}
