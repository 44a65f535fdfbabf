/** Lets a process of the caller's see what the command asks of the kernel. */
import { constants } from "../linux/constants.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Arg, Context, Fragment, Problem, Step } from "../plan/types.ts";
import { encode, type Instruction } from "../seccomp/bpf.ts";
import { watchProgram } from "./filter.ts";
import { joined, noticing, type Split, splitFilters } from "./refuse.ts";
import type { StrictFilter } from "./strict.ts";

/** The first kernel with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: without it, a signal makes a noticed call begin again. */
const waitsKillable = 519;

/** Where the image finds the socket for the listener, and the pipe that closes when it was sent. */
export interface ObserveWith {
	readonly socket: number;
	readonly ready: number;
	/** The sandbox's own filters of system calls: what they refuse is told of, as far as the observer can refuse it. */
	readonly seccomp?: Fragment | undefined;
	/** Filters that refuse nothing: what they would refuse is told of. */
	readonly noticed?: readonly StrictFilter[] | undefined;
}

/** The module that has the command observed. */
export interface ObserveFragment extends Fragment {
	/** The filter that takes effect through the observer, once the steps were made. */
	refusing(): readonly Instruction[] | undefined;
}

/** Bytes of `struct cmsghdr` with one descriptor, and of a `struct sock_filter`. */
const [controlSize, cmsgLength, instructionSize] = [24, 20, 8];

/**
 * Installs the filter that tells of calls, and hands its listener to the observer; the command keeps nothing of it. Last
 * of all but the command's own filter: what is still done behind it waits for the observer already. seccomp_unotify(2).
 */
export function observe({ socket, ready, seccomp, noticed = [] }: ObserveWith): ObserveFragment {
	let split: Split | undefined;
	return {
		module: "observe",
		needsImage: true,
		supervised: true,
		noNewPrivileges: true,
		passes: [
			{ from: socket, to: socket },
			{ from: ready, to: ready },
		],
		problems: (context) => [...observeProblems(context), ...(seccomp?.problems?.(context) ?? [])],
		steps(context) {
			split = splitFilters(seccomp?.steps(context) ?? [], context.host.arch);
			const own = [...traceable(context), watch(context, split.refusing, noticed), handOver(socket, ready)];
			return [...own, ...split.rest];
		},
		refusing: () => split?.refusing,
	};
}

function observeProblems({ channel, supervision }: Context): Problem[] {
	const problems: Problem[] = [];
	if (channel === undefined) {
		const hint = "use spawn, or ns run --learn";
		problems.push({ code: "OBSERVE_NEEDS_SPAWN", message: "nobody is left to observe the command", hint });
	}
	if (supervision?.background || supervision?.server) {
		const message = "what outlives its caller, or is started again and again, cannot be observed";
		problems.push({ code: "OBSERVE_ONE_COMMAND", message, hint: "leave the options for servers and --daemon out" });
	}
	return problems;
}

/** So that the observer can read the path of the command itself. After a join, others could read this process as well. */
function traceable({ joins }: Context): Step[] {
	if (joins.size > 0) return [];
	return [
		step({
			phase: "seccomp",
			module: "observe",
			does: "let the caller look into this process",
			why: "the observer reads the name of the command from it",
			man: "PR_SET_DUMPABLE(2const)",
			calls: [call("prctl", [flags("PR_SET_DUMPABLE"), 1, 0, 0, 0])],
		}),
	];
}

function watch(
	{ host }: Context,
	refusing: readonly Instruction[] | undefined,
	noticed: readonly StrictFilter[],
): Step {
	let watching = watchProgram(host.arch);
	for (const { program } of noticed) watching = noticing(program, watching);
	const filter = encode(refusing ? joined(refusing, watching) : watching);
	const length = filter.length / instructionSize;
	const program: Arg = {
		struct: { len: length, filter: { bytes: Array.from(filter), shows: `[${length} instructions]` } },
	};
	const killable = host.kernel >= waitsKillable ? "|SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" : "";
	const listening = flags(`SECCOMP_FILTER_FLAG_NEW_LISTENER${killable}`);
	return step({
		phase: "seccomp",
		module: "observe",
		does: "have the calls of the command noticed",
		why: "the kernel asks the observer before it does them; nothing may gain privileges behind it",
		man: "seccomp_unotify(2)",
		calls: [call("seccomp", [flags("SECCOMP_SET_MODE_FILTER"), listening, program], { result: "listener" })],
	});
}

function handOver(socket: number, ready: number): Step {
	const header = { struct: { length: cmsgLength, levelAndType: rightsType, fd: { ref: "listener" } } } as const;
	const data = { struct: { base: "n", length: 1 } } as const;
	const message: Arg = {
		struct: { name: 0, nameLength: 0, iov: data, iovLength: 1, control: header, controlLength: controlSize, flags: 0 },
	};
	return step({
		phase: "seccomp",
		module: "observe",
		does: "hand the listener to the observer",
		why: "who holds it could answer for the observer: the command gets neither it nor the way it went",
		man: "unix(7)",
		calls: [
			call("sendmsg", [socket, message, 0]),
			call("close", [ref("listener")]),
			call("close", [socket]),
			call("close", [ready]),
		],
	});
}

/** `cmsg_level` and `cmsg_type` as one 64-bit word. */
const rightsType = constants.SOL_SOCKET + constants.SCM_RIGHTS * 2 ** 32;
