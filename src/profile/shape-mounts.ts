/** The shape of the rules for the file tree. */
import {
	boolean,
	constant,
	insidePath,
	integer,
	list,
	needed,
	object,
	outsidePath,
	string,
	tagged,
	union,
} from "./schema.ts";

/** The highest number of a descriptor. */
export const lastDescriptor = 0x7fffffff;
/** 4294967295 is -1 to the kernel: no id. */
export const lastId = 0xfffffffe;
/** The largest whole number that is exact. */
export const largest = Number.MAX_SAFE_INTEGER;

export const descriptor = (doc?: string) => integer(0, lastDescriptor, doc);
export const openDescriptor = object(
	{ fd: needed(descriptor("its number")) },
	{ doc: "an open descriptor of the caller's" },
);

export const openProcess = object(
	{ pidfd: needed(descriptor("its number")) },
	{ doc: "a descriptor of the caller's that is open on a process" },
);

const target = () => needed(insidePath("where it is seen: a path inside"));
const flags = {
	readOnly: boolean("nothing below it can be written to"),
	noSuid: boolean("set-user-ID bits and file capabilities have no effect"),
	noDev: boolean("device files cannot be opened"),
	noExec: boolean("nothing can be executed"),
	noSymlinks: boolean("symbolic links are not followed"),
};
const optional = { optional: boolean("left out where source or target cannot be reached") };
const owner = {
	mode: integer(0, 0o7777, "permissions, as a number: 0o755 in TOML and YAML"),
	uid: integer(0, lastId, "who owns it, as it is inside"),
	gid: integer(0, lastId, "its group, as it is inside"),
};
export const size = union([integer(0, largest), string()], "bytes, or a text such as 64M, 10%");

const kernelMount = object({ type: needed(constant(["mqueue", "sys"])), target: target() });
const readOnlyRule = object({ type: needed(constant(["read-only", "remount"])), target: target(), ...optional });

/** One rule. */
export const mountRule = tagged(
	{
		bind: object({
			type: needed(constant(["bind"])),
			source: needed(union([outsidePath(), openDescriptor], "what is shown: a path outside, or a descriptor")),
			target: target(),
			...flags,
			...optional,
			idmap: boolean("ids on disk are taken as those inside"),
		}),
		tmpfs: object({
			type: needed(constant(["tmpfs"])),
			target: target(),
			size,
			mode: integer(0, 0o7777, "permissions of its root, as a number"),
			...flags,
		}),
		overlay: object({
			type: needed(constant(["overlay"])),
			lower: needed(list(outsidePath(), "directories that are shown as one, the top one first")),
			target: target(),
			writes: union(
				[
					constant(["memory", "nowhere"]),
					object({ keep: needed(outsidePath("a directory, made where it is missing")) }),
				],
				"where writes go: memory, nowhere, or a layer that stays",
			),
		}),
		dev: object({ type: needed(constant(["dev"])), target: target(), size }),
		mqueue: kernelMount,
		sys: kernelMount,
		symlink: object({
			type: needed(constant(["symlink"])),
			to: needed(string("what the link says")),
			target: target(),
		}),
		directory: object({ type: needed(constant(["directory"])), target: target(), ...owner }),
		file: object({
			type: needed(constant(["file"])),
			target: target(),
			content: needed(
				union([string(), object({ file: needed(outsidePath("a file outside")) })], "a text, or a copy of a file"),
			),
			readOnly: boolean("it cannot be written to"),
			...owner,
		}),
		accounts: object({
			type: needed(constant(["accounts"])),
			target: target(),
			name: string("of the user that the command runs as"),
			home: string("that user's home"),
			shell: string("that user's shell"),
		}),
		mask: object({ type: needed(constant(["mask"])), target: target(), ...optional }),
		"read-only": readOnlyRule,
		remount: readOnlyRule,
	},
	"one thing done to the file tree",
);
