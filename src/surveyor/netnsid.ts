/** The ids by which the caller's network namespace knows others: RTM_GETNSID. rtnetlink(7). */
import { close } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";

/** Attributes of linux/net_namespace.h. */
const NETNSA_NSID = 1;
const NETNSA_FD = 3;

/** A request: `struct nlmsghdr`, `struct rtgenmsg` and one attribute with a descriptor. */
const requestSize = 28;
const answerWords = 64;

/** One socket for all questions. */
export class NetworkIds {
	private readonly request = new Uint32Array(new ArrayBuffer(requestSize));
	private readonly answer = new Uint32Array(new ArrayBuffer(4 * answerWords));

	private constructor(private readonly socket: number) {}

	/** Nothing where there is no such socket to be had. */
	static open(): NetworkIds | undefined {
		const { AF_NETLINK, SOCK_RAW, SOCK_CLOEXEC, NETLINK_ROUTE } = constants;
		const socket = systemCall("socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
		return socket < 0 ? undefined : new NetworkIds(socket);
	}

	/** The id of the network namespace that `fd` is open on; nothing where it has none. */
	of(fd: number): number | undefined {
		const { RTM_GETNSID, NLM_F_REQUEST, MSG_DONTWAIT } = constants;
		this.request.set([requestSize, RTM_GETNSID | (NLM_F_REQUEST << 16), 0, 0, 0, 8 | (NETNSA_FD << 16), fd]);
		if (systemCall("sendto", this.socket, this.request, requestSize, MSG_DONTWAIT) !== requestSize) return undefined;
		// The kernel has answered before sendto(2) returns.
		const size = systemCall("recvfrom", this.socket, this.answer, this.answer.byteLength, MSG_DONTWAIT);
		return size > 0 ? idIn(this.answer, size / 4) : undefined;
	}

	close(): void {
		close(this.socket);
	}
}

/** The attribute NETNSA_NSID of an answer; it is -1 where there is no id. */
function idIn(words: Uint32Array, count: number): number | undefined {
	const { RTM_NEWNSID } = constants;
	if (((words[1] ?? 0) & 0xffff) !== RTM_NEWNSID) return undefined;
	for (let at = headerWords; at < count; ) {
		const head = words[at] ?? 0;
		const id = (words[at + 1] ?? 0) | 0;
		if (head >>> 16 === NETNSA_NSID) return id >= 0 ? id : undefined;
		at += Math.ceil((head & 0xffff) / 4) || count;
	}
	return undefined;
}

/** `struct nlmsghdr` and `struct rtgenmsg`, padded. */
const headerWords = 5;
