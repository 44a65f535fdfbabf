import type { IdRange } from "../namespaces/idmap.ts";
import { call, flags, step } from "../plan/step.ts";
import type { Call, Context, Fragment, Problem, Step } from "../plan/types.ts";
import { commandDiesWithSupervisor } from "./processes.ts";

export interface IdentityOptions {
	/** The user id inside. setresuid(2). */
	readonly uid?: number | undefined;
	/** The group id inside. setresgid(2). */
	readonly gid?: number | undefined;
	/**
	 * The supplementary groups inside. setgroups(2).
	 * @default none where `uid` or `gid` is given, unless the user namespace forbids to drop those of the caller
	 */
	readonly groups?: readonly number[] | undefined;
}

/** 4294967295 is -1 to the kernel: no id. */
const lastId = 4294967294;
/** NGROUPS_MAX of the kernel. */
const mostGroups = 65536;

/**
 * The user and the groups that the command runs as, by their ids inside. Taken on last of all that needs rights: who is
 * not user 0 has no capabilities any more. credentials(7).
 *
 * @example
 * ```ts
 * import { identity, sandbox, user } from "nskit";
 * const box = sandbox(user({ map: { uid: 1000 } }), identity({ uid: 1000, gid: 1000 }));
 * console.log(box.spawnSync(["id", "-u"], { stdout: "pipe" }).stdout?.toString()); // 1000
 * ```
 */
export function identity(options: IdentityOptions): Fragment {
	return {
		module: "identity",
		// A change of ids marks the memory it happens in as not traceable, and that would be Bun's.
		needsImage: true,
		uid: options.uid,
		gid: options.gid,
		problems: (context) => identityProblems(options, context),
		steps: (context) => identitySteps(options, context),
	};
}

function identitySteps({ uid, gid, groups }: IdentityOptions, { maps, forks, init, creates, joins }: Context): Step[] {
	const steps: Step[] = [];
	const add = (does: string, why: string, man: string, ...calls: Call[]): void => {
		steps.push(step({ phase: "credentials", module: "identity", does, why, man, calls }));
	};
	const changes = uid !== undefined || gid !== undefined;
	if (groups) add("set the supplementary groups", "asked for", "setgroups(2)", setGroups(groups));
	else if (changes && maps?.setgroups !== "deny") {
		add(
			"drop the supplementary groups",
			"another user must not keep groups of the caller's",
			"setgroups(2)",
			// They were dropped before, as far as the caller may, and a namespace whose maps are another's may forbid that.
			joins.has("user") || (creates.has("user") && !maps)
				? { ...setGroups([]), mayFail: ["EPERM"], result: "groups" }
				: setGroups([]),
		);
	}
	if (gid !== undefined)
		add(`become group ${gid}`, "while that is still allowed", "setresgid(2)", sameIds("setresgid", gid));
	if (uid !== undefined) {
		add(`become user ${uid}`, "last, because it may take all capabilities", "setresuid(2)", sameIds("setresuid", uid));
	}
	if (changes) {
		add(
			"forbid tracing of this process",
			"fs.suid_dumpable says what a change of ids makes of it; execve(2) allows tracing again",
			"PR_SET_DUMPABLE(2const)",
			call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]),
		);
		if (forks && !init) steps.push({ ...commandDiesWithSupervisor("credentials"), module: "identity" });
	}
	return steps;
}

const sameIds = (name: "setresuid" | "setresgid", id: number): Call => call(name, [id, id, id]);

/** Ids of 32 bits each, least byte first. */
function setGroups(groups: readonly number[]): Call {
	if (groups.length === 0) return call("setgroups", [0, null]);
	const bytes: number[] = [];
	for (const id of groups) bytes.push(id & 0xff, (id >>> 8) & 0xff, (id >>> 16) & 0xff, id >>> 24);
	return call("setgroups", [groups.length, { bytes, shows: `[${groups.join(", ")}]` }]);
}

function identityProblems({ uid, gid, groups = [] }: IdentityOptions, { maps }: Context): Problem[] {
	const problems: Problem[] = [];
	const check = (what: "user" | "group", id: number | undefined, ranges: readonly IdRange[] | undefined): void => {
		if (id === undefined) return;
		if (!(Number.isInteger(id) && id >= 0 && id <= lastId)) {
			const hint = `ids are whole numbers from 0 to ${lastId}`;
			problems.push({ code: "ID_INVALID", message: `there is no ${what} id ${id}`, hint });
		} else if (ranges && !ranges.some(({ inside, size }) => id >= inside && id < inside + size)) {
			problems.push({
				code: "ID_NOT_MAPPED",
				message: `the new user namespace has no ${what} ${id}`,
				hint: `map it: --map-${what}s ${id}:OUTSIDE:1, or ${what === "user" ? "uids" : "gids"} of user(); mapped ${mapped(ranges)}`,
			});
		}
	};
	check("user", uid, maps?.uids);
	check("group", gid, maps?.gids);
	for (const id of new Set(groups)) check("group", id, maps?.gids);
	if (groups.length > mostGroups) {
		const message = `there are ${groups.length} supplementary groups, and the kernel takes ${mostGroups}`;
		problems.push({ code: "GROUPS_TOO_MANY", message, hint: "give fewer" });
	}
	if (groups.length > 0 && maps?.setgroups === "deny") {
		problems.push({
			code: "GROUPS_DENIED",
			message: "the new user namespace forbids setgroups, so it can have no supplementary groups",
			hint: "as root, allow it with --setgroups allow; an ordinary user cannot",
		});
	}
	return problems;
}

/** Some of the ids that there are. */
function mapped(ranges: readonly IdRange[]): string {
	const shown = ranges
		.slice(0, 4)
		.map(({ inside, size }) => (size === 1 ? `${inside}` : `${inside} to ${inside + size - 1}`));
	if (shown.length === 0) return "is none";
	return `is ${shown.join(", ")}${ranges.length > shown.length ? " and more" : ""}`;
}
