/** What a person has to know before packets of a sandbox are forwarded: what changes for the whole host, and who drops them. */
import { close, textOf } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { chainsRequest, droppingChains } from "../network/policies.ts";
import { answerTo } from "./interfaces.ts";

const parameters = {
	4: ["net.ipv4.ip_forward", "/proc/sys/net/ipv4/ip_forward", ""],
	6: [
		"net.ipv6.conf.all.forwarding",
		"/proc/sys/net/ipv6/conf/all/forwarding",
		"; interfaces whose accept_ra is 1 take no more routes from routers",
	],
} as const;

/** A sentence each. `versions`: of the internet protocol, that the sandbox has addresses of. */
export function forwardingNotices(versions: readonly (4 | 6)[]): string[] {
	const notices: string[] = [];
	for (const version of versions) {
		const [name, file, more] = parameters[version];
		if (textOf(file)?.trim() === "0")
			notices.push(`forwarding of IPv${version} is switched on for the whole host, and stays on (${name})${more}`);
	}
	for (const chain of dropping()) {
		const hint = "let it accept what comes from and goes to the sandbox's link (with Docker, in DOCKER-USER)";
		notices.push(`the chain ${chain} drops what it does not know, and so what is forwarded for the sandbox: ${hint}`);
	}
	return notices;
}

/** None where the kernel does not tell. */
function dropping(): string[] {
	const { AF_NETLINK, SOCK_RAW, SOCK_CLOEXEC, NETLINK_NETFILTER } = constants;
	const socket = systemCall("socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (socket < 0) return [];
	try {
		const answer = answerTo(socket, chainsRequest());
		return answer ? droppingChains(answer) : [];
	} catch (error) {
		if (error instanceof RangeError) return [];
		throw error;
	} finally {
		close(socket);
	}
}
