/** A process of ours that stays behind in the caller's namespaces. */
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Step } from "../plan/types.ts";
import { closeAllBut } from "./descriptors.ts";
import { setName } from "./processes.ts";

/**
 * The helper: forked before anything is given up, so that it has the caller's rights and namespaces. It writes id maps,
 * makes what lies outside of the sandbox (phase `outside`) and, where it `stays`, takes that back (phase `clean`) when the
 * sandbox has ended: it then reads from a pipe that only processes of the sandbox hold, so that no end of theirs escapes it.
 *
 * Where it has nothing to do before that it is not waited for (`waited`). Others know by `$self` the process whose child it is, and by `$proc` that one's directory in /proc.
 */
export function helper(context: Context, waited: boolean): Step[] {
	const { stays } = context;
	const life = context.supervision?.places.life;
	return [
		start(context, waited, life),
		wait(stays, waited),
		...(stays ? [stay(context, waited), untilEnd] : []),
		...(waited ? [end(life)] : []),
	];
}

const add = (fields: Omit<Step, "module" | "who" | "calls"> & Partial<Step>): Step =>
	step({ module: "helper", ...fields });

/** `life`: where the descriptor is kept by whose end the helper knows that the sandbox has ended. */
const start = ({ stays, supervision }: Context, waited: boolean, life: number | undefined): Step =>
	add({
		phase: "helper",
		does: "leave a helper in the caller's namespaces",
		why: stays
			? "what lies outside of the sandbox takes the caller's rights, and somebody to take it back"
			: "these maps take privileges over the caller's user namespace, and unshare gives them up",
		man: "user_namespaces(7)",
		calls: [
			call("openat", [flags("AT_FDCWD"), "/proc/self", flags("O_PATH|O_DIRECTORY|O_CLOEXEC")], { result: "proc" }),
			call("pipe2", [{ pair: ["go.read", "go.write"] }, flags("O_CLOEXEC")]),
			...(stays && waited ? [call("pipe2", [{ pair: ["ready.read", "ready.write"] }, flags("O_CLOEXEC")])] : []),
			call("getpid", [], { result: "self" }),
			// Never called otherwise: whoever looks for the command among the supervisor's children would take it for that.
			...(stays ? [setName("ns-helper")] : []),
			// The signal that tells of its end: a supervisor that has stopped with its command is woken by it.
			call("clone", [flags(stays ? "SIGCONT" : "SIGCHLD"), null, null, null, null], {
				...{ result: "helper", child: "helper" },
			}),
			...(stays ? [setName("ns")] : []),
			...(life === undefined
				? []
				: [
						...(waited ? [call("close", [ref("ready.write")])] : []),
						call("dup3", [ref("go.write"), life, flags("O_CLOEXEC")]),
						call("close", [ref("go.write")]),
						call("close", [ref("go.read")]),
						...say(supervision?.places.messages),
					]),
		],
	});

/** Where the supervisor says that its helper was killed. */
const say = (messages: number | undefined): Call[] =>
	messages === undefined ? [] : [call("dup3", [2, messages, flags("O_CLOEXEC")], { mayFail: true })];

/** The first thing the helper does: wait for the word, or for the end of who would give it. */
function wait(stays: boolean, waited: boolean): Step {
	const calls = [call("close", [ref("go.write")])];
	if (stays) {
		// What ends a whole process group, or a session, is not to end who cleans up behind it.
		calls.push(call("setsid", [], { mayFail: true }));
		if (waited) calls.push(call("close", [ref("ready.read")]));
	}
	const word = call("read", [ref("go.read"), { out: "go", size: 8 }, 1], { check: { endOfFile: true } });
	const first = { phase: "helper", who: "helper", man: "read(2)" } as const;
	return waited
		? add({
				...first,
				does: "wait until the namespaces are there",
				why: "their files lie below the /proc/PID of the process that made them",
				calls: [...calls, word],
			})
		: add({ ...first, does: "stand aside", why: "nothing is to be done here before the sandbox has ended", calls });
}

/** The last step before `clean`: everything is there, and from now on nothing of the caller's or the sandbox's is held. */
function stay({ supervision }: Context, waited: boolean): Step {
	const { helper: names = [], places } = supervision ?? {};
	const kept: Call[] = [];
	names.forEach((name, i) => {
		const place = places?.helper[i] ?? 0;
		kept.push(call("dup3", [ref(name), place, flags("O_CLOEXEC")], { result: name, mayFail: true }));
	});
	const last = places?.life ?? 0;
	return add({
		phase: "stay",
		does: `${waited ? "say that all is there, and " : ""}let go of everything else`,
		why: "who reads what the command writes must see its end",
		man: "close_range(2)",
		calls: [
			...kept,
			...(waited ? [call("write", [ref("ready.write"), "x", 1])] : []),
			call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]),
			call("chdir", ["/"]),
			call("dup3", [ref("go.read"), last, flags("O_CLOEXEC")], { result: "go.read" }),
			...closeAllBut([last, ...(places?.helper ?? [])], 0),
		],
	});
}

const untilEnd: Step = add({
	phase: "watch",
	does: "wait until the sandbox has ended",
	why: "however it ends, what lies outside of it has to be taken back",
	man: "read(2)",
	calls: [call("read", [ref("go.read"), { out: "go", size: 8 }, 1], { mayFail: true })],
});

/** Gives the word, and goes on when the helper is done, or has made everything. */
const end = (life: number | undefined): Step =>
	life === undefined
		? add({
				phase: "stay",
				who: "outer",
				does: "let the helper write the maps, and wait for it",
				why: "nothing inside can go on before ids are mapped",
				man: "wait4(2)",
				calls: [
					call("write", [ref("go.write"), "x", 1]),
					call("wait4", [ref("helper"), { out: "helper.status", size: 4 }, flags("__WALL"), null], {
						check: { status: "helper.status" },
					}),
				],
			})
		: add({
				phase: "stay",
				who: "outer",
				does: "let the helper make what lies outside, and wait until that is there",
				why: "nothing inside can go on before ids are mapped and the rest is made",
				man: "read(2)",
				calls: [
					call("write", [life, "x", 1]),
					call("read", [ref("ready.read"), { out: "ready", size: 8 }, 1], { check: { endOfFile: true } }),
					call("close", [ref("ready.read")]),
				],
			});
