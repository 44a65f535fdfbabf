import { constants } from "../linux/constants.ts";
import type { Internet, InternetOptions } from "../network/internet.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Fragment } from "../plan/types.ts";
import { type NamespaceOptions, needsNamespace, use } from "./use.ts";

export interface NetOptions extends NamespaceOptions {
	/**
	 * Bring the loopback interface up, with 127.0.0.1 and ::1; a new namespace has it down.
	 * @default true for a new namespace
	 */
	readonly loopback?: boolean;
	/**
	 * The internet, as the caller has it, without any privilege: through pasta(1), which has to be installed. What listens
	 * on the caller's own loopback interface cannot be reached from inside.
	 * @default false
	 */
	readonly internet?: boolean | InternetOptions | undefined;
	/**
	 * Ports of the caller's that lead to ports inside: `[IP:]PORT[-PORT]:PORT[-PORT][/udp]`.
	 * @default none
	 */
	readonly publish?: readonly string[] | undefined;
}

/**
 * A network namespace: interfaces, addresses, routes, ports and abstract Unix sockets. A new one has a loopback
 * interface and nothing else. network_namespaces(7).
 *
 * @example
 * ```ts
 * import { net, sandbox } from "nskit";
 * sandbox(net()).spawnSync(["cat", "/proc/net/dev"]); // lo
 * ```
 */
export function net(options: NetOptions = {}): Fragment {
	const internet = internetOf(options);
	return {
		module: "net",
		...use("net", options),
		...(internet && { stays: true as const, internet: true as const, keeps: pasta().pastaKeeps }),
		problems: (context) => [
			...needsNamespace("net", context, "LOOPBACK_WITHOUT_NET", options.loopback === undefined ? [] : ["loopback"]),
			...(internet ? internetRules().internetProblems(internet, context) : []),
		],
		steps(context) {
			const steps = (options.loopback ?? context.creates.has("net")) ? [loopbackUp] : [];
			return internet ? [...steps, ...pasta().pastaSteps(internet, context)] : steps;
		},
	};
}

/** What is asked for of pasta, where the internet is. */
function internetOf({ internet, publish = [] }: NetOptions): Internet | undefined {
	if (internet === undefined || internet === false) return undefined;
	return internet === true ? { publish } : { ...internet, publish };
}

/** Loaded only where the internet is asked for. */
const pasta = () => require("../network/pasta.ts") as typeof import("../network/pasta.ts");
const internetRules = () => require("../network/internet.ts") as typeof import("../network/internet.ts");

/**
 * `struct nlmsghdr` and `struct ifinfomsg`, little-endian: set IFF_UP of interface 1 and answer with an
 * acknowledgement. The loopback interface of every network namespace has this index. rtnetlink(7).
 */
const { RTM_NEWLINK, NLM_F_REQUEST, NLM_F_ACK, IFF_UP } = constants;
// biome-ignore format: a field of the structures per line
const linkUp = [
	32, 0, 0, 0, // nlmsg_len
	RTM_NEWLINK, 0, // nlmsg_type
	NLM_F_REQUEST | NLM_F_ACK, 0, // nlmsg_flags
	0, 0, 0, 0, // nlmsg_seq
	0, 0, 0, 0, // nlmsg_pid
	0, 0, 0, 0, // ifi_family, ifi_type
	1, 0, 0, 0, // ifi_index
	IFF_UP, 0, 0, 0, // ifi_flags
	IFF_UP, 0, 0, 0, // ifi_change
];

const loopbackUp = step({
	phase: "network",
	module: "net",
	does: "bring the loopback interface up",
	why: "in a new network namespace it is down, and 127.0.0.1 cannot be reached",
	man: "rtnetlink(7)",
	calls: [
		call("socket", [flags("AF_NETLINK"), flags("SOCK_RAW|SOCK_CLOEXEC"), flags("NETLINK_ROUTE")], {
			result: "netlink",
		}),
		call("sendto", [
			ref("netlink"),
			{
				bytes: linkUp,
				shows: "{RTM_NEWLINK, NLM_F_REQUEST|NLM_F_ACK, {ifi_index=1, ifi_flags=IFF_UP, ifi_change=IFF_UP}}",
			},
			linkUp.length,
			0,
			null,
			0,
		]),
		call("recvfrom", [ref("netlink"), { out: "netlink.answer", size: 128 }, 128, 0, null, null], {
			check: { netlink: "netlink.answer" },
		}),
		call("close", [ref("netlink")]),
	],
});
