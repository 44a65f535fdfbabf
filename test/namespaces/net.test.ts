import { describe, expect, test } from "bun:test";
import { type NetOptions, net } from "../../src/namespaces/net.ts";
import { stepsIn } from "../plan/fixtures.ts";

const phase = (options: NetOptions) => stepsIn("network", [net(options)]);

describe("`net`", () => {
	test("sends the kernel a message that sets interface 1 up, and asks for an answer", () => {
		const [step] = phase({});
		const [message, size] = step?.calls[1]?.args.slice(1) ?? [];
		const bytes = Uint8Array.from(typeof message === "object" && message && "bytes" in message ? message.bytes : []);
		expect(bytes.toHex()).toBe(
			[
				"20000000", // nlmsg_len
				"1000", // RTM_NEWLINK
				"0500", // NLM_F_REQUEST | NLM_F_ACK
				"00000000", // nlmsg_seq
				"00000000", // nlmsg_pid
				"00000000", // AF_UNSPEC, padding, ifi_type
				"01000000", // ifi_index
				"01000000", // IFF_UP
				"01000000", // ifi_change
			].join(""),
		);
		expect(size).toBe(bytes.length);
	});

	test("takes the error in the kernel's answer for the call's, and leaves no socket behind", () => {
		const calls = phase({})[0]?.calls ?? [];
		expect(calls.map(({ name }) => name)).toEqual(["socket", "sendto", "recvfrom", "close"]);
		expect(calls[2]?.check).toEqual({ netlink: "netlink.answer" });
		expect(calls[2]?.args.slice(1, 3)).toEqual([{ out: "netlink.answer", size: 128 }, 128]);
	});

	test("brings loopback up in a new namespace, in a joined one when that is said, and not with `loopback: false`", () => {
		const count = (options: NetOptions) => phase(options).length;
		expect([count({}), count({ loopback: true }), count({ loopback: false })]).toEqual([1, 1, 0]);
		expect([count({ join: 7 }), count({ join: 7, loopback: true }), count({ create: false })]).toEqual([0, 1, 0]);
	});
});
