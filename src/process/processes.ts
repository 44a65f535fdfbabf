import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Context, Fragment, Step } from "../plan/types.ts";
import { closeAllBut, lastDescriptor } from "./descriptors.ts";

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

/** What the process, and what it forks from here on, is called. */
export const setName = (name: string): Call => call("prctl", [flags("PR_SET_NAME"), name, 0, 0, 0]);

/**
 * Ends with the supervisor. A death signal that is asked for too late never comes: so the supervisor's pidfd is looked
 * at afterwards. In between stands a call that takes the lock under which the kernel sends death signals and marks the
 * process as ended: what is then not yet marked will still send its signal.
 */
const dieWithSupervisor = (phase: Step["phase"], lock: Call): Step =>
	step({
		phase,
		module: "processes",
		does: "end with the supervisor",
		why: "nothing may be left running when we are killed",
		man: "PR_SET_PDEATHSIG(2const)",
		calls: [call("prctl", [flags("PR_SET_PDEATHSIG"), flags("SIGKILL"), 0, 0, 0]), lock],
		routine: "lifeline",
	});

/** The same for a command without an init. To be done again after a change of ids, which takes the death signal back. */
export const commandDiesWithSupervisor = (phase: Step["phase"]): Step =>
	dieWithSupervisor(phase, call("wait4", [-1, null, flags("WNOHANG|__WALL"), null], { mayFail: true }));

/** Bytes of `struct clone_args`. */
const cloneArgsSize = 88;

/** The command's process, born in a control group of its own where there is one in cgroup2. clone(2). */
function forkCommand(born: string | undefined): Call {
	if (born === undefined) return fork("command");
	const parts = { flags: { flags: "CLONE_INTO_CGROUP" }, pidfd: 0, child_tid: 0, parent_tid: 0 };
	const rest = { stack: 0, stack_size: 0, tls: 0, set_tid: 0, set_tid_size: 0, cgroup: { ref: born } };
	const struct = { ...parts, exit_signal: { flags: "SIGCHLD" }, ...rest };
	return call("clone3", [{ struct }, cloneArgsSize], { result: "command", child: "command" });
}

function forkSteps({ init, changesFiles, session, supervision, ownGroup, stays }: Context): Step[] {
	const steps: Step[] = [];
	const add = (fields: Omit<Step, "module" | "who" | "calls"> & Partial<Pick<Step, "calls" | "who">>): void => {
		steps.push(step({ module: "processes", ...fields }));
	};
	add({
		phase: "fork",
		does: "open a descriptor of this process",
		why: "our children can see by it whether we have ended",
		man: "pidfd_open(2)",
		calls: [
			call("getpid", [], { result: "supervisor" }),
			call("pidfd_open", [ref("supervisor"), 0], { result: "life" }),
		],
	});
	const sharesTerminal = session !== "new";
	if (sharesTerminal)
		add({
			phase: "fork",
			does: "see whether the terminal is ours to hand on",
			why: "a shell inside must find a foreground process group that it can see",
			man: "ioctl_tty(2)",
			routine: "terminal",
		});
	add({
		phase: "fork",
		does: "forbid tracing of the supervisor and the init",
		why: "the command, which execve(2) makes traceable again, must not get hold of either",
		man: "PR_SET_DUMPABLE(2const)",
		calls: [
			call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]),
			// By that, names and control groups are known to be those of a sandbox.
			...(stays && !init ? [setName("ns")] : []),
		],
	});
	if (init) {
		add({
			phase: "fork",
			does: "start the init",
			why: "the first process in a PID namespace is its PID 1, and all others end with it",
			man: "pid_namespaces(7)",
			calls: [...(changesFiles ? [call("chdir", ["/"])] : []), setName("ns-init"), fork("init"), setName("ns")],
		});
		// Whether the session changes or not, signals of its terminal are nothing that an init listens to.
		steps.push(dieWithSupervisor("init", call("setsid", [], { mayFail: true })));
		add({
			phase: "init",
			does: "leave the caller's directory, and close everything",
			why: "what the caller reads must end with the command, and what it unmounts must be free",
			man: "close_range(2)",
			calls: [...(changesFiles ? [] : [call("chdir", ["/"])]), call("close_range", [0, lastDescriptor, 0])],
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
		calls: [forkCommand(ownGroup?.born)],
	});
	add({
		phase: "supervise",
		does: "let go of everything but the terminal",
		why: "who reads what the command writes must see its end",
		man: "close_range(2)",
		calls: [call("chdir", ["/"]), ...closeAllBut(supervision?.kept ?? [], 1)],
	});
	add({
		phase: "supervise",
		does: "wait for the command, pass signals on, stop and continue with it, end as it ends",
		why: "for the caller we are the command",
		man: "rt_sigtimedwait(2)",
		routine: "supervise",
	});
	if (!init) steps.push(commandDiesWithSupervisor("death"));
	if (sharesTerminal)
		add({
			phase: "session",
			does: "lead a process group of its own, and take over the terminal if it is ours",
			why: "the caller's group has no number in the PID namespace, and shells ask for it",
			man: "tcsetpgrp(3)",
			routine: "foreground",
		});
	return steps;
}
