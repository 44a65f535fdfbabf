/**
 * What is tried: sandboxes as `ns run` makes them, and single calls of the kernel in them. Each is a plan like any other, so
 * a refusal has the hint that a user would get. None changes anything outside but for a group that is made and taken away.
 */
import { constants } from "../linux/constants.ts";
import { type Message, messageArg } from "../network/message.ts";
import { namespaceKinds } from "../plan/namespaces.ts";
import type { Phase } from "../plan/phases.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Fragment } from "../plan/types.ts";
import { cgroupsOf } from "./cgroups.ts";
import { newLink, newTable } from "./netlink.ts";
import type { Attempt } from "./types.ts";

/** Calls that are made in a phase of the plan. */
const making = (phase: Phase, does: string, calls: readonly Call[]) => (): Fragment => ({
	module: "attempt",
	steps: () => [
		step({ phase, module: "attempt", does, why: "to see whether it can be done", man: "syscalls(2)", calls }),
	],
});

const here = flags("AT_FDCWD");
const inMemory = { type: "tmpfs" } as const;

/** Asks the kernel over netlink, and takes its answer for the result. */
const netlinkCalls = (protocol: number, message: Message): Call[] => [
	call("socket", [flags("AF_NETLINK"), flags("SOCK_RAW|SOCK_CLOEXEC"), protocol], { result: "netlink" }),
	call("sendto", [ref("netlink"), messageArg(message), message.size, 0, null, 0]),
	call("recvfrom", [ref("netlink"), { out: "attempt.answer", size: 256 }, 256, flags("MSG_DONTWAIT"), null, null], {
		check: { netlink: "attempt.answer" },
	}),
];

const linkAttempt = (kind: string): Attempt => ({
	id: kind,
	tries: `making an interface of the kind ${kind} in a new network namespace`,
	profile: { net: { loopback: false } },
	inside: making(
		"network",
		`make an interface of the kind ${kind}`,
		netlinkCalls(constants.NETLINK_ROUTE, newLink(kind)),
	),
});

/** `struct ifreq` of an interface without a name, with IFF_TUN. */
const tunRequest = [...new Array<number>(16).fill(0), constants.IFF_TUN, ...new Array<number>(23).fill(0)];

/** A terminal of its own, to which this process belongs then. tty_ioctl(4) */
const ownTerminal: readonly Call[] = [
	call("setsid", []),
	call("openat", [here, "/dev/ptmx", flags("O_RDWR|O_NOCTTY|O_CLOEXEC")], { result: "attempt.master" }),
	call("ioctl", [ref("attempt.master"), flags("TIOCSPTLCK"), { bytes: [0, 0, 0, 0], shows: "[0]" }]),
	call("ioctl", [ref("attempt.master"), flags("TIOCGPTPEER"), flags("O_RDWR|O_NOCTTY|O_CLOEXEC")], {
		result: "attempt.terminal",
	}),
	call("ioctl", [ref("attempt.terminal"), flags("TIOCSCTTY"), 0]),
];

/** Ends before the terminal does, whose end is a signal to its owner. */
const done = call("exit_group", [0]);

/** `struct sock_filter` that allows every call. */
const allowAll = { bytes: [6, 0, 0, 0, 0, 0, 0xff, 0x7f], shows: "[RET ALLOW]" };

/** Descriptor of this very process. pidfd_open(2) */
const ownPidfd: readonly Call[] = [
	call("getpid", [], { result: "attempt.self" }),
	call("pidfd_open", [ref("attempt.self"), 0], { result: "attempt.pidfd" }),
];

/** What is tried, in the order it is done. */
export const attempts: readonly Attempt[] = [
	{ id: "run", tries: "making all eight at once, with a /proc of their own, as ns run does", profile: {} },
	...namespaceKinds.map((kind) => ({
		...{ id: `namespace.${kind}`, tries: `making a ${kind} namespace`, profile: { [kind]: true } },
	})),
	{ id: "proc", tries: "mounting a new /proc in a new PID namespace", profile: { user: true, pid: true, mount: true } },
	{
		id: "sys",
		tries: "mounting a new /sys in a new network namespace",
		profile: { net: true, mount: { root: inMemory, mounts: [{ type: "sys", target: "/sys" }] } },
	},
	{
		id: "dev",
		tries: "filling a /dev, with pseudo-terminals of its own",
		profile: { mount: { root: inMemory, mounts: [{ type: "dev", target: "/dev" }] } },
	},
	{
		id: "read-only",
		tries: "showing / read-only, all the way down",
		profile: {
			mount: { root: inMemory, mounts: [{ type: "bind", source: "/", target: "/host", readOnly: true }] },
		},
	},
	{
		id: "overlay",
		tries: "an overlay over /usr, with what is written in memory",
		profile: { mount: { root: inMemory, mounts: [{ type: "overlay", lower: ["/usr"], target: "/host" }] } },
	},
	{
		id: "idmap",
		tries: "showing /etc with ids on disk taken as those inside",
		profile: {
			user: true,
			mount: { root: inMemory, mounts: [{ type: "bind", source: "/etc", target: "/etc", idmap: true }] },
		},
	},
	{ id: "offset", tries: "a clock that is an hour ahead", profile: { time: { boottime: 3600 } } },
	{ id: "strict", tries: "the sandbox of ns run --strict", profile: "strict" },
	{ id: "seccomp", tries: "a process under the built-in filter", profile: { uts: true, seccomp: {} } },
	{
		id: "landlock",
		tries: "a process that may only read and execute",
		// What an older kernel does not know is judged by its version.
		profile: { uts: true, landlock: { read: ["/"], execute: ["/"], bestEffort: true } },
	},
	{
		id: "notify",
		tries: "a filter that asks another process",
		inside: making("seccomp", "set a filter that asks another process", [
			call("prctl", [flags("PR_SET_NO_NEW_PRIVS"), 1, 0, 0, 0]),
			call("seccomp", [
				...[flags("SECCOMP_SET_MODE_FILTER"), flags("SECCOMP_FILTER_FLAG_NEW_LISTENER")],
				{ struct: { len: 1, filter: allowAll } },
			]),
		]),
	},
	{
		id: "core",
		tries: "a processor core that nobody else shares meanwhile",
		inside: making("attributes", "ask for a core of its own", [
			call("prctl", [flags("PR_SCHED_CORE"), flags("PR_SCHED_CORE_CREATE"), 0, 0, 0]),
		]),
	},
	{ id: "pidfd", tries: "pidfd_open of a process itself", inside: making("parameters", "open itself", ownPidfd) },
	{
		id: "setns",
		tries: "entering a namespace through a pidfd",
		profile: { uts: true },
		inside: making("parameters", "enter its own UTS namespace", [
			...ownPidfd,
			call("setns", [ref("attempt.pidfd"), flags("CLONE_NEWUTS")]),
		]),
	},
	{
		id: "clone3",
		tries: "clone3 without arguments, which makes no process",
		inside: making("parameters", "ask for clone3", [
			call("clone3", [null, 0], { result: "attempt.answer", mayFail: ["EINVAL"] }),
		]),
	},
	{
		id: "memfd",
		tries: "an executable file in memory",
		inside: making("parameters", "make an executable file in memory", [
			// Before Linux 6.3 every such file is executable, and the flag is not known.
			call("memfd_create", ["ns", flags("MFD_CLOEXEC|MFD_EXEC")], { result: "attempt.answer", mayFail: ["EINVAL"] }),
		]),
	},
	{
		id: "terminal",
		tries: "a new pseudo-terminal, of which a process is the owner",
		inside: making("attributes", "make a terminal", [...ownTerminal, done]),
	},
	{
		id: "typing",
		tries: "typing a blank into a new pseudo-terminal, as its program",
		inside: making("attributes", "type into a terminal", [
			...ownTerminal,
			call("ioctl", [ref("attempt.terminal"), flags("TIOCSTI"), { bytes: [32], shows: '[" "]' }]),
			done,
		]),
	},
	{
		id: "tun",
		tries: "making a tun interface in a new network namespace",
		profile: { net: { loopback: false } },
		inside: making("network", "make a tun interface", [
			call("openat", [here, "/dev/net/tun", flags("O_RDWR|O_CLOEXEC")], { result: "attempt.tun" }),
			call("ioctl", [ref("attempt.tun"), flags("TUNSETIFF"), { bytes: tunRequest, shows: "{IFF_TUN}" }]),
		]),
	},
	...["veth", "bridge"].map(linkAttempt),
	{
		id: "nftables",
		tries: "making a table of nftables in a new network namespace",
		profile: { net: { loopback: false } },
		inside: making("network", "make a table of nftables", netlinkCalls(constants.NETLINK_NETFILTER, newTable())),
	},
	{
		id: "delegation",
		tries: "making a group below the caller's own, which is taken away at once",
		inside: ({ host, sight }) => {
			const group = cgroupsOf(sight).own;
			if (group === undefined) return undefined;
			const path = `${group}/nskit-doctor-${host.pid}`;
			return making("cgroup", "make a control group", [
				call("openat", [here, `${group}/cgroup.procs`, flags("O_WRONLY|O_CLOEXEC")]),
				// Another doctor, with the same number in another PID namespace, may be at it.
				call("mkdirat", [here, path, 0o755], { result: "attempt.made", mayFail: ["EEXIST"] }),
				call("unlinkat", [here, path, flags("AT_REMOVEDIR")], { result: "attempt.gone", mayFail: ["ENOENT"] }),
			])();
		},
	},
];
