/** The steps around pasta: started by the helper, waited for, watched, and ended with the sandbox. pasta(1). */

import type { FileRule } from "../mounts/rules.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Arg, Call, Context, Host, Problem, Step } from "../plan/types.ts";
import {
	byDescriptor,
	forwardsNames,
	type Internet,
	type InternetOptions,
	internetProblems,
	namespaceDescriptor,
	pastaFiles,
	pastaWords,
} from "./internet.ts";
import { forwarded, forwardedResolv } from "./resolver.ts";

/** What the net module does for the internet. */
export function internet(asked: true | InternetOptions, publish: readonly string[]) {
	const all: Internet = asked === true ? { publish } : { ...asked, publish };
	return {
		outside: { keeps: () => kept, internet: { publish } },
		/** Nothing inside has CAP_NET_ADMIN and CAP_NET_RAW. */
		withholds: !all.mapHost,
		problems: (context: Context): Problem[] => internetProblems(all, context),
		steps: (context: Context): Step[] => pastaSteps(all, context),
		/** `/etc/resolv.conf` inside, where the caller's leads nowhere there. */
		files: (host: Host): FileRule[] =>
			forwardsNames(all, host)
				? [{ type: "file", target: "/etc/resolv.conf", content: forwardedResolv(host.resolv) ?? "" }]
				: [],
		reduced: ({ creates, host }: Context): string[] =>
			forwardsNames(all, host) && !creates.has("mount") ? [unresolved] : [],
	};
}

const unresolved = `names are not resolved inside: the caller's name server is on its loopback interface, and ${forwarded} leads there; --mount makes a resolv.conf that says so`;

/** Results of the helper's that it needs until the sandbox has ended. */
const kept: readonly string[] = ["pasta.handle", "pasta.life.write", "pasta.messages"];

/** Seconds that pasta has until it is ready; it takes hundredths of one. */
const patience = 10;

function pastaSteps(internet: Internet, context: Context): Step[] {
	return [start(context), program(internet, context), ready, watch, ...(internet.mapHost ? [] : [withhold]), take];
}

const add = (fields: Omit<Step, "module" | "who" | "calls"> & Partial<Step>): Step =>
	step({ module: "internet", ...fields });

const close = (name: string): Call => call("close", [ref(name)]);

const pipe = (name: string): Call =>
	call("pipe2", [{ pair: [`${name}.read`, `${name}.write`] }, flags("O_CLOEXEC|O_NONBLOCK")]);

const start = (context: Context): Step =>
	add({
		phase: "outside",
		does: "start pasta",
		why: "it carries what is sent inside to sockets of the caller's, which takes no privilege",
		man: "pasta(1)",
		calls: [
			call("fcntl", [2, flags("F_DUPFD_CLOEXEC"), 0], { result: "pasta.messages", mayFail: true }),
			pipe("pasta.life"),
			pipe("pasta.ready"),
			pipe("pasta.said"),
			...(byDescriptor(context)
				? [call("openat", [ref("proc"), "ns/net", flags("O_RDONLY|O_CLOEXEC")], { result: "pasta.net" })]
				: []),
			call("clone", [flags("SIGCHLD"), null, null, null, null], { result: "pasta", child: "program" }),
			call("pidfd_open", [ref("pasta"), 0], { result: "pasta.handle" }),
			...["pasta.life.read", "pasta.ready.write", "pasta.said.write"].map(close),
		],
	});

/** Above the numbers that are given away. */
const above = 16;

/** Puts descriptors at numbers from 0 on, whatever numbers they have. */
function places(names: readonly string[]): Call[] {
	const calls: Call[] = [];
	for (const name of names)
		calls.push(call("fcntl", [ref(name), flags("F_DUPFD_CLOEXEC"), above], { result: `${name}.above` }));
	names.forEach((name, number) => {
		calls.push(call("dup3", [ref(`${name}.above`), number, 0]));
	});
	return [...calls, call("close_range", [names.length, 0xffffffff, 0])];
}

/** A `struct sigaction` of the default. */
const defaultAction: Arg = { struct: { handler: 0, flags: 0, restorer: 0, mask: 0 } };

function program(internet: Internet, context: Context): Step {
	const words = pastaWords(internet, context);
	const names = ["pasta.life.read", "pasta.ready.write", "pasta.said.write"];
	if (byDescriptor(context)) names[namespaceDescriptor] = "pasta.net";
	return add({
		phase: "outside",
		who: "program",
		does: "become pasta",
		why: "the kernel kills it when the other end of its standard input is closed: a death signal would be lost with setns(2)",
		man: "fcntl(2), F_SETSIG",
		calls: [
			...places(names),
			call("fcntl", [0, flags("F_SETSIG"), flags("SIGKILL")]),
			call("getpid", [], { result: "pasta.self" }),
			call("fcntl", [0, flags("F_SETOWN"), ref("pasta.self")]),
			call("fcntl", [0, flags("F_SETFL"), flags("O_ASYNC|O_NONBLOCK")]),
			// The other end may be closed already.
			call("read", [0, { out: "pasta.nothing", size: 8 }, 1], { mayFail: ["EAGAIN"], check: { endOfFile: true } }),
			// It refuses to start where SIGPIPE is ignored.
			call("rt_sigaction", [flags("SIGPIPE"), defaultAction, null, 8]),
			call("rt_sigprocmask", [flags("SIG_SETMASK"), { struct: { mask: 0 } }, null, 8]),
			...pastaFiles(context.host.path).map((file) =>
				call("execve", [file, { strings: words }, { strings: [] }], { mayFail: true }),
			),
		],
	});
}

/** `struct pollfd` for descriptors that are results, asking for an event each. poll(2) */
function polled(...asked: readonly (readonly [name: string, event: number, shows: string])[]): Arg {
	const bytes: number[] = [];
	for (const [, event] of asked) bytes.push(0, 0, 0, 0, event, 0, 0, 0);
	return {
		bytes,
		shows: `[${asked.map(([name, , shows]) => `{fd=$${name}, events=${shows}}`).join(", ")}]`,
		fill: asked.map(([name], i) => ({ at: 8 * i, ref: name, as: "number" as const })),
	};
}

const POLLIN = 1;
const POLLOUT = 4;

const span = (seconds: number): Arg => ({ struct: { tv_sec: seconds, tv_nsec: 0 } });

const said = { out: "pasta.words", size: 4096 } as const;
const told = { out: "pasta.told.byte", size: 8 } as const;

const ready: Step = add({
	phase: "outside",
	does: "wait until pasta has connected the network",
	why: "the command finds it there; what pasta says of a failure is shown",
	man: "pasta(1)",
	hints: {
		ENETDOWN:
			"what pasta says stands above; it takes addresses from the interface with the default route, and /dev/net/tun",
		EAGAIN: `pasta was neither ready nor at its end within ${patience} seconds`,
		ESRCH: "the sandbox has been killed",
	},
	calls: [
		call("ppoll", [polled(["pasta.ready.read", POLLIN, "POLLIN"]), 1, span(patience), null, 8], { mayFail: true }),
		call("read", [ref("pasta.ready.read"), told, 1], {
			result: "pasta.told",
			mayFail: true,
			check: { exactly: 1, otherwise: "ENETDOWN", fails: false },
		}),
		call("read", [ref("pasta.said.read"), said, said.size], {
			result: "pasta.said",
			mayFail: true,
			onlyIfFailed: "pasta.told",
		}),
		call("write", [2, said, ref("pasta.said")], { mayFail: true, onlyIfFailed: "pasta.told", onlyIf: "pasta.said" }),
		call("read", [ref("pasta.ready.read"), told, 1], {
			result: "pasta.again",
			onlyIfFailed: "pasta.told",
			check: { exactly: 1, otherwise: "ENETDOWN" },
		}),
		// As long as it lives nobody else can have its number, by which pasta was told whom to serve.
		call("openat", [ref("proc"), "ns/net", flags("O_PATH|O_CLOEXEC")], { result: "pasta.same" }),
		...["pasta.same", "pasta.ready.read", "pasta.said.read"].map(close),
	],
});

const ended = "ns: pasta has ended: the sandbox goes on, without the internet\n";

const watch: Step = add({
	phase: "watch",
	does: "tell when pasta ends before the sandbox does",
	why: "the sandbox goes on without a network, as it would where a cable is pulled out",
	man: "pidfd_open(2)",
	calls: [
		call("ppoll", [polled(["pasta.handle", POLLIN, "POLLIN"], ["go.read", POLLIN, "POLLIN"]), 2, null, null, 8], {
			mayFail: true,
		}),
		call("wait4", [ref("pasta"), null, flags("WNOHANG|__WALL"), null], { mayFail: true }),
		call("pidfd_send_signal", [ref("pasta.handle"), 0, null, 0], { result: "pasta.lives", mayFail: true }),
		// Nobody may be reading, and nothing is waited for.
		call("ppoll", [polled(["pasta.messages", POLLOUT, "POLLOUT"]), 1, span(0), null, 8], {
			result: "pasta.heard",
			mayFail: true,
			check: { exactly: 1, otherwise: "EAGAIN", fails: false },
		}),
		call("write", [ref("pasta.messages"), ended, ended.length], {
			mayFail: true,
			onlyIfFailed: "pasta.lives",
			onlyIf: "pasta.heard",
		}),
	],
});

const withhold: Step = add({
	phase: "credentials",
	does: "take CAP_NET_ADMIN and CAP_NET_RAW from everything inside",
	why: "packets for 127.0.0.1 that are led to pasta would come out on the caller's own loopback interface",
	man: "PR_CAPBSET_DROP(2const)",
	calls: ["CAP_NET_ADMIN", "CAP_NET_RAW"].map((name) =>
		call("prctl", [flags("PR_CAPBSET_DROP"), flags(name), 0, 0, 0]),
	),
});

const take: Step = add({
	phase: "clean",
	does: "end pasta",
	why: "it serves nobody any more",
	man: "pidfd_send_signal(2)",
	calls: [
		call("pidfd_send_signal", [ref("pasta.handle"), flags("SIGKILL"), null, 0], { mayFail: true }),
		call("close", [ref("pasta.life.write")], { mayFail: true }),
		call("wait4", [ref("pasta"), null, flags("__WALL"), null], { mayFail: true }),
	],
});
