/** A look at whether ports are free, by listening on them for a moment. The program that takes them still has the last word. */
import { systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { errnoName } from "../linux/errno.ts";
import type { Published } from "../network/publish.ts";
import type { Problem } from "../plan/types.ts";
import { socketAddress } from "../process/address.ts";

const { AF_INET, AF_INET6, SOCK_STREAM, SOCK_DGRAM, SOCK_CLOEXEC, SOL_SOCKET, SO_REUSEADDR } = constants;

/** A problem for each word whose ports of the host cannot all be had. */
export function portProblems(published: readonly Published[]): Problem[] {
	const problems: Problem[] = [];
	for (const one of published) {
		const problem = portProblem(one);
		if (problem) problems.push(problem);
	}
	return problems;
}

function portProblem(one: Published): Problem | undefined {
	const everywhere = [new Array<number>(4).fill(0), new Array<number>(16).fill(0)];
	for (const address of one.bytes ? [one.bytes] : everywhere)
		for (let port = one.first; port <= one.last; port++) {
			const error = tryPort(one.protocol, address, port);
			// Where there is no IPv6 at all, nobody has its ports.
			if (error !== undefined && (one.bytes || error !== "EAFNOSUPPORT")) return problemOf(one, port, error);
		}
	return undefined;
}

/** The name of the error with which a port is refused. */
function tryPort(protocol: Published["protocol"], address: readonly number[], port: number): string | undefined {
	const family = address.length === 4 ? AF_INET : AF_INET6;
	const socket = systemCall("socket", family, (protocol === "tcp" ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (socket < 0) return errnoName(-socket);
	const on = new Int32Array([1]);
	// Connections of the past are nobody's.
	if (protocol === "tcp") systemCall("setsockopt", socket, SOL_SOCKET, SO_REUSEADDR, on, on.byteLength);
	if (family === AF_INET6) systemCall("setsockopt", socket, constants.IPPROTO_IPV6, constants.IPV6_V6ONLY, on, 4);
	const where = new Uint8Array(socketAddress(address, port, family));
	let result = systemCall("bind", socket, where, where.length);
	// A port that another sandbox holds is refused only here (src/network/ports.ts).
	if (result === 0 && protocol === "tcp") result = systemCall("listen", socket, 0);
	systemCall("close", socket);
	return result < 0 ? errnoName(-result) : undefined;
}

const hints: Readonly<Record<string, string>> = {
	EADDRINUSE: "a program or another sandbox has it: choose another one; ss -lntup names programs",
	EADDRNOTAVAIL: "the machine has no such address: choose one of those that ip address shows",
	EACCES: "ports below 1024 are root's: choose a higher one, or lower sysctl net.ipv4.ip_unprivileged_port_start",
};

function problemOf({ text, protocol }: Published, port: number, error: string): Problem {
	const hint = hints[error];
	const message = `${text} cannot be published: ${protocol} port ${port}: ${error}`;
	return { code: "PORT_UNAVAILABLE", message, ...(hint !== undefined && { hint }) };
}
