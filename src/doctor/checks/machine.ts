/** The kernel, what is around this process, and where its own files go. */
import { type Syscall, syscallSince } from "../../linux/syscalls.ts";
import { namespaces } from "../../plan/namespaces.ts";
import { containerOf } from "../container.ts";
import { isUnmapped } from "../judge.ts";
import { type Check, type Facts, type Judgement, limited, missing, ok, unknown } from "../types.ts";

/** What is lost without a call. */
const calls: readonly (readonly [Syscall, string])[] = [
	["open_tree", "binds and overlays"],
	["pidfd_open", "processes that are known for sure"],
	["openat2", "paths that cannot lead out of the root"],
	["close_range", "closing descriptors in one call"],
	["mount_setattr", "read-only binds, and binds with other ids"],
	["landlock_create_ruleset", "Landlock"],
];

const shown = (version: number): string => `${Math.floor(version / 100)}.${version % 100}`;

/** The version against what needs which. */
function kernel({ host }: Facts): Judgement {
	const lacking = [
		...namespaces.map(({ kind, since }) => [since, `${kind} namespaces`] as const),
		...calls.map(([name, what]) => [syscallSince(name), what] as const),
	].filter(([since]) => since > host.kernel);
	const version = `Linux ${host.kernelRelease}`;
	if (lacking.length === 0) return ok(`${version} is new enough for everything`);
	const newest = Math.max(...lacking.map(([since]) => since));
	return limited(
		version,
		lacking.map(([since, what]) => `${what} (Linux ${shown(since)})`).join(", "),
		`take Linux ${shown(newest)} or newer`,
	);
}

function container({ sight, host }: Facts): Judgement {
	const kind = containerOf(sight, host);
	return ok(kind === undefined ? "no container that can be seen from here" : `this is ${kind}`);
}

const setIds = 0o6000;

/** A program of which ns is part must not give rights to who runs it. */
function program(facts: Facts): Judgement {
	const file = facts.sight.stat(facts.program);
	if (!file) return unknown(`${facts.program} cannot be looked at`);
	const lost = "whoever may run it gets the rights of its owner: it was never meant for that, and does not drop them";
	if ((file.mode & setIds) !== 0) {
		return limited(
			`${facts.program} has a set-user-ID or set-group-ID bit`,
			lost,
			`as root: chmod ug-s ${facts.program}`,
		);
	}
	if (file.capable) {
		return limited(`${facts.program} has file capabilities`, lost, `as root: setcap -r ${facts.program}`);
	}
	return ok(`${facts.program} gives no rights of its own`);
}

const othersMayWrite = 0o022;

/** Where names are kept: /run/nskit of root, $XDG_RUNTIME_DIR/nskit or /run/user/UID/nskit of everybody else, or else below /tmp. */
function runtime(facts: Facts): Judgement {
	const { host, sight } = facts;
	const lost = "namespaces cannot be kept under a name: ns create fails";
	const root = host.uid === 0;
	const path = root ? "/run" : sight.variable("XDG_RUNTIME_DIR") || `/run/user/${host.uid}`;
	if (!root && !sight.variable("XDG_RUNTIME_DIR") && sight.stat(path)?.uid !== host.uid) return temporary(facts, lost);
	if (!path.startsWith("/"))
		return missing(`XDG_RUNTIME_DIR is no absolute path: ${path}`, lost, `set it to /run/user/${host.uid}`);
	const folder = sight.stat(path);
	if (folder?.type !== "directory")
		return missing(`${path} is no directory`, lost, "make it, for its user alone: mkdir -m 0700");
	const own = root ? sight.stat("/run/nskit") : undefined;
	for (const [name, one] of [[path, folder] as const, ["/run/nskit", own] as const]) {
		if (!one) continue;
		if (one.uid !== host.uid && isUnmapped(facts, one.uid))
			return missing(
				`the owner of ${name} is not mapped in this user namespace`,
				lost,
				`put a directory of your own there, as with --tmpfs ${name}`,
			);
		if (one.uid !== host.uid)
			return missing(
				`${name} belongs to user ${one.uid}, not to ${host.uid}`,
				lost,
				`as root: chown ${host.uid} ${name}; or name another`,
			);
		if ((one.mode & othersMayWrite) !== 0) return missing(`others may write to ${name}`, lost, `chmod go-w ${name}`);
		if (!one.writable) return missing(`${name} cannot be written to`, lost, "mount it writable");
	}
	return ok(`${path}/nskit can be used`);
}

/** Where names are kept by who has no directory of its own. */
function temporary({ host, sight }: Facts, lost: string): Judgement {
	const path = `/tmp/nskit-${host.uid}`;
	const there = sight.stat(path);
	const remedy = "log in by a way that sets it (systemd-logind), or set it to a directory of yours with mode 0700";
	if (there ? there.uid !== host.uid : !sight.stat("/tmp")?.writable)
		return missing(`XDG_RUNTIME_DIR is not set, and ${path} cannot be used`, lost, remedy);
	return ok(`XDG_RUNTIME_DIR is not set, so ${path} is used`);
}

export const machineChecks: readonly Check[] = [
	{ id: "kernel", group: "machine", title: "Kernel", tries: "uname", judge: kernel },
	{
		id: "container",
		group: "machine",
		title: "Around this process",
		tries: "what containers leave behind",
		judge: container,
	},
	{
		id: "program",
		group: "machine",
		title: "This program",
		tries: "its permissions and file capabilities",
		judge: program,
	},
	{
		...{ id: "runtime", group: "machine", title: "A place for names" },
		...{ tries: "XDG_RUNTIME_DIR, /run/user and /tmp, or /run and /run/nskit of root", judge: runtime },
	},
	{
		...{ id: "lockdown", group: "machine", title: "Lockdown of the kernel", tries: "/sys/kernel/security/lockdown" },
		judge: ({ sight }) => {
			const mode = /\[(\w+)\]/.exec(sight.read("/sys/kernel/security/lockdown") ?? "")?.[1];
			return ok(
				mode === undefined
					? "this kernel has none, or does not tell"
					: `it is ${mode}: namespaces need nothing that it forbids`,
			);
		},
	},
];
