/** What can be said of failed mount rules without looking at the machine. */
import type { StillCase } from "../hints.ts";
import { about, phase } from "../plan/failure.ts";

const noPath = "what the descriptor is open on has no path any more: it was removed, or something is mounted over it";
const tooManyFiles = "every source takes a descriptor until the command starts: raise ulimit -n";
const notOurs =
	"this lies on the caller's disk, where nothing is made: make it first, or put an overlay or a tmpfs there";
const full = "the file system in memory is too small for it: raise its size";
const nameTooLong = "a name has at most 255 bytes, and a path 4095";
const circle: StillCase["hint"] = ({ path }) => `the links at ${path} lead in a circle`;

const isOverlay: StillCase["when"] = (failed) =>
	failed.does.startsWith("mount an overlay") && about("FSCONFIG_CMD_CREATE")(failed);

/** In the order they are tried. */
export const mountHints: readonly StillCase[] = [
	{ syscall: "open_tree", code: "ENOENT", when: (failed) => failed.path === undefined, hint: () => noPath },
	{ syscall: "open_tree", code: "ELOOP", hint: circle },
	{
		syscall: "open_tree",
		code: "ENOTDIR",
		hint: ({ path }) => `${path} is below a file, or is one and ends with a slash`,
	},
	{ syscall: "open_tree", code: "EMFILE", hint: () => tooManyFiles },
	{ syscall: "openat", code: "EMFILE", when: phase("sources"), hint: () => tooManyFiles },
	{ syscall: "statx", code: "ESTALE", hint: () => noPath },
	{ syscall: "statx", code: "EXDEV", hint: () => notOurs },
	{
		syscall: "sendfile",
		code: "EINVAL",
		hint: () => "only what a plain file holds can be copied, no directory and no pipe",
	},
	{ syscall: "sendfile", code: "ENOSPC", hint: () => full },
	{ syscall: "write", code: "ENOSPC", when: phase("mounts"), hint: () => full },
	{ syscall: "sendfile", code: "EFBIG", hint: () => "files of more than 2 GiB are not copied: bind it" },
	{ syscall: "unlinkat", code: "EISDIR", hint: () => "a directory is there, and a file cannot take its place" },
	{ syscall: "symlinkat", code: "EEXIST", hint: () => "something is there already: a link takes nothing's place" },
	{
		syscall: "fsopen",
		code: "EPERM",
		when: about('"sysfs"'),
		hint: () => "sysfs can only be mounted by who owns the network namespace: add --net",
	},
	{
		syscall: "fsconfig",
		code: "EPERM",
		when: (failed) => failed.does.startsWith("mount the message queues"),
		hint: () => "message queues can only be mounted by who owns the IPC namespace: add --ipc",
	},
	{
		syscall: "fsconfig",
		code: "ENOENT",
		when: (failed) => about('"lowerdir')(failed) || about('dir", "/proc/')(failed),
		hint: () => "overlays need /proc: put the rule that hides it behind them",
	},
	{
		syscall: "fsconfig",
		code: "EINVAL",
		when: isOverlay,
		hint: () => "overlays can be stacked two deep, and not every file system can be a part of one",
	},
	{
		syscall: "fsconfig",
		code: "ELOOP",
		when: isOverlay,
		hint: () => "a directory can be part of an overlay once, and not together with one above it",
	},
	{
		syscall: "mount_setattr",
		code: "EINVAL",
		when: phase("mounts"),
		hint: () => "nothing is mounted right there: use --readonly-path",
	},
	{ syscall: "openat", code: "ELOOP", when: phase("sources"), hint: circle },
	{ syscall: "openat", code: "EACCES", when: phase("sources"), hint: ({ path }) => `${path} may not be opened` },
	...["open_tree", "openat", "openat2"].map((syscall) => ({
		...{ syscall, code: "ENAMETOOLONG", hint: () => nameTooLong },
	})),
];
