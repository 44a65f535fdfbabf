import type { Id, NamedRange, RangeWord } from "../ids/types.ts";
import { call, step, writeFile } from "../plan/step.ts";
import type { Context, Fragment, Step } from "../plan/types.ts";
import { mapLines, mapProblems, resolveMaps } from "./idmap.ts";
import { type NamespaceOptions, needsNamespace, use } from "./use.ts";

export interface UserOptions extends NamespaceOptions {
	/**
	 * Who the caller is inside, and who else is there:
	 *
	 * - `"root"` (0), `"self"` (the same ids), `"none"` (nobody is mapped, the command is the overflow user 65534), or other
	 *   ids by number or name: the caller alone.
	 * - `"auto"`: the caller is 0, and the caller's subordinate ids follow from 1 on. subuid(5)
	 * - `"subids"`: the caller's ids and subordinate ids as themselves.
	 * - `"all"`: every id of the caller's user namespace as itself.
	 * - `"extern"`: somebody else writes the maps; `blockFd` says when that is done.
	 *
	 * `uids` and `gids` take its place.
	 * @default "root"
	 */
	readonly map?:
		| "root"
		| "self"
		| "none"
		| "auto"
		| "subids"
		| "all"
		| "extern"
		| { readonly uid: Id; readonly gid?: Id };
	/**
	 * User id ranges, by number or name, at most 340; `"auto"` are the subordinate ids from the first free id on, `"subids"`
	 * and `"all"` are as above. Ids that are not the caller's own take CAP_SETUID outside, or a line in /etc/subuid and
	 * newuidmap(1).
	 */
	readonly uids?: readonly (NamedRange | RangeWord)[];
	/** Group id ranges, as `uids`, with CAP_SETGID, /etc/subgid and newgidmap(1). */
	readonly gids?: readonly (NamedRange | RangeWord)[];
	/**
	 * Who makes and so owns the namespace, by number or name: has all rights over it from outside, and is meant by `map`
	 * in the caller's place. The group is that of the user when none is named. Takes CAP_SETUID and CAP_SETGID.
	 */
	readonly owner?: Id | { readonly uid: Id; readonly gid?: Id };
	/**
	 * With `map: "extern"`: a descriptor of the calling process that the sandbox waits for. A byte to be read says that the
	 * maps are written; the end of what can be read, that they never will be. The process id goes to `infoFd` of lifetime().
	 */
	readonly blockFd?: number;
	/**
	 * Whether setgroups(2) may be used inside. The kernel wants `"deny"` from callers without privilege, but where subordinate
	 * groups are mapped.
	 * @default "deny" when no group but the own is mapped, and that without privilege or no other user either; else "allow"
	 */
	readonly setgroups?: "allow" | "deny";
}

/**
 * A user namespace: user and group ids, and all capabilities over the other namespaces that are made with it.
 *
 * Maps are written by the process itself where the kernel allows that, and by a helper process that stays in the
 * caller's user namespace where more privilege is needed. user_namespaces(7).
 *
 * @example
 * ```ts
 * import { sandbox, user } from "nskit";
 * const { stdout } = sandbox(user({ map: "root" })).spawnSync(["id", "-u"], { stdout: "pipe" });
 * console.log(stdout?.toString()); // 0
 * ```
 */
export function user(options: UserOptions = {}): Fragment {
	return {
		module: "user",
		...use("user", options),
		...(options.blockFd !== undefined && { held: [options.blockFd] }),
		maps: (host) => (options.map === "extern" ? undefined : resolveMaps(options, host)),
		created: () => user({ ...options, create: true }),
		needsHelper: (host) => options.join === undefined && options.create !== false && resolveMaps(options, host).helper,
		problems: (context) => [
			...needsNamespace("user", context, "MAP_WITHOUT_USER", givenOptions(options)),
			...mapProblems(options, context.host),
		],
		steps(context) {
			if (context.joins.has("user")) return [groupsBeforeJoin, identityAfterJoin];
			if (!context.creates.has("user")) return [];
			if (options.map === "extern") return rest().externSteps(options.blockFd ?? -1, context);
			return createSteps(options, context);
		},
	};
}

function givenOptions(options: UserOptions): string[] {
	return (["map", "uids", "gids", "setgroups", "owner", "blockFd"] as const).filter(
		(name) => options[name] !== undefined,
	);
}

/** The steps that few runs need are loaded where they are. */
const rest = () => require("../ids/steps.ts") as typeof import("../ids/steps.ts");

function createSteps(options: UserOptions, { host, helper }: Context): Step[] {
	const maps = resolveMaps(options, host);
	const { uids, gids, setgroups, identity, programs, owner } = maps;
	const steps: Step[] = [];
	if (owner) steps.push(rest().ownerStep(owner));
	else if (identity && !programs) {
		steps.push(
			step({
				phase: "create",
				module: "user",
				does: "drop the caller's supplementary groups",
				why: "the command becomes another user and must not keep groups of the caller's",
				man: "setgroups(2)",
				calls: [call("setgroups", [0, null])],
			}),
		);
	}
	const write = (file: string, text: string, does: string, why: string): void => {
		steps.push(
			step({
				phase: "map",
				module: "user",
				who: helper ? "helper" : "outer",
				does,
				why,
				man: "user_namespaces(7)",
				calls: writeFile(helper ? "proc" : null, `${helper ? "" : "/proc/self/"}${file}`, text),
			}),
		);
	};
	if (setgroups === "deny" && gids.length > 0) {
		write("setgroups", "deny", "forbid setgroups", "dropping a group could give access that the group is denied");
	}
	if (programs) steps.push(...rest().programSteps(maps));
	else {
		if (gids.length > 0) write("gid_map", mapLines(gids), "map group ids", "ids without a mapping are 65534 inside");
		if (uids.length > 0) write("uid_map", mapLines(uids), "map user ids", "ids without a mapping are 65534 inside");
	}
	if (identity) {
		const { uid, gid } = identity;
		const ids = (id: number) => [id, id, id];
		const calls = [];
		// Of another's groups none was there to be dropped before, and of an ordinary caller's none could be.
		if (programs && setgroups === "allow") calls.push(call("setgroups", [0, null]));
		if (gid !== undefined) calls.push(call("setresgid", ids(gid)));
		if (uid !== undefined) calls.push(call("setresuid", ids(uid)));
		steps.push(
			step({
				phase: "identity",
				module: "user",
				does: "become a mapped user",
				why: "the caller's own id has no mapping inside, and nobody could own what is made from here on",
				man: "setresuid(2)",
				calls,
			}),
		);
	}
	return steps;
}

const groupsBeforeJoin = step({
	phase: "open",
	module: "user",
	does: "drop the caller's supplementary groups, if the caller may",
	why: "the user namespace that is joined may forbid that, and the command must not keep groups of root's",
	man: "setgroups(2)",
	calls: [call("setgroups", [0, null], { mayFail: true })],
});

const identityAfterJoin = step({
	phase: "identity",
	module: "user",
	does: "become root of the joined user namespace",
	why: "the caller's id may have no mapping there; where 0 has none either, the id stays",
	man: "setns(2)",
	calls: [
		call("setgroups", [0, null], { mayFail: true }),
		call("setresgid", [0, 0, 0], { mayFail: true }),
		call("setresuid", [0, 0, 0], { mayFail: true }),
		// fs.suid_dumpable says what a change of ids makes of it.
		call("prctl", [{ flags: "PR_SET_DUMPABLE" }, 0, 0, 0, 0]),
	],
});
