/** A sandbox that is made again and again: when its command has ended, or for each connection. */
import { constants } from "../linux/constants.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Server, Span } from "../plan/supervision.ts";
import type { Call, Context, Fragment, Problem, Step } from "../plan/types.ts";
import { addressBytes, socketAddress } from "./address.ts";
import { type Duration, readSpan } from "./lifetime.ts";
import { standardDescriptors } from "./terminal.ts";

export interface ServerOptions {
	/**
	 * Make a whole new sandbox each time the command has ended. SIGTERM, SIGINT, SIGHUP and SIGQUIT go to the present one, and
	 * nothing is started after it. A sandbox that cannot be made, or a command that cannot be executed, ends everything.
	 * @default false
	 */
	readonly again?: boolean | undefined;
	/** The time between two starts at least. @default 0.1 seconds */
	readonly delay?: Duration | undefined;
	/** How often the command is run at most. @default for ever */
	readonly times?: number | undefined;
	/**
	 * Make a whole new sandbox for each TCP connection to this address and port. Standard input and output are the connection,
	 * in place of any other; standard error stays what it is. SIGTERM, SIGINT, SIGHUP and SIGQUIT end the server and, by
	 * SIGKILL, all sandboxes. The socket is one of the caller's network namespace. tcp(7).
	 */
	readonly listen?: ListenOptions | undefined;
	/** Connections that are served at a time; others wait. @default 64 */
	readonly most?: number | undefined;
}

export interface ListenOptions {
	/** From 1 to 65535. */
	readonly port: number;
	/** An address of IPv4 or IPv6. `"0.0.0.0"` and `"::"` are all of this machine. @default "127.0.0.1" */
	readonly address?: string | undefined;
}

const defaults = { delay: "100ms", most: 64, address: "127.0.0.1" } as const;
const [mostServed, mostTimes, backlog] = [4096, 0x7fffffff, 128];

/**
 * A process of ours in front, which starts a whole new sandbox when the command has ended, or for each connection.
 *
 * @example
 * ```ts
 * import { pid, sandbox, server } from "nskit";
 * const box = sandbox(pid(), server({ again: true, times: 3, delay: "10ms" }));
 * console.log(box.spawnSync(["sh", "-c", "echo $$; exit 4"], { stdout: "inherit" }).exitCode); // 2, 2, 2, 4
 * ```
 */
export function server(options: ServerOptions): Fragment {
	const { again, listen, most = defaults.most, times } = options;
	const delay = readSpan(options.delay ?? defaults.delay);
	const read: Server = {
		...(again && delay && { again: { delay, ...(times !== undefined && { times }) } }),
		most,
	};
	return {
		module: "server",
		supervised: true,
		needsImage: true,
		server: read,
		problems: (context) => [...optionProblems(options, delay), ...contextProblems(options, context)],
		steps: (context) => [...(listen ? listenSteps(listen, context) : againSteps(context)), ...lastSteps(listen)],
	};
}

function optionProblems({ again, delay, times, listen, most }: ServerOptions, span: Span | undefined): Problem[] {
	const problems: Problem[] = [];
	const add = (code: string, message: string, hint: string) => problems.push({ code, message, hint });
	const isWhole = (value: number, last: number) => Number.isInteger(value) && value >= 1 && value <= last;
	if (again && listen) add("SERVER_TWICE", "a sandbox is made again, or for each connection", "choose one");
	if (!again && !listen)
		add("SERVER_WITHOUT_CAUSE", "nothing says when a sandbox is to be made", "add --again or --listen");
	if (!span) {
		const shown = typeof delay === "string" ? JSON.stringify(delay) : String(delay);
		add("DURATION_INVALID", `the delay ${shown} is no span of time above 0`, "seconds, or such as 1.5s, 10m");
	}
	if (!again && (delay ?? times) !== undefined)
		add("AGAIN_MISSING", "a delay, or a number of times, means nothing for a command that is run once", "add --again");
	if (times !== undefined && !isWhole(times, mostTimes))
		add("TIMES_INVALID", `${times} is no number of times`, `from 1 to ${mostTimes}`);
	if (!listen && most !== undefined)
		add("LISTEN_MISSING", "a number of connections means nothing where none are taken", "add --listen");
	if (most !== undefined && !isWhole(most, mostServed))
		add("MOST_INVALID", `${most} is no number of connections to serve at a time`, `from 1 to ${mostServed}`);
	if (!listen) return problems;
	const { port, address = defaults.address } = listen;
	if (!isWhole(port, 0xffff)) add("PORT_INVALID", `${port} is no port to listen on`, "from 1 to 65535");
	if (!addressBytes(address)) {
		const hint = "such as 127.0.0.1 or ::1; names are not looked up";
		add("ADDRESS_INVALID", `${JSON.stringify(address)} is no address of IPv4 or IPv6`, hint);
	}
	return problems;
}

function contextProblems({ listen, most }: ServerOptions, context: Context): Problem[] {
	const problems: Problem[] = [];
	const add = (code: string, message: string, hint: string) => problems.push({ code, message, hint });
	const { session, supervision, launch, held, passed } = context;
	if (session === "pty") {
		add("SERVER_WITH_PTY", "a terminal of its own is for a command that is run once", "leave --pty out");
	}
	if (supervision?.dieWithParent) {
		const hint = "everything ends with the server already; leave --die-with-parent out";
		add("SERVER_WITH_PARENT", "the process that starts each sandbox is the server", hint);
	}
	if (listen && most !== 1 && (supervision?.layers ?? []).length > 0) {
		add("SERVER_WITH_LAYER", "a layer that is kept is for one sandbox at a time", "serve one at a time: --most 1");
	}
	const taken = [...held, ...passed.map(({ from }) => from)].find((fd) => fd === 0 || fd === 1);
	if (listen && taken !== undefined) {
		const hint = "give the caller's by another number, such as 3<&0 or 3>&1";
		add("SERVER_STREAM", `descriptor ${taken} is the connection for each sandbox`, hint);
	}
	if (launch === "clone") {
		add("SERVER_NEEDS_IMAGE", "a server cannot live in the caller's memory", "plan with the launch image");
	}
	return problems;
}

const serve = (fields: Pick<Step, "does" | "why" | "man"> & Partial<Step>): Step =>
	step({ phase: "serve", module: "server", ...fields });

/** The socket is the caller's network namespace's, and no sandbox gets it. */
function listenSteps({ port, address = defaults.address }: ListenOptions, { channel, supervision }: Context): Step[] {
	const bytes = addressBytes(address) ?? [];
	const isVersion4 = bytes.length === 4;
	const family = isVersion4 ? "AF_INET" : "AF_INET6";
	const shown = isVersion4 ? `${address}:${port}` : `[${address}]:${port}`;
	const one = { bytes: [1, 0, 0, 0], shows: "[1]" };
	const socket = ref("serve.socket");
	const name = socketAddress(bytes, port, constants[family]);
	const ready = supervision?.places.ready;
	const told = [channel, ready].filter((fd) => fd !== undefined);
	const steps = [
		serve({
			does: "have standard input, output and error",
			why: "a connection must not take the place of one that the caller has closed",
			man: "open(2)",
			calls: standardDescriptors(),
		}),
		serve({
			does: `listen on ${shown}`,
			why: "in the caller's network namespace, before anything is made",
			man: isVersion4 ? "ip(7)" : "ipv6(7)",
			calls: [
				call("socket", [flags(family), flags("SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC"), 0], { result: "serve.socket" }),
				call("setsockopt", [socket, flags("SOL_SOCKET"), flags("SO_REUSEADDR"), one, 4]),
				...(isVersion4 ? [] : [call("setsockopt", [socket, flags("IPPROTO_IPV6"), flags("IPV6_V6ONLY"), one, 4])]),
				call("bind", [socket, { bytes: name, shows: shown }, name.length]),
				call("listen", [socket, backlog]),
			],
		}),
		serverStep([call("signalfd4", signals, { result: "serve.signals" })]),
	];
	if (told.length > 0) {
		steps.push(
			serve({
				does: "tell that connections are taken",
				why: "who waits for us sees the end of what it reads from; what fails later is told on standard error alone",
				man: "dup(2)",
				calls: [
					openNull,
					...told.map((fd) => call("dup3", [ref("serve.null"), fd, flags("O_CLOEXEC")])),
					call("close", [ref("serve.null")]),
				],
			}),
		);
	}
	return steps;
}

const signals = [-1, { bytes: Array<number>(8).fill(255), shows: "~[]" }, 8, flags("SFD_CLOEXEC")] as const;

const openNull = call("openat", [flags("AT_FDCWD"), "/dev/null", flags("O_RDWR|O_CLOEXEC")], { result: "serve.null" });

function againSteps({ channel, supervision }: Context): Step[] {
	const ready = supervision?.places.ready ?? 0;
	const calls = [
		call("timerfd_create", [flags("CLOCK_MONOTONIC"), flags("TFD_CLOEXEC|TFD_NONBLOCK")], { result: "serve.timer" }),
		call("signalfd4", signals, { result: "serve.signals" }),
	];
	if (supervision?.background)
		calls.push(call("fcntl", [ready, flags("F_DUPFD_CLOEXEC"), 3], { result: "serve.front" }));
	if (channel !== undefined) calls.push(openNull);
	return [serverStep(calls)];
}

/** What processes inside may see of the server, with the same PID namespace: nothing. */
const serverStep = (calls: readonly Call[]): Step =>
	serve({
		does: "be the server: untraceable, and told of signals by a descriptor",
		why: "no sandbox must get hold of it",
		man: "signalfd(2)",
		calls: [
			...calls,
			call("getpid", [], { result: "serve.self" }),
			call("prctl", [flags("PR_GET_DUMPABLE"), 0, 0, 0, 0], { result: "serve.dumpable" }),
			call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]),
		],
	});

function lastSteps(listen: ListenOptions | undefined): Step[] {
	return [
		serve({
			does: listen ? "go on in a child for each connection" : "go on in a child, each time the one before has ended",
			why: "each gets a whole sandbox of its own",
			man: listen ? "accept(2)" : "wait(2)",
			routine: listen ? "listen" : "again",
		}),
		serve({
			does: listen ? "be a process as before, in a session of its own" : "be a process as before",
			why: listen
				? "who is connected must not reach the caller's terminal; and files in /proc are ours again"
				: "files in /proc are ours again",
			man: listen ? "setsid(2)" : "PR_SET_DUMPABLE(2const)",
			calls: [
				call("prctl", [flags("PR_SET_DUMPABLE"), ref("serve.dumpable"), 0, 0, 0], { mayFail: true }),
				...(listen ? [call("setsid", [])] : []),
			],
		}),
		step({
			phase: "fork",
			module: "server",
			does: "end with the server",
			why: "nothing may be left running when it is killed",
			man: "PR_SET_PDEATHSIG(2const)",
			calls: [
				call("prctl", [flags("PR_SET_PDEATHSIG"), flags("SIGKILL"), 0, 0, 0]),
				// Takes the lock under which the kernel sends death signals (processes.ts).
				call("wait4", [-1, null, flags("WNOHANG|__WALL"), null], { mayFail: true }),
				call("getppid", [], { result: "serve.now", check: { same: "serve.self" } }),
			],
		}),
	];
}
