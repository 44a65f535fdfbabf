/** Holding ports of the host for as long as they lead into a sandbox: nobody else gets them, and nobody loses them. */
import { constants } from "../linux/constants.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Arg, Call, Step } from "../plan/types.ts";
import { socketAddress } from "../process/address.ts";
import type { Address } from "./address.ts";
import { isEvery, type Published } from "./publish.ts";

/** Sockets wait in this one's queue, so that one descriptor holds them all. */
const held = "ports.held";

/** The most ports that rules lead into a sandbox. */
export const mostPorts = 100;

/** How many ports these are. */
export function portCount(published: readonly Published[]): number {
	let count = 0;
	for (const { first, last } of published) count += last - first + 1;
	return count;
}

/** Holds every port at each address where it leads inside; `inside`: what the sandbox has. Fails with EADDRINUSE where one is taken. */
export function holdSteps(published: readonly Published[], inside: readonly Address[]): Step[] {
	if (published.length === 0) return [];
	const open = call("socketpair", [
		flags("AF_UNIX"),
		flags("SOCK_STREAM|SOCK_CLOEXEC"),
		0,
		{ pair: [held, "ports.into"] },
	]);
	const steps: Step[] = [];
	published.forEach((one, i) => {
		const calls = i === 0 ? [open] : [];
		for (const { bytes } of inside) {
			if (one.bytes && one.bytes.length !== bytes.length) continue;
			const at = one.bytes ?? bytes.map(() => 0);
			for (let port = one.first; port <= one.last; port++) calls.push(...holdPort(one.protocol, at, port));
		}
		if (i === published.length - 1) calls.push(call("close", [ref("ports.into")]));
		steps.push(holdStep(one, calls));
	});
	return steps;
}

const holdStep = ({ text }: Published, calls: readonly Call[]): Step =>
	step({
		phase: "outside",
		module: "net",
		does: `hold what ${text} publishes`,
		why: "rules would take a port away from a program that has it, and from one that asks for it later",
		man: "bind(2)",
		calls,
		hints: {
			EADDRINUSE: "a program or another sandbox has the port: choose another one; ss -lntup names programs",
			EADDRNOTAVAIL: "the host has no such address: choose one of those that ip address shows",
			EACCES: "ports below 1024 are root's: choose a higher one",
		},
	});

/** A port with connections of the past is free; one where somebody listens, or that is held, is not. */
function holdPort(protocol: Published["protocol"], address: readonly number[], port: number): Call[] {
	const isFour = address.length === 4;
	const { AF_INET, AF_INET6 } = constants;
	const bytes = socketAddress(address, port, isFour ? AF_INET : AF_INET6);
	const socket = ref("port");
	const option = (level: string, name: string, on: 0 | 1): Call =>
		call("setsockopt", [socket, flags(level), flags(name), { bytes: [on, 0, 0, 0], shows: `[${on}]` }, 4]);
	const kind = protocol === "tcp" ? "SOCK_STREAM" : "SOCK_DGRAM";
	const shows = `{${isFour ? "AF_INET" : "AF_INET6"}, port=${port}${isEvery(address) ? "" : `, ${address.join(" ")}`}}`;
	return [
		call("socket", [flags(isFour ? "AF_INET" : "AF_INET6"), flags(`${kind}|SOCK_CLOEXEC`), 0], { result: "port" }),
		...(isFour ? [] : [option("IPPROTO_IPV6", "IPV6_V6ONLY", 1)]),
		...(protocol === "tcp" ? [option("SOL_SOCKET", "SO_REUSEADDR", 1)] : []),
		call("bind", [socket, { bytes, shows }, bytes.length]),
		// What does not come by the rules is refused at once, as where nobody listens.
		...(protocol === "tcp"
			? [
					call("listen", [socket, 0]),
					call("shutdown", [socket, flags("SHUT_RDWR")]),
					option("SOL_SOCKET", "SO_REUSEADDR", 0),
				]
			: []),
		call("sendmsg", [ref("ports.into"), carrying, 0]),
		call("close", [socket]),
	];
}

/** `struct msghdr` with one byte, and the socket behind it. `struct cmsghdr`: SCM_RIGHTS of SOL_SOCKET. */
const carrying: Arg = {
	struct: {
		...{ msg_name: 0, msg_namelen: 0 },
		msg_iov: { struct: { iov_base: "x", iov_len: 1 } },
		msg_iovlen: 1,
		msg_control: {
			bytes: [
				20,
				0,
				0,
				0,
				0,
				0,
				0,
				0,
				constants.SOL_SOCKET,
				0,
				0,
				0,
				constants.SCM_RIGHTS,
				0,
				0,
				0,
				0,
				0,
				0,
				0,
				0,
				0,
				0,
				0,
			],
			shows: "{SOL_SOCKET, SCM_RIGHTS, [$port]}",
			fill: [{ at: 16, ref: "port", as: "number" }],
		},
		msg_controllen: 24,
		msg_flags: 0,
	},
};
