/** The steps of user namespaces whose ids take more than the process itself may do. */
import type { ResolvedMaps } from "../namespaces/idmap.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Step } from "../plan/types.ts";
import { wordsOf } from "./types.ts";

/** Becomes the user who is to own the namespace, right before it is made. */
export function ownerStep({ uid, gid }: { readonly uid: number; readonly gid: number }): Step {
	return step({
		phase: "create",
		module: "user",
		does: `become user ${uid} and group ${gid}`,
		why: "who makes a user namespace owns it",
		man: "user_namespaces(7)",
		calls: [
			call("setgroups", [0, null]),
			call("setresgid", [gid, gid, gid]),
			call("setresuid", [uid, uid, uid]),
			// What is held is still the caller's. fs.suid_dumpable says what a change of ids makes of it.
			call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]),
		],
	});
}

const clean = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"];

/** newuidmap(1) and newgidmap(1), executed by the helper: they have the right, and say no to what the caller has no line for. */
export function programSteps({ uids, gids, programs = {} }: ResolvedMaps): Step[] {
	const steps: Step[] = [];
	for (const [kind, ranges] of [["group", gids] as const, ["user", uids] as const]) {
		const path = programs[kind];
		if (path === undefined || ranges.length === 0) continue;
		const { program, file } = wordsOf[kind];
		const words: string[] = [];
		for (const { inside, outside, size } of ranges) words.push(String(inside), String(outside), String(size));
		steps.push(
			step({
				phase: "map",
				module: "user",
				who: "helper",
				does: `let ${program} map ${kind} ids`,
				why: `an ordinary user has others only by ${file}, and that program may write them`,
				man: `${program}(1)`,
				calls: [
					call("execve", [path, { strings: [program, { text: [{ ref: "self" }] }, ...words] }, { strings: clean }], {
						inChild: true,
						result: `${program}.status`,
						check: { exactly: 0, otherwise: "EPERM" },
					}),
				],
				hints: { EPERM: `${program} has refused, and has said why on standard error; ns doctor tells what it needs` },
			}),
		);
	}
	return steps;
}

/** Somebody else writes the maps: tells who waits for them, and goes on when that has been done. */
export function externSteps(fd: number, { host, channel }: Pick<Context, "host" | "channel">): Step[] {
	const reopened = channel !== undefined;
	// Bun hands its own descriptors to no child: an image it starts opens them again by their names.
	const place: Call = reopened
		? call("openat", [flags("AT_FDCWD"), `/proc/${host.pid}/fd/${fd}`, flags("O_RDONLY|O_NONBLOCK|O_CLOEXEC")], {
				result: "map.block",
			})
		: call("fcntl", [fd, flags("F_DUPFD_CLOEXEC"), 3], { result: "map.block" });
	return [
		step({
			phase: "open",
			module: "user",
			does: "open the descriptor that says when ids are mapped",
			why: "it is the caller's",
			man: "proc(5)",
			calls: [place],
		}),
		step({
			phase: "map",
			module: "user",
			does: "wait until somebody has mapped the ids",
			why: "the caller knows somebody who may",
			man: "user_namespaces(7)",
			calls: [call("getpid", [], { result: "map.pid" })],
			routine: "awaitMap",
			hints: { EPIPE: "whoever was to write the maps is gone, and has not said that they are written" },
		}),
		step({
			phase: "identity",
			module: "user",
			does: "become root inside, where somebody is",
			why: "the caller's own id may have no mapping",
			man: "setresuid(2)",
			calls: [
				call("close", [ref("map.block")]),
				call("setgroups", [0, null], { mayFail: true }),
				call("setresgid", [0, 0, 0], { mayFail: true }),
				call("setresuid", [0, 0, 0], { mayFail: true }),
				call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]),
			],
		}),
	];
}
