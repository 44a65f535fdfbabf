/** A process of ours that stays behind in the caller's namespaces. */
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Fragment, Step } from "../plan/types.ts";
import { closeAllBut } from "./descriptors.ts";

/**
 * The helper: forked before anything is given up, so that it has the caller's rights and namespaces. It writes id maps,
 * makes what lies outside of the sandbox (phase `outside`) and, where it `stays`, takes that back (phase `clean`) when the
 * sandbox has ended: it then reads from a pipe that only processes of the sandbox hold, so that no end of theirs escapes it.
 *
 * Others know by `$self` the process whose child it is, and by `$proc` that one's directory in /proc.
 */
export function helper(): Fragment {
	return { module: "helper", steps: (context) => (context.helper ? helperSteps(context) : []) };
}

const add = (fields: Omit<Step, "module" | "who" | "calls"> & Partial<Step>): Step =>
	step({ module: "helper", ...fields });

function helperSteps(context: Context): Step[] {
	const { stays } = context;
	const life = context.supervision?.places.life;
	return [start(stays, life), wait(stays), ...(stays ? [stay(context)] : []), end(life)];
}

/** `life`: where the descriptor is kept by whose end the helper knows that the sandbox has ended. */
const start = (stays: boolean, life: number | undefined): Step =>
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
			...(stays ? [call("pipe2", [{ pair: ["ready.read", "ready.write"] }, flags("O_CLOEXEC")])] : []),
			call("getpid", [], { result: "self" }),
			call("clone", [flags("SIGCHLD"), null, null, null, null], { result: "helper", child: "helper" }),
			...(life === undefined
				? []
				: [
						call("close", [ref("ready.write")]),
						call("dup3", [ref("go.write"), life, flags("O_CLOEXEC")]),
						call("close", [ref("go.write")]),
						call("close", [ref("go.read")]),
					]),
		],
	});

/** The first thing the helper does: wait for the word, or for the end of who would give it. */
const wait = (stays: boolean): Step =>
	add({
		phase: "helper",
		who: "helper",
		does: "wait until the namespaces are there",
		why: "their files lie below the /proc/PID of the process that made them",
		man: "read(2)",
		calls: [
			call("close", [ref("go.write")]),
			...(stays
				? [
						call("close", [ref("ready.read")]),
						// What ends a whole process group, or a session, is not to end who cleans up behind it.
						call("setsid", [], { mayFail: true }),
						call("prctl", [flags("PR_SET_NAME"), "ns-helper", 0, 0, 0]),
					]
				: []),
			call("read", [ref("go.read"), { out: "go", size: 8 }, 1], { check: { endOfFile: true } }),
		],
	});

/** The last step before `clean`: everything is there, and from now on nothing of the caller's or the sandbox's is held. */
function stay({ supervision }: Context): Step {
	const { helper: names = [], places } = supervision ?? {};
	const kept: Call[] = [];
	names.forEach((name, i) => {
		const place = places?.helper[i] ?? 0;
		kept.push(call("dup3", [ref(name), place, flags("O_CLOEXEC")], { result: name, mayFail: true }));
	});
	const last = places?.life ?? 0;
	return add({
		phase: "stay",
		does: "say that all is there, and wait until the sandbox has ended",
		why: "however it ends, what lies outside of it has to be taken back",
		man: "read(2)",
		calls: [
			...kept,
			call("write", [ref("ready.write"), "x", 1]),
			call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]),
			call("chdir", ["/"]),
			call("dup3", [ref("go.read"), last, flags("O_CLOEXEC")], { result: "go.read" }),
			...closeAllBut([last, ...(places?.helper ?? [])], 0),
			call("read", [ref("go.read"), { out: "go", size: 8 }, 1], { mayFail: true }),
		],
	});
}

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
