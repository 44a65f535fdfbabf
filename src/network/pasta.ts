/**
 * The steps around pasta, or slirp4netns: started by the helper, waited for, watched, and ended with the sandbox. pasta(1),
 * slirp4netns(1).
 */

import type { FileRule } from "../mounts/rules.ts";
import type { Composed } from "../plan/calls.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Arg, Call, Context, Host, Problem, Step } from "../plan/types.ts";
import {
	byDescriptor,
	filesOf,
	forwardsNames,
	type Internet,
	type InternetOptions,
	internetProblems,
	namespaceDescriptor,
	pastaWords,
} from "./internet.ts";
import { forwarded, forwardedResolv } from "./resolver.ts";
import { slirpDescriptors, slirpNames, slirpProblems, slirpWords } from "./slirp.ts";

/** What the net module does for the internet. */
export function internet(asked: true | InternetOptions, publish: readonly string[]) {
	const all: Internet = asked === true ? { publish } : { ...asked, publish };
	const carrier = carrierOf(all);
	return {
		outside: { keeps: () => kept, internet: { publish, with: carrier.name } },
		/** Nothing inside has CAP_NET_ADMIN and CAP_NET_RAW. */
		withholds: !all.mapHost,
		problems: (context: Context): Problem[] => [...internetProblems(all, context), ...carrier.problems(all)],
		steps: (context: Context): Step[] => stepsOf(all, carrier, context),
		/** `/etc/resolv.conf` inside, where the caller's leads nowhere there. */
		files: (host: Host): FileRule[] =>
			forwardsNames(all, host)
				? [{ type: "file", target: "/etc/resolv.conf", content: forwardedResolv(host.resolv, carrier.names) ?? "" }]
				: [],
		reduced: ({ creates, host }: Context): string[] =>
			forwardsNames(all, host) && !creates.has("mount") ? [unresolved(carrier.names)] : [],
	};
}

const unresolved = (names: string): string =>
	`names are not resolved inside: the caller's name server is on its loopback interface, and ${names} leads there; --mount makes a resolv.conf that says so`;

/** A program that carries what is sent inside, and what differs from one to another. */
interface Carrier {
	readonly name: NonNullable<InternetOptions["with"]>;
	/** Where names are asked for inside. */
	readonly names: string;
	/** What it gets from number 0 on: what tells it of its end, where it says that it is ready, and what it writes. */
	readonly descriptors: readonly string[];
	/** The number of the network namespace, where it gets that. */
	readonly namespace: number;
	/** What SIGPIPE does: pasta refuses to start where it is ignored, and others would end when nobody listens any more. */
	readonly pipes: 0 | 1;
	problems(internet: Internet): Problem[];
	words(internet: Internet, context: Context): readonly (string | Composed)[];
}

const [life, tells, says] = ["internet.life.read", "internet.ready.write", "internet.said.write"];

const carrierOf = (internet: Internet): Carrier =>
	internet.with === "slirp4netns"
		? {
				name: "slirp4netns",
				names: slirpNames,
				// It writes more than that it is ready to its standard output.
				descriptors: [life, says, says, tells],
				namespace: slirpDescriptors.namespace,
				pipes: 1,
				problems: slirpProblems,
				words: slirpWords,
			}
		: {
				name: "pasta",
				names: forwarded,
				descriptors: [life, tells, says],
				namespace: namespaceDescriptor,
				pipes: 0,
				problems: () => [],
				words: pastaWords,
			};

/** Results of the helper's that it needs until the sandbox has ended. */
const kept: readonly string[] = ["internet.handle", "internet.life.write", "internet.messages"];

/** Seconds that pasta has until it is ready; it takes hundredths of one. */
const patience = 10;

function stepsOf(internet: Internet, carrier: Carrier, context: Context): Step[] {
	const { name } = carrier;
	return [
		start(name, context),
		program(internet, carrier, context),
		ready(name),
		watch(name),
		...(internet.mapHost ? [] : [withhold(name)]),
		take(name),
	];
}

const add = (fields: Omit<Step, "module" | "who" | "calls"> & Partial<Step>): Step =>
	step({ module: "internet", ...fields });

const close = (name: string): Call => call("close", [ref(name)]);

const pipe = (name: string): Call =>
	call("pipe2", [{ pair: [`${name}.read`, `${name}.write`] }, flags("O_CLOEXEC|O_NONBLOCK")]);

const start = (name: string, context: Context): Step =>
	add({
		phase: "outside",
		does: `start ${name}`,
		why: "it carries what is sent inside to sockets of the caller's, which takes no privilege",
		man: `${name}(1)`,
		calls: [
			call("fcntl", [2, flags("F_DUPFD_CLOEXEC"), 0], { result: "internet.messages", mayFail: true }),
			pipe("internet.life"),
			pipe("internet.ready"),
			pipe("internet.said"),
			...(byDescriptor(context)
				? [call("openat", [ref("proc"), "ns/net", flags("O_RDONLY|O_CLOEXEC")], { result: "internet.net" })]
				: []),
			call("clone", [flags("SIGCHLD"), null, null, null, null], { result: "internet.process", child: "program" }),
			call("pidfd_open", [ref("internet.process"), 0], { result: "internet.handle" }),
			...["internet.life.read", "internet.ready.write", "internet.said.write"].map(close),
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

/** A `struct sigaction` of SIG_DFL or SIG_IGN. */
const action = (handler: 0 | 1): Arg => ({ struct: { handler, flags: 0, restorer: 0, mask: 0 } });

function program(internet: Internet, carrier: Carrier, context: Context): Step {
	const words = carrier.words(internet, context);
	const names = [...carrier.descriptors];
	if (byDescriptor(context)) names[carrier.namespace] = "internet.net";
	return add({
		phase: "outside",
		who: "program",
		does: `become ${carrier.name}`,
		why: "the kernel kills it when the other end of its standard input is closed: a death signal would be lost with setns(2)",
		man: "fcntl(2), F_SETSIG",
		calls: [
			...places(names),
			call("fcntl", [0, flags("F_SETSIG"), flags("SIGKILL")]),
			call("getpid", [], { result: "internet.self" }),
			call("fcntl", [0, flags("F_SETOWN"), ref("internet.self")]),
			call("fcntl", [0, flags("F_SETFL"), flags("O_ASYNC|O_NONBLOCK")]),
			// The other end may be closed already.
			call("read", [0, { out: "internet.nothing", size: 8 }, 1], { mayFail: ["EAGAIN"], check: { endOfFile: true } }),
			call("rt_sigaction", [flags("SIGPIPE"), action(carrier.pipes), null, 8]),
			call("rt_sigprocmask", [flags("SIG_SETMASK"), { struct: { mask: 0 } }, null, 8]),
			...filesOf(carrier.name, context.host.path).map((file) =>
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

const said = { out: "internet.words", size: 4096 } as const;
const told = { out: "internet.told.byte", size: 8 } as const;

const ready = (name: string): Step =>
	add({
		phase: "outside",
		does: `wait until ${name} has connected the network`,
		why: "the command finds it there; what it says of a failure is shown",
		man: `${name}(1)`,
		hints: {
			ENETDOWN:
				name === "pasta"
					? "what pasta says stands above; it takes addresses from the interface with the default route, and /dev/net/tun"
					: `what ${name} says stands above; it needs /dev/net/tun`,
			EAGAIN: `${name} was neither ready nor at its end within ${patience} seconds`,
			ESRCH: "the sandbox has been killed",
		},
		calls: [
			call("ppoll", [polled(["internet.ready.read", POLLIN, "POLLIN"]), 1, span(patience), null, 8], { mayFail: true }),
			call("read", [ref("internet.ready.read"), told, 1], {
				result: "internet.told",
				mayFail: true,
				check: { exactly: 1, otherwise: "ENETDOWN", fails: false },
			}),
			call("read", [ref("internet.said.read"), said, said.size], {
				result: "internet.said",
				mayFail: true,
				onlyIfFailed: "internet.told",
			}),
			call("write", [2, said, ref("internet.said")], {
				mayFail: true,
				onlyIfFailed: "internet.told",
				onlyIf: "internet.said",
			}),
			call("read", [ref("internet.ready.read"), told, 1], {
				result: "internet.again",
				onlyIfFailed: "internet.told",
				check: { exactly: 1, otherwise: "ENETDOWN" },
			}),
			// As long as it lives nobody else can have its number, by which pasta was told whom to serve.
			call("openat", [ref("proc"), "ns/net", flags("O_PATH|O_CLOEXEC")], { result: "internet.same" }),
			...["internet.same", "internet.ready.read", "internet.said.read"].map(close),
		],
	});

const endedOf = (name: string): string => `ns: ${name} has ended: the sandbox goes on, without the internet\n`;

const watch = (name: string): Step =>
	add({
		phase: "watch",
		does: `tell when ${name} ends before the sandbox does`,
		why: "the sandbox goes on without a network, as it would where a cable is pulled out",
		man: "pidfd_open(2)",
		calls: [
			call("ppoll", [polled(["internet.handle", POLLIN, "POLLIN"], ["go.read", POLLIN, "POLLIN"]), 2, null, null, 8], {
				mayFail: true,
			}),
			call("wait4", [ref("internet.process"), null, flags("WNOHANG|__WALL"), null], { mayFail: true }),
			call("pidfd_send_signal", [ref("internet.handle"), 0, null, 0], { result: "internet.lives", mayFail: true }),
			// Nobody may be reading, and nothing is waited for.
			call("ppoll", [polled(["internet.messages", POLLOUT, "POLLOUT"]), 1, span(0), null, 8], {
				result: "internet.heard",
				mayFail: true,
				check: { exactly: 1, otherwise: "EAGAIN", fails: false },
			}),
			call("write", [ref("internet.messages"), endedOf(name), endedOf(name).length], {
				mayFail: true,
				onlyIfFailed: "internet.lives",
				onlyIf: "internet.heard",
			}),
		],
	});

const withhold = (name: string): Step =>
	add({
		phase: "credentials",
		does: "take CAP_NET_ADMIN and CAP_NET_RAW from everything inside",
		why: `packets for 127.0.0.1 that are led to ${name} would come out on the caller's own loopback interface`,
		man: "PR_CAPBSET_DROP(2const)",
		calls: ["CAP_NET_ADMIN", "CAP_NET_RAW"].map((name) =>
			call("prctl", [flags("PR_CAPBSET_DROP"), flags(name), 0, 0, 0]),
		),
	});

const take = (name: string): Step =>
	add({
		phase: "clean",
		does: `end ${name}`,
		why: "it serves nobody any more",
		man: "pidfd_send_signal(2)",
		calls: [
			call("pidfd_send_signal", [ref("internet.handle"), flags("SIGKILL"), null, 0], { mayFail: true }),
			call("close", [ref("internet.life.write")], { mayFail: true }),
			call("wait4", [ref("internet.process"), null, flags("__WALL"), null], { mayFail: true }),
		],
	});
