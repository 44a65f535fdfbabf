/** What a tree on disk is, to the last attribute: compared before and after, it must be the same. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { attributesOf } from "./libc.ts";

/** A line for everything below a folder, itself included: name, type and mode, owner, size, times, contents, attributes. */
export function treeOf(folder: string): string[] {
	const lines = [describe(folder, "")];
	const add = (within: string): void => {
		for (const entry of readdirSync(join(folder, within), { withFileTypes: true })) {
			const name = join(within, entry.name);
			lines.push(describe(join(folder, name), name));
			if (entry.isDirectory()) add(name);
		}
	};
	add("");
	return lines.toSorted();
}

function describe(path: string, name: string): string {
	const { mode, uid, gid, size, mtimeMs, ctimeMs, ino, nlink } = lstatSync(path);
	const type = mode & 0o170000;
	const content = type === 0o100000 ? Bun.hash(readFileSync(path)) : type === 0o120000 ? readlinkSync(path) : "";
	const facts = {
		name,
		mode: mode.toString(8),
		uid,
		gid,
		size,
		mtimeMs,
		ctimeMs,
		ino,
		nlink,
		content: String(content),
	};
	return JSON.stringify({ ...facts, attributes: attributesOf(path) });
}
