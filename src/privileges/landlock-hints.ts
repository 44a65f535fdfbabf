/** Why a Landlock ruleset cannot be made or entered. All of it is known without looking at the machine. */
import type { StillCase } from "../hints.ts";
import { phase } from "../plan/failure.ts";

const opening = { syscall: "openat2", when: phase("landlock") } as const;

export const landlockHints: readonly StillCase[] = [
	{ ...opening, code: "ENOENT", hint: ({ path }) => `${path} does not exist inside` },
	{ ...opening, code: "ENOTDIR", hint: ({ path }) => `${path} is below a file, or is one and ends with a slash` },
	{
		...opening,
		code: "EACCES",
		hint: ({ path }) => `the user inside may not search a directory on the way to ${path}`,
	},
	{
		...opening,
		code: "ELOOP",
		hint: ({ path }) => `${path} leads through a link of /proc to an open file, or in a circle: name the file itself`,
	},
	{
		...opening,
		code: "EMFILE",
		hint: () => "Landlock takes two descriptors until the command starts: allow more with --rlimit nofile",
	},
	{ syscall: "landlock_add_rule", code: "EBADFD", hint: () => "this file belongs to no file system with paths" },
	{ syscall: "landlock_add_rule", code: "EAFNOSUPPORT", hint: () => "this kernel was built without TCP" },
	{
		syscall: "landlock_create_ruleset",
		code: "EMFILE",
		hint: () => "Landlock takes two descriptors until the command starts: allow more with --rlimit nofile",
	},
	{
		syscall: "landlock_restrict_self",
		code: "E2BIG",
		hint: () => "the caller is in 16 Landlock domains already, which is the most that the kernel takes",
	},
	{
		syscall: "landlock_restrict_self",
		code: "EPERM",
		hint: () => "this takes no_new_privs, or CAP_SYS_ADMIN in the user namespace",
	},
];
