/** Looking at files, the environment and PATH for the doctor. */
import { accessSync, constants as modes, statSync } from "node:fs";
import { toBytes } from "../bytes.ts";
import type { FileFacts, Sight } from "../doctor/types.ts";
import { systemCall } from "../ffi.ts";
import { look } from "../host.ts";
import { constants } from "../linux/constants.ts";

/** This machine, as this process sees it. */
export const sight: Sight = {
	...look,
	stat,
	which: (name) => Bun.which(name) ?? undefined,
	variable: (name) => process.env[name],
};

function stat(path: string): FileFacts | undefined {
	const found = orNothing(() => statSync(path));
	if (!found) return undefined;
	const { mode, uid } = found;
	const type = types.get(mode & constants.S_IFMT) ?? "other";
	const writable = orNothing(() => accessSync(path, modes.W_OK) ?? true) ?? false;
	return { type, mode: mode & 0o7777, uid, capable: isCapable(path), writable };
}

const types: ReadonlyMap<number, FileFacts["type"]> = new Map([
	[constants.S_IFREG, "file"],
	[constants.S_IFDIR, "directory"],
	[constants.S_IFCHR, "device"],
	[constants.S_IFBLK, "device"],
]);

/** Whether a file has capabilities. getxattr(2) */
const isCapable = (path: string): boolean =>
	systemCall("getxattr", toBytes(`${path}\0`), toBytes("security.capability\0"), 0, 0) > 0;

/** What a look gives; `undefined` where the system refuses it. */
function orNothing<T>(look: () => T): T | undefined {
	try {
		return look();
	} catch (error) {
		if (error instanceof Error && "code" in error) return undefined;
		throw error;
	}
}
