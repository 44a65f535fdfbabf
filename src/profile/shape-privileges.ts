/** The shapes of the modules that take privileges away. */
import {
	adding,
	allowed,
	boolean,
	bytes,
	constant,
	insidePath,
	integer,
	list,
	names,
	needed,
	object,
	outsidePath,
	string,
	union,
	wide,
} from "./schema.ts";
import { openDescriptor } from "./shape-mounts.ts";

export const capabilities = object(
	{
		drop: union(
			[constant(["all"]), names(string("a capability"))],
			"capabilities that are dropped from every set, or all but those of add",
		),
		add: union(
			[constant(["all"]), names(string("a capability"))],
			"capabilities that stay although drop names them or says all",
		),
		keep: boolean("a command that is not user 0 inside keeps its capabilities"),
		noNewPrivileges: boolean("nothing the command executes gains privileges"),
		secureBits: names(string("such as noroot"), "securebits that are set and locked"),
		disableUserNamespaces: boolean("the command can make no user namespaces"),
	},
	{ doc: "what of root's powers the command has", byKey: true, opposes: [["drop", "add", "CAP_"]] },
);

const condition = (doc: string) =>
	object({ caps: list(string()), arches: list(string()), minKernel: string() }, { doc });
const errno = integer(0, 4095, "the error number");

const seccompProfile = object(
	{
		defaultAction: needed(string("what happens to calls without a rule, such as SCMP_ACT_ERRNO")),
		defaultErrnoRet: errno,
		architectures: list(string()),
		archMap: list(object({ architecture: needed(string()), subArchitectures: list(string()) })),
		flags: list(string()),
		syscalls: list(
			object({
				names: needed(list(string("a system call"))),
				action: needed(string("what happens to them")),
				errnoRet: errno,
				args: list(
					object({
						index: needed(integer(0, 5, "which argument")),
						value: needed(wide()),
						valueTwo: wide(),
						op: needed(string("such as SCMP_CMP_EQ")),
					}),
				),
				includes: condition("the rule counts only where this holds"),
				excludes: condition("the rule counts only where this does not hold"),
				comment: string(),
			}),
		),
	},
	{ doc: "a profile as OCI runtimes and Docker take it" },
);

export const seccomp = object(
	{
		profile: union(
			[constant(["default", "none"]), seccompProfile],
			"the built-in profile, none, or one of the OCI's form",
		),
		file: outsidePath("a file that holds a profile, in place of one here"),
		allow: names(string("a system call"), "calls that are allowed although the profile refuses them"),
		log: boolean("refuse nothing, and let the kernel's log tell"),
		programs: adding(union([bytes(), openDescriptor]), "programs in the kernel's own form, on top"),
		denySetId: boolean("no file gets a set-user-ID or set-group-ID bit"),
		capabilities: union(
			[constant(["all"]), names(string("a capability"))],
			"capabilities that the command is taken to keep; those of capabilities.add where nothing is said",
		),
	},
	{
		doc: "which system calls the command may make",
		byKey: true,
		replaces: { profile: ["file"], file: ["profile"] },
		implies: { key: "profile", value: "default", unless: ["profile", "file", "programs", "denySetId"] },
	},
);

const ports = (doc: string) => allowed(integer(0, 65535), doc);
const paths = (doc: string) => allowed(insidePath(), doc);

export const landlock = object(
	{
		read: paths("what may be read; with any list of paths all other access is refused"),
		write: paths("what may be read, written, made and removed"),
		execute: paths("what may be read and executed"),
		writeMounts: boolean("what rules mount writable may be written to"),
		bind: ports("TCP ports that may be bound to; with a list, no others"),
		connect: ports("TCP ports that may be connected to; with a list, no others"),
		scope: names(constant(["signal", "abstract-unix-socket"]), "what may not be reached outside"),
		bestEffort: boolean("where the kernel knows less than is asked for, do what it knows"),
	},
	{
		...{ doc: "which files and ports the command can reach", byKey: true },
		narrows: { read: ["read", "execute"], write: ["write"], execute: ["read", "execute"] },
	},
);

export const label = object(
	{
		apparmor: string("a profile of AppArmor"),
		selinux: string("a context of SELinux"),
		files: string("the context of SELinux that files on file systems made for the sandbox have"),
	},
	{ doc: "what the security modules of the kernel know the command by", byKey: true },
);

export const hardening = object(
	{
		coreScheduling: boolean("no processor core is shared with processes outside"),
		timestampCounter: boolean("whether the processor's counter of time can be read"),
		mitigate: names(
			constant(["store-bypass", "indirect-branch", "l1d-flush"]),
			"what of the processor's guessing is switched off",
		),
	},
	{ doc: "less of what the processor shares", byKey: true },
);
