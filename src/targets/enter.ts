/** What is needed to enter a target: everything that is asked for is opened or read while it is known to be the target's. */
import { fromBytes, splitStrings, toBytes } from "../bytes.ts";
import { close, readFile } from "../descriptors.ts";
import { checked, systemCall } from "../ffi.ts";
import { hostFacts } from "../host.ts";
import { constants } from "../linux/constants.ts";
import { hasBit } from "../linux/mask.ts";
import { PlanError } from "../plan/errors.ts";
import type { NamespaceKind } from "../plan/namespaces.ts";
import type { Fragment, Problem } from "../plan/types.ts";
import { controlGroups, type EntryDirectory, entry } from "../process/entry.ts";
import { identity } from "../process/identity.ts";
import { type Choice, chooseJoins, type Joins } from "./choose.ts";
import { joinFragments } from "./fragments.ts";
import { effectiveIds, idInside } from "./ids.ts";
import { networkOfSocket, openNamespace, owningUserNamespace, statusOf } from "./kernel.ts";
import { namespacesOf, whileThere } from "./process.ts";
import type { OpenTarget } from "./types.ts";

/** What is taken of a target besides its namespaces, and how they are chosen. */
export interface Entering extends Choice {
	/** The root of the target's process, or a directory inside. @default that of the mount namespace */
	readonly root?: true | EntryDirectory | undefined;
	/** The working directory of the target's process. */
	readonly directory?: true | undefined;
	/** Its control groups. */
	readonly controlGroups?: true | undefined;
	/** Its environment. */
	readonly environment?: true | undefined;
	/** Its user, its group. */
	readonly uid?: true | undefined;
	readonly gid?: true | undefined;
	/** In a joined user namespace the caller stays who it is, instead of becoming root. */
	readonly keepCredentials?: boolean | undefined;
	/** The user namespace that owns the first of the namespaces, or the parent of the target's where that is asked for. */
	readonly userParent?: boolean | undefined;
	/** The network namespace of the socket that the target's process has by this descriptor. */
	readonly networkOfSocket?: number | undefined;
}

/** A target that is ready to be entered. */
export interface Entry {
	readonly fragments: readonly Fragment[];
	readonly joins: Joins;
	/** The environment of the target's process, where that was asked for. */
	readonly environment: readonly string[] | undefined;
	/** Closes what was opened besides the target. */
	close(): void;
}

/** Throws a `PlanError` with everything that is not to be had of the target. */
export function prepareEntry(target: OpenTarget, entering: Entering): Entry {
	const opened: number[] = [];
	try {
		return prepared(target, entering, opened);
	} catch (error) {
		opened.forEach(close);
		throw error;
	}
}

/** Who has no privilege gets it from the user namespace that owns the others, so it is entered with them. */
function withOwner({ kinds, without }: Choice, { namespaces }: OpenTarget): Choice {
	const isAdded = kinds && namespaces.user !== undefined && !hostFacts().privileged;
	return { kinds: isAdded ? [...kinds, "user"] : kinds, without };
}

function prepared(target: OpenTarget, entering: Entering, opened: number[]): Entry {
	const needs = needsProcess(target, entering);
	if (needs.length > 0) throw new PlanError(needs);
	const own = namespacesOf("self");
	const { joins: chosen, problems } = chooseJoins(target, own, withOwner(entering, target));
	const joins = { ...chosen };
	const take = (kind: NamespaceKind, fd: number): void => {
		opened.push(fd);
		if (statusOf(fd).inode === own[kind].inode) delete joins[kind];
		else joins[kind] = { fd };
	};
	if (entering.networkOfSocket !== undefined)
		take("net", networkOfSocket(target.pidfd ?? -1, entering.networkOfSocket));
	if (entering.userParent) take("user", ownerOf(target, joins, opened));
	const { pid } = target;
	const fragments = [...joinFragments(joins, entering)];
	const found: Problem[] = [...problems];
	const file = (name: string): string => fromBytes(readFile(`/proc/${pid}/${name}`));
	const environment = whileThere(target, () => {
		if (joins.net && pid !== undefined && isClosed(file("status"))) fragments.push(closed());
		const directoryOf = (link: string): { fd: number } => {
			const fd = openDirectory(`/proc/${pid}/${link}`);
			opened.push(fd);
			return { fd };
		};
		const root = entering.root === true ? directoryOf("root") : entering.root;
		const directory = entering.directory && directoryOf("cwd");
		if (root || directory) fragments.push(entry({ root, directory }));
		if (entering.controlGroups) {
			const [theirs, mine, mounts] = [file("cgroup"), ...["cgroup", "mountinfo"].map((name) => ownFile(name))];
			const { groupFiles } = require("./groups.ts") as typeof import("./groups.ts");
			const groups = groupFiles(target.label, theirs, mine ?? "", mounts ?? "");
			found.push(...groups.problems);
			if (groups.files.length > 0) fragments.push(controlGroups(groups.files));
		}
		if (entering.uid || entering.gid) {
			const ids = followed(target.label, file, joins.user !== undefined, entering);
			if (Array.isArray(ids)) found.push(...ids);
			else fragments.push(identity(ids));
		}
		return entering.environment && splitStrings(readFile(`/proc/${pid}/environ`));
	});
	if (found.length > 0) throw new PlanError(found);
	return { fragments, joins, environment, close: () => opened.splice(0).forEach(close) };
}

/** Whether nobody in the target may change its network, because a way out of it would be a way around what closes it. */
const isClosed = (status: string): boolean => {
	const mask = /^CapBnd:\s*([0-9a-f]{16})$/m.exec(status)?.[1];
	return mask !== undefined && !hasBit(mask, constants.CAP_NET_ADMIN);
};

/** Who enters is held by that too: those inside may trace what is executed there. */
function closed(): Fragment {
	const { withhold } = require("../network/withhold.ts") as typeof import("../network/withhold.ts");
	const why = "nobody in there has them, and what is executed there can be traced from inside";
	return { module: "closed", needsImage: true, steps: () => [withhold(why)] };
}

/** What only a process has. */
function needsProcess({ pid, pidfd, label }: OpenTarget, entering: Entering): Problem[] {
	if (pid !== undefined && pidfd !== undefined) return [];
	const { root, directory, controlGroups, environment, uid, gid, networkOfSocket } = entering;
	const asked = [
		root === true && "a root",
		directory && "a directory",
		controlGroups && "control groups",
		environment && "an environment",
		(uid || gid) && "a user",
		networkOfSocket !== undefined && "sockets",
	].filter((one) => typeof one === "string");
	return asked.map((what) => ({
		code: "TARGET_NO_PROCESS",
		message: `${label} is no process, so it has not ${what}`,
		hint: "name a process in it",
	}));
}

/** The user namespace that owns the first that is joined; with the target's own among them, the one that lies in. */
function ownerOf(target: OpenTarget, joins: Joins, opened: number[]): number {
	const kinds = Object.keys(joins) as NamespaceKind[];
	const kind = joins.user ? "user" : kinds[0];
	const from = kind && joins[kind];
	if (!kind || !from) {
		const hint = "name a namespace of it that the caller is not in, such as --net";
		throw new PlanError([
			{ code: "NOTHING_TO_JOIN", message: `no namespace of ${target.label} tells a parent user namespace`, hint },
		]);
	}
	if ("fd" in from) return owningUserNamespace(from.fd);
	const fd = whileThere(target, () => openNamespace(target.pid ?? 0, kind));
	opened.push(fd);
	return owningUserNamespace(fd);
}

/** The ids of the target's process as they are inside. */
function followed(
	label: string,
	file: (name: string) => string,
	isInside: boolean,
	{ uid: asksUser, gid: asksGroup }: Entering,
): { uid?: number | undefined; gid?: number | undefined } | Problem[] {
	const { uid, gid } = effectiveIds(file("status"));
	const inside = (id: number, map: string): number | undefined => (isInside ? idInside(id, file(map)) : id);
	const ids = { uid: asksUser && inside(uid, "uid_map"), gid: asksGroup && inside(gid, "gid_map") };
	const problems: Problem[] = [];
	const hint = "give a number in place of follow";
	if (asksUser && ids.uid === undefined)
		problems.push({ code: "ID_NOT_MAPPED", message: `user ${uid} of ${label} has no number inside`, hint });
	if (asksGroup && ids.gid === undefined)
		problems.push({ code: "ID_NOT_MAPPED", message: `group ${gid} of ${label} has no number inside`, hint });
	return problems.length > 0 ? problems : ids;
}

const ownFile = (name: string): string => fromBytes(readFile(`/proc/self/${name}`));

function openDirectory(path: string): number {
	const { AT_FDCWD, O_PATH, O_DIRECTORY, O_CLOEXEC } = constants;
	const fd = systemCall("openat", AT_FDCWD, toBytes(`${path}\0`), O_PATH | O_DIRECTORY | O_CLOEXEC);
	return checked(fd, "openat", `AT_FDCWD, "${path}", O_PATH|O_DIRECTORY|O_CLOEXEC`);
}
