import { call, step, writeFile } from "../plan/step.ts";
import type { Fragment, Host, Step } from "../plan/types.ts";
import { type IdRange, mapLines, mapProblems, resolveMaps } from "./idmap.ts";
import { type NamespaceOptions, needsNamespace, use } from "./use.ts";

export interface UserOptions extends NamespaceOptions {
	/**
	 * Who the caller is inside: `"root"` (0), `"self"` (the same ids), `"none"` (nobody is mapped, the command is the
	 * overflow user 65534), or other ids. `uids` and `gids` take its place.
	 * @default "root"
	 */
	readonly map?: "root" | "self" | "none" | { readonly uid: number; readonly gid?: number };
	/** User id ranges; more than the caller's own id takes CAP_SETUID outside. At most 340. */
	readonly uids?: readonly IdRange[];
	/** Group id ranges; more than the caller's own id takes CAP_SETGID outside. At most 340. */
	readonly gids?: readonly IdRange[];
	/**
	 * Whether setgroups(2) may be used inside. The kernel wants `"deny"` from callers without privilege.
	 * @default "deny" when the caller maps only itself, else "allow"
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
		maps: (host) => resolveMaps(options, host),
		created: () => user({ ...options, create: true }),
		needsHelper: (host) => options.join === undefined && options.create !== false && resolveMaps(options, host).helper,
		problems: (context) => [
			...needsNamespace("user", context, "MAP_WITHOUT_USER", givenOptions(options)),
			...mapProblems(options, context.host),
		],
		steps({ host, creates, joins, helper }) {
			if (joins.has("user")) return [groupsBeforeJoin, identityAfterJoin];
			return creates.has("user") ? createSteps(options, host, helper) : [];
		},
	};
}

function givenOptions(options: UserOptions): string[] {
	return (["map", "uids", "gids", "setgroups"] as const).filter((name) => options[name] !== undefined);
}

function createSteps(options: UserOptions, host: Host, helper: boolean): Step[] {
	const { uids, gids, setgroups, identity } = resolveMaps(options, host);
	const steps: Step[] = [];
	if (identity) {
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
	const directory = helper ? "proc" : null;
	const prefix = helper ? "" : "/proc/self/";
	const write = (file: string, text: string, does: string, why: string): void => {
		steps.push(
			step({
				phase: "map",
				module: "user",
				who: helper ? "helper" : "outer",
				does,
				why,
				man: "user_namespaces(7)",
				calls: writeFile(directory, `${prefix}${file}`, text),
			}),
		);
	};
	if (setgroups === "deny" && gids.length > 0) {
		write("setgroups", "deny", "forbid setgroups", "dropping a group could give access that the group is denied");
	}
	if (gids.length > 0) write("gid_map", mapLines(gids), "map group ids", "ids without a mapping are 65534 inside");
	if (uids.length > 0) write("uid_map", mapLines(uids), "map user ids", "ids without a mapping are 65534 inside");
	if (identity) {
		const { uid, gid } = identity;
		const ids = (id: number) => [id, id, id];
		const calls = [];
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
