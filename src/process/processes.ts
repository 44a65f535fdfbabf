import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Fragment, Step } from "../plan/types.ts";

/**
 * The processes around the command, when it cannot be the process that was started: only children enter a new or joined
 * PID namespace. The supervisor stays outside as parent of both the init and the command: so it sees the command's
 * own exit status, stops and continuations, and passes signals to it without a detour.
 *
 *     caller ── supervisor ─┬─ init     PID 1 inside: reaps
 *                           └─ command  PID 2 inside
 */
export function processes(): Fragment {
	return { module: "processes", steps: (context) => (context.forks ? forkSteps(context) : []) };
}

const fork = (child: "init" | "command"): Call =>
	call("clone", [flags("SIGCHLD"), null, null, null, null], { result: child, child });

const setName = (name: string): Call => call("prctl", [flags("PR_SET_NAME"), name, 0, 0, 0]);

const dieWithSupervisor: readonly Call[] = [
	call("close", [ref("life.write")]),
	call("prctl", [flags("PR_SET_PDEATHSIG"), flags("SIGKILL"), 0, 0, 0]),
];

function forkSteps({ init, changesFiles }: Context): Step[] {
	const steps: Step[] = [];
	const add = (fields: Omit<Step, "module" | "who" | "calls"> & Partial<Pick<Step, "calls" | "who">>): void => {
		steps.push(step({ module: "processes", ...fields }));
	};
	add({
		phase: "fork",
		does: "make a life line",
		why: "only we hold its writing end: a child that finds it closed has lost us before it could ask for a death signal",
		man: "pipe(2)",
		calls: [call("pipe2", [{ pair: ["life.read", "life.write"] }, flags("O_CLOEXEC")])],
	});
	add({
		phase: "fork",
		does: "forbid tracing of the supervisor and the init",
		why: "the command, which execve(2) makes traceable again, must not get hold of either",
		man: "PR_SET_DUMPABLE(2const)",
		calls: [call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0])],
	});
	if (init) {
		add({
			phase: "fork",
			does: "start the init",
			why: "the first process in a PID namespace is its PID 1, and all others end with it",
			man: "pid_namespaces(7)",
			calls: [...(changesFiles ? [call("chdir", ["/"])] : []), setName("ns-init"), fork("init"), setName("ns")],
		});
		add({
			phase: "init",
			does: "end with the supervisor",
			why: "nothing may be left running when we are killed",
			man: "PR_SET_PDEATHSIG(2const)",
			calls: dieWithSupervisor,
			routine: "lifeline",
		});
		add({
			phase: "init",
			does: "leave the caller's session and directory, and close everything",
			why: "the terminal's signals are for the command; what the caller reads must end with the command",
			man: "setsid(2)",
			calls: [
				call("setsid", []),
				...(changesFiles ? [] : [call("chdir", ["/"])]),
				call("close_range", [0, lastDescriptor, 0]),
			],
		});
		add({
			phase: "init",
			does: "reap orphans, and pass signals on to the command",
			why: "processes whose parent has ended become children of PID 1",
			man: "rt_sigtimedwait(2)",
			routine: "reap",
		});
	}
	add({
		phase: "fork",
		does: "start the command's process",
		why: init ? "it is PID 2, so signals have their usual meaning for it" : "only children enter the namespace",
		man: "clone(2)",
		calls: [fork("command")],
	});
	add({
		phase: "supervise",
		does: "let go of everything but the life line",
		why: "who reads what the command writes must see its end",
		man: "close_range(2)",
		calls: [
			call("chdir", ["/"]),
			call("dup3", [ref("life.write"), 0, flags("O_CLOEXEC")]),
			call("close_range", [1, lastDescriptor, 0]),
		],
	});
	add({
		phase: "supervise",
		does: "wait for the command, pass signals on, stop and continue with it, end as it ends",
		why: "for the caller we are the command",
		man: "rt_sigtimedwait(2)",
		routine: "supervise",
	});
	if (!init) {
		add({
			phase: "death",
			does: "end with the supervisor",
			why: "nothing may be left running when we are killed",
			man: "PR_SET_PDEATHSIG(2const)",
			calls: dieWithSupervisor,
			routine: "lifeline",
		});
	}
	return steps;
}

/** `~0U`, the end of every range of descriptors. */
export const lastDescriptor = 0xffffffff;
