/** The options that make, join and fill namespaces. */
import type { NamespaceOptions } from "../src/namespaces/use.ts";
import type { UserOptions } from "../src/namespaces/user.ts";
import { type NamespaceKind, namespaceKinds } from "../src/plan/namespaces.ts";
import type { Target } from "../src/plan/types.ts";
import { isNamed } from "../src/profile/fragments.ts";
import type { Profile } from "../src/profile/types.ts";
import { type Given, nearest } from "./argv.ts";
import { categoriesOf } from "./categories.ts";
import { wholeNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";

/** The eight modules as these options ask for them, where `base` says what is asked for already. */
export function namespaceParts(reader: Reader, base: Profile = {}): Pick<Profile, NamespaceKind> {
	const problem = reader.problem.bind(reader);
	const text = reader.text.bind(reader);
	const flag = reader.flag.bind(reader);
	const each = reader.each.bind(reader);
	const choice = reader.choice.bind(reader);
	const resolve = reader.resolve.bind(reader);

	/** What is no number is none for the module either. */
	const count = (name: string): number | undefined => {
		const value = text(name);
		return value === undefined ? undefined : (wholeNumber(value) ?? Number.NaN);
	};
	const joins = new Map<NamespaceKind, Target>();
	for (const value of each("join")) {
		const join = readJoin(value);
		if (typeof join === "string")
			problem("JOIN_INVALID", join, "write TYPE:TARGET, such as net:4242, uts:/run/x, ipc:fd:3");
		else if (joins.has(join.kind))
			problem("JOIN_TWICE", `--join names a ${join.kind} namespace twice`, "a process is in one of each");
		else joins.set(join.kind, join.target);
	}
	const creates = selected(reader.given, joins, base);
	for (const kind of joins.keys()) {
		if (flag(kind))
			problem("JOIN_AND_CREATE", `--${kind} makes a namespace and --join ${kind} enters one`, "choose one");
	}
	/** The options every module has. */
	const use = (kind: NamespaceKind) => {
		const join = joins.get(kind);
		if (join !== undefined) return { join };
		return isJoined(base[kind]) && flag(kind) === undefined ? {} : { create: creates.has(kind) };
	};

	const files = filesOf(reader);
	const mounts = files?.mountRules(reader) ?? [];
	if (flag("mount-proc") && flag("proc") === false) {
		problem("OPTION_TWICE", "--mount-proc and --no-proc contradict each other", "choose one");
	}
	const root = text("root");
	return {
		user: {
			...use("user"),
			...idsOf(reader),
		},
		mount: {
			...use("mount"),
			root: root === "tmpfs" ? { type: "tmpfs" } : root === undefined ? undefined : resolve(root),
			proc: files?.procOption(reader),
			propagation: choice("propagation", ["private", "slave", "shared", "unchanged"]),
			mounts: mounts.length === 0 ? undefined : mounts,
		},
		pid: { ...use("pid"), init: flag("init"), max: count("pid-max") },
		net: { ...use("net"), loopback: flag("loopback") },
		ipc: use("ipc"),
		uts: { ...use("uts"), hostname: text("hostname"), domainname: text("domainname") },
		cgroup: use("cgroup"),
		time: { ...use("time"), monotonic: text("monotonic"), boottime: text("boottime") },
	};
}

/** What the options about ids say, where one is given. */
function idsOf(reader: Reader): UserOptions {
	if (!categoriesOf(reader.given).has("ids")) return {};
	return (require("./ids.ts") as typeof import("./ids.ts")).idParts(reader);
}

/** What reads the options about files, where one is given. */
function filesOf({ given }: Reader): typeof import("./mounts.ts") | undefined {
	return categoriesOf(given).has("files") ? (require("./mounts.ts") as typeof import("./mounts.ts")) : undefined;
}

/**
 * Naming namespaces, here or in a profile, selects exactly those; naming none selects all, less what `--no-NAME` or the
 * profile takes away.
 */
function selected(
	given: readonly Given[],
	joins: ReadonlyMap<NamespaceKind, Target>,
	base: Profile,
): ReadonlySet<NamespaceKind> {
	const value = (name: string) => given.findLast((one) => one.name === name)?.value;
	const implied: Partial<Record<NamespaceKind, boolean>> = {
		user: value("map-root-user") === true || value("map-current-user") === true,
		mount: value("mount-proc") === true,
	};
	const isAsked = (kind: NamespaceKind): boolean => value(kind) === true || implied[kind] === true;
	const named = namespaceKinds.filter((kind) => isAsked(kind) || isNamed(base[kind]));
	const every = value("all") === true;
	const all = every || (named.length === 0 && joins.size === 0);
	const stays = (kind: NamespaceKind): boolean => every || isAsked(kind) || !isTakenAway(base[kind]);
	return new Set(
		(all ? namespaceKinds : named).filter((kind) => value(kind) !== false && !joins.has(kind) && stays(kind)),
	);
}

const isJoined = (value: boolean | NamespaceOptions | undefined): boolean =>
	typeof value === "object" && value.join !== undefined;

const isTakenAway = (value: boolean | NamespaceOptions | undefined): boolean => value !== undefined && !isNamed(value);

/** What `--join` says: a type or none, and what has to be opened before that is known; nothing where it makes no sense. */
export function joinWords(value: string): { kind?: NamespaceKind; target?: string } | undefined {
	const colon = value.indexOf(":");
	const type = colon < 0 ? value : value.slice(0, colon);
	const rest = colon < 0 ? "" : value.slice(colon + 1);
	const kind = namespaceKinds.find((one) => one === type);
	if (kind)
		return rest === "" || /^(\d+|(fd|pidfd):.*)$/.test(rest) || rest.includes("/") ? { kind } : { kind, target: rest };
	const isTarget =
		colon < 0 ? value !== "" : value.includes("/") || /^\d+$/.test(type) || targetPrefixes.includes(type);
	return isTarget ? { target: value } : undefined;
}

/** What stands before the colon of a target. */
const targetPrefixes: readonly string[] = ["fd", "runc", "crun", "docker", "containerd", "podman", "lxc", "machine"];

function readJoin(value: string): { kind: NamespaceKind; target: Target } | string {
	const colon = value.indexOf(":");
	const type = colon < 0 ? value : value.slice(0, colon);
	const target = colon < 0 ? "" : value.slice(colon + 1);
	const kind = namespaceKinds.find((one) => one === type);
	if (!kind) {
		const near = nearest(type, namespaceKinds);
		return `--join ${value}: there is no namespace type ${JSON.stringify(type)}${near ? `; did you mean ${near}?` : ""}`;
	}
	if (target === "") return `--join ${value} names nothing to join`;
	const [, by, number] = /^(fd|pidfd):(\d+)$/.exec(target) ?? [];
	if (by !== undefined) return { kind, target: by === "fd" ? { fd: Number(number) } : { pidfd: Number(number) } };
	return { kind, target: /^\d+$/.test(target) ? Number(target) : target };
}
