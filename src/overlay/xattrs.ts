/** Extended attributes of what a descriptor stands for. xattr(7). */
import { fromBytes, splitStrings, toBytes } from "../bytes.ts";
import { cString, must, pathOf, unless } from "./files.ts";

/** The longest list of names, and the longest value (XATTR_LIST_MAX, XATTR_SIZE_MAX). */
const longest = 65536;

const buffer = new Uint8Array(longest);

/** All attributes that this process may see. Values are kept as src/bytes.ts keeps bytes. listxattr(2), getxattr(2). */
export function xattrsOf(fd: number): Map<string, string> {
	const path = cString(pathOf(fd));
	const found = new Map<string, string>();
	const list = () => must("listxattr", `"${pathOf(fd)}", .., ${longest}`, path, buffer, longest);
	const size = unless(["EOPNOTSUPP"], list) ?? 0;
	for (const name of splitStrings(buffer.slice(0, size))) {
		const shown = `"${pathOf(fd)}", "${name}", .., ${longest}`;
		// It may have been removed since.
		const length = unless(["ENODATA"], () => must("getxattr", shown, path, cString(name), buffer, longest));
		if (length !== undefined) found.set(name, fromBytes(buffer.slice(0, length)));
	}
	return found;
}

/** Gives exactly these attributes, out of those that `counts` speaks for. setxattr(2), removexattr(2). */
export function setXattrs(fd: number, wanted: ReadonlyMap<string, string>, present: ReadonlyMap<string, string>): void {
	const path = cString(pathOf(fd));
	for (const [name, value] of wanted) {
		if (present.get(name) === value) continue;
		const bytes = toBytes(value);
		// An empty value needs an address all the same.
		const held = bytes.length === 0 ? buffer : bytes;
		must("setxattr", `"${pathOf(fd)}", "${name}", .., ${bytes.length}, 0`, path, cString(name), held, bytes.length, 0);
	}
	for (const name of present.keys()) {
		if (!wanted.has(name)) must("removexattr", `"${pathOf(fd)}", "${name}"`, path, cString(name));
	}
}
