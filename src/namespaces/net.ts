import { constants } from "../linux/constants.ts";
import type { InternetOptions } from "../network/internet.ts";
import type { LinkOptions } from "../network/types.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Fragment, Problem } from "../plan/types.ts";
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
	/**
	 * Interfaces that a new namespace gets besides: cables to the caller's, ports of a bridge, and others. All but `dummy`
	 * take CAP_NET_ADMIN in the caller's network namespace. rtnetlink(7).
	 */
	readonly links?: readonly LinkOptions[] | undefined;
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
 *
 * @example
 * ```ts
 * import { net, planText, sandbox } from "nskit";
 * const lab = { kind: "bridge", bridge: "lab", addresses: ["10.77.0.2/24"], gateways: ["10.77.0.1"] } as const;
 * const box = sandbox(net({ links: [lab] }));
 * if (process.getuid?.() === 0) console.log(planText(box.plan(["ip", "addr"])));
 * ```
 *
 * @example
 * ```ts
 * import { net, pid, planText, sandbox, user } from "nskit";
 * const box = sandbox(user(), pid(), net({ internet: true, publish: ["8080:80"] }));
 * console.log(planText(box.plan(["python3", "-m", "http.server", "80"])));
 * ```
 */
export function net(options: NetOptions = {}): Fragment {
	const { links = [], internet = false, publish = [] } = options;
	const more = links.length > 0 ? withLinks(links) : undefined;
	const beyond = internet ? withInternet(internet, publish) : undefined;
	return {
		module: "net",
		...use("net", options),
		...more?.needs,
		...beyond?.needs,
		...(more && beyond && { keeps: [...(more.needs.keeps ?? []), ...beyond.needs.keeps] }),
		problems: (context) => [
			...needsNamespace("net", context, "LOOPBACK_WITHOUT_NET", options.loopback === undefined ? [] : ["loopback"]),
			...(more?.problems(context) ?? []),
			...(beyond?.problems(context) ?? []),
			...(publish.length > 0 && !beyond ? [publishedAlone] : []),
		],
		steps(context) {
			const loopback = (options.loopback ?? context.creates.has("net")) ? [loopbackUp] : [];
			return [...loopback, ...(more?.steps() ?? []), ...(beyond?.steps(context) ?? [])];
		},
	};
}

const publishedAlone: Problem = {
	code: "PUBLISH_ALONE",
	message: "ports are published, and nothing leads inside",
	hint: "add --net=internet, or net({ internet: true }) in the library",
};

/** Loaded only where the internet is asked for. */
const withInternet: typeof import("../network/pasta.ts").internet = (...given) =>
	(require("../network/pasta.ts") as typeof import("../network/pasta.ts")).internet(...given);

/** Loaded only where there are interfaces. */
const withLinks = (links: readonly LinkOptions[]) =>
	(require("../network/links.ts") as typeof import("../network/links.ts")).links(links);

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
