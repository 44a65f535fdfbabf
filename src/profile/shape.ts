/** The shape of a profile: every option of every module, once. */
import {
	adding,
	boolean,
	constant,
	insidePath,
	integer,
	list,
	names,
	needed,
	object,
	outsidePath,
	record,
	span,
	string,
	type Typed,
	type TypedObject,
	targetWord,
	union,
} from "./schema.ts";
import { descriptor, largest, lastId, mountRule, openDescriptor, openProcess, size } from "./shape-mounts.ts";
import { beyond, internet, links } from "./shape-network.ts";
import { capabilities, hardening, label, landlock, seccomp } from "./shape-privileges.ts";
import {
	attributes,
	identity,
	lifetime,
	limits,
	passDescriptors,
	priority,
	redirect,
	server,
	terminal,
} from "./shape-process.ts";
import { resources } from "./shape-resources.ts";

/** What every namespace can be besides a table of options. */
const use = {
	join: union(
		[integer(0, lastId), targetWord(), openProcess, openDescriptor],
		"enter the namespace of a process id, a path with a slash, a name, a container or a descriptor, instead of making one",
	),
	create: boolean("false makes and joins nothing"),
};
const eitherUse = { join: ["create"], create: ["join"] };

/** A namespace: `true`, `false` or its options. */
const namespace = <T>(shape: TypedObject<T>): Typed<boolean | T> =>
	union([boolean(), shape], shape.doc) as Typed<boolean | T>;
/** Another module: `false` or its options. */
const module = <T>(shape: Typed<T>): Typed<false | T> =>
	union([constant([false]), shape], shape.doc) as Typed<false | T>;

const id = union([integer(0, lastId), string("a name")], "a number, or a name that the caller's system has");
const range = object({ inside: needed(id), outside: needed(id), size: needed(integer(1, lastId + 1)) });
const rangeWord = constant(
	["auto", "subids", "all"],
	"the caller's subordinate ids from the first free one on, or as themselves; all ids",
);

const user = object(
	{
		map: union(
			[constant(["root", "self", "none", "auto", "subids", "all", "extern"]), object({ uid: needed(id), gid: id })],
			"who the caller is inside, and who else is there",
		),
		uids: list(union([rangeWord, range]), "ranges of user ids"),
		gids: list(union([rangeWord, range]), "ranges of group ids"),
		owner: union(
			[integer(0, lastId), string("a name"), object({ uid: needed(id), gid: id })],
			"whom the namespace belongs to, and whose ids are meant",
		),
		blockFd: descriptor("says that somebody else has written the maps"),
		setgroups: constant(["allow", "deny"], "whether setgroups(2) may be used inside"),
		...use,
	},
	{
		doc: "a user namespace",
		byKey: true,
		replaces: { ...eitherUse, map: ["uids", "gids"], uids: ["map"], gids: ["map"] },
	},
);

const mount = object(
	{
		root: union(
			[
				outsidePath(),
				object(
					{ type: needed(constant(["tmpfs"])), size, readOnly: boolean("nothing can be written to it") },
					{ byKey: true },
				),
			],
			"what becomes the root: a directory, or a file system in memory",
		),
		proc: union(
			[
				boolean(),
				object(
					{
						hidePid: constant(
							["off", "noaccess", "invisible", "ptraceable"],
							"how much of other users' processes is hidden",
						),
						subset: constant(["pid"], "only processes"),
					},
					{ byKey: true },
				),
			],
			"a fresh /proc",
		),
		propagation: constant(
			["private", "slave", "shared", "unchanged"],
			"whether later mounts pass between outside and inside",
		),
		mounts: adding(mountRule, "rules for the file tree, applied in this order"),
		...use,
	},
	{ doc: "a mount namespace", byKey: true, replaces: eitherUse },
);

const environment = object(
	{
		clear: boolean("inherit nothing but what keep names"),
		keep: names(string("a variable"), "inherit only these"),
		set: record("variable", string(), "set these"),
		unset: names(string("a variable"), "take these away"),
	},
	{ doc: "what the command finds in its environment", byKey: true, opposes: [["set", "unset"]] },
);

const command = object(
	{
		argv: list(string(), "the command and its arguments, where the command line names none"),
		argv0: string("what the command finds in place of its own name"),
		descriptor: descriptor("a descriptor that is open on the file to execute"),
		cwd: insidePath("where it starts: a path inside, which has to be there"),
	},
	{ doc: "the command itself", byKey: true, replaces: { argv: ["argv0", "descriptor"] } },
);

/** Everything but what a profile builds on. */
const modules = {
	user: namespace(user),
	mount: namespace(mount),
	pid: namespace(
		object(
			{ init: boolean("a process of ours is PID 1"), max: integer(301, 4194304, "the highest process id"), ...use },
			{ doc: "a PID namespace", byKey: true, replaces: eitherUse },
		),
	),
	net: namespace(
		object(
			{ loopback: boolean("bring the loopback interface up"), links, internet, ...beyond, ...use },
			{ doc: "a network namespace", byKey: true, replaces: eitherUse },
		),
	),
	ipc: namespace(object(use, { doc: "an IPC namespace", byKey: true, replaces: eitherUse })),
	uts: namespace(
		object(
			{ hostname: string("the host name inside"), domainname: string("the NIS domain name inside"), ...use },
			{ doc: "a UTS namespace", byKey: true, replaces: eitherUse },
		),
	),
	cgroup: namespace(object(use, { doc: "a cgroup namespace", byKey: true, replaces: eitherUse })),
	time: namespace(
		object(
			{
				monotonic: span("shift the monotonic clock"),
				boottime: span("shift the boot-time clock"),
				...use,
			},
			{ doc: "a time namespace", byKey: true, replaces: eitherUse },
		),
	),
	capabilities: module(capabilities),
	seccomp: module(seccomp),
	landlock: module(landlock),
	label: module(label),
	hardening: module(hardening),
	limits: module(limits),
	resources: module(resources),
	identity: module(identity),
	attributes: module(attributes),
	priority: module(priority),
	sysctl: module(
		record("parameter", union([string(), integer(-largest, largest)]), "kernel parameters of the new namespaces"),
	),
	terminal: module(terminal),
	redirect: module(redirect),
	passDescriptors: module(passDescriptors),
	lifetime: module(lifetime),
	server: module(server),
	environment: module(environment),
	command: module(command),
};

/** A profile. */
export const profileShape = object(modules, { byKey: true });

/** A profile in a file. */
export const profileFileShape = object(
	{
		$schema: string("where the schema is, for editors"),
		extends: union(
			[string(), list(string())],
			"the profiles this one builds on: strict, or files, relative to this one",
		),
		...modules,
	},
	{
		doc: "A profile of nskit: everything a sandbox is made of. Paths that are not absolute begin at the profile's directory.",
		byKey: true,
	},
);
