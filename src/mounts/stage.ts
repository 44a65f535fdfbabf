/**
 * Files that exist only inside, and take the place of files that are there. They lie in a file system in memory that is
 * attached to the old root for a moment, because only what is attached can be bound, and is let go before the first rule.
 */

import { toBytes } from "../bytes.ts";
import { call, flags, ref } from "../plan/step.ts";
import type { Call } from "../plan/types.ts";
import { attach, newMount, own, setAttributes } from "./calls.ts";
import type { FileRule } from "./rules.ts";

/** The most that one call copies. sendfile(2) */
const mostBytes = 0x7ffff000;

/** What the open file is called whose content is copied. */
export const copied = (id: string): string => `${id}.content`;

/** Writes a new file, `name` in an open directory. */
export function writeNew(directory: string, name: string, rule: FileRule, id: string): Call[] {
	const { content, mode = 0o644, uid, gid } = rule;
	const make = call("openat", [ref(directory), name, flags("O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC"), 0o600], {
		result: "file",
	});
	const fill = typeof content === "string" ? write(content) : copy(copied(id));
	return [make, ...fill, ...own("file", { mode, uid, gid }), call("close", [ref("file")])];
}

/** A file system that is full takes a part and says nothing. */
function write(text: string): Call[] {
	const bytes = toBytes(text);
	if (bytes.length === 0) return [];
	const content = { bytes: [...bytes], shows: JSON.stringify(text) };
	const check = { exactly: bytes.length, otherwise: "ENOSPC" };
	return [call("write", [ref("file"), content, bytes.length], { result: "written", check })];
}

/** The second call finds nothing more to copy, or says what has stopped the first. */
const copy = (from: string): Call[] => [
	call("sendfile", [ref("file"), ref(from), null, mostBytes]),
	call("sendfile", [ref("file"), ref(from), null, mostBytes], {
		result: "written",
		check: { exactly: 0, otherwise: "EFBIG" },
	}),
];

const clone = (name: string, result: string): Call =>
	call("open_tree", [ref("stage"), name, flags("OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC")], { result });

/** What hides: whatever there is, or something that is known to be a file. */
export type Mask = "mask" | "mask-file";

/** Something the stage has to hold: a file by the rule it stands for, or the two things that hide others. */
export interface Staged {
	readonly id: string;
	readonly rule: FileRule | Mask;
}

/** The calls that make all of them, as detached mounts: `ID`, or `ID.file` and `ID.directory` for what hides. */
export function stage(staged: readonly Staged[]): Call[] {
	const masks = staged.filter(({ rule }) => typeof rule === "string");
	const files = staged.filter((one): one is Staged & { rule: FileRule } => typeof one.rule !== "string");
	return [
		...newMount("tmpfs", "stage", "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV", [["mode", "700"]]),
		call("openat", [flags("AT_FDCWD"), "/", flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "place" }),
		attach("stage", "place"),
		call("close", [ref("place")]),
		...files.flatMap(({ id, rule }) => [
			...writeNew("stage", id, rule, id),
			clone(id, id),
			...(rule.readOnly ? [setAttributes(id, "MOUNT_ATTR_RDONLY")] : []),
		]),
		...(masks.length > 0
			? [
					call("mknodat", [ref("stage"), "masked-file", 0o100000, 0]),
					call("mkdirat", [ref("stage"), "masked-directory", 0]),
					setAttributes("stage", "MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOEXEC"),
					...masks.flatMap(({ id, rule }) => [
						clone("masked-file", `${id}.file`),
						...(rule === "mask" ? [clone("masked-directory", `${id}.directory`)] : []),
					]),
				]
			: []),
		call("fchdir", [ref("stage")]),
		call("umount2", [".", flags("MNT_DETACH")]),
		call("chdir", ["/"]),
		call("close", [ref("stage")]),
	];
}
