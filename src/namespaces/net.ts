/**
 * The network. What the module takes apart is in src/network; each way out has a file that the module calls, with others
 * that it calls:
 * - interfaces: `links`; as they are asked for in `types`, read in `resolve`, refused in `problems` and `collisions`, made in
 *   `steps` and `bridge`, by what `rtnetlink` has words for and `talk` says;
 * - through the host: `outward`; ports in `publish` and `ports`, rules in `nat` and `nat-rules`, by what `expressions` and
 *   `nftables` have words for;
 * - through pasta: `pasta`; its options in `internet`, names in `resolver`;
 * - the files that names are looked up by: `names`.
 * The messages are bytes with words, made in `message`.
 */
import { constants } from "../linux/constants.ts";
import type { InternetOptions } from "../network/internet.ts";
import type { NameOptions } from "../network/names.ts";
import type { TrafficRule } from "../network/traffic.ts";
import type { LinkOptions } from "../network/types.ts";
import type { Outside } from "../plan/fragment.ts";
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
	 * Interfaces that a new namespace gets besides: cables to the caller's, ports of a bridge, and others. All but `dummy`
	 * take CAP_NET_ADMIN in the caller's network namespace. rtnetlink(7).
	 */
	readonly links?: readonly LinkOptions[] | undefined;
	/**
	 * What leaves by a veth or bridge link for beyond the host gets the host's address, by rules of nf_tables that end with
	 * the sandbox. Nothing comes in but answers and what is published. Takes CAP_NET_ADMIN in the caller's network namespace,
	 * and switches forwarding on there, for good, where it is off. nft(8).
	 * @default false
	 */
	readonly nat?: boolean | undefined;
	/**
	 * Ports of the host that lead inside: `[IP:]PORT[-PORT]:PORT[-PORT][/udp]`, such as `8080:80`, `127.0.0.1:53:53/udp`. By
	 * pasta where the internet is asked for; otherwise by the rules of `nat`, to the first link that has an address, 100 ports
	 * at most. An error where one is taken.
	 */
	readonly publish?: readonly string[] | undefined;
	/**
	 * Which of what is sent out is let through: `allow` or `deny` with `NETWORK[:PORT[-PORT]][/tcp|/udp]`, or `any` for all
	 * networks, such as `allow 192.0.2.0/24:443/tcp`, `deny [2001:db8::/32]:25`, `allow any:53`. The first rule that is about a
	 * packet decides; where none is, it is refused if anything is allowed, and let through if things are only denied. What
	 * is refused is told so at once. What stays inside and answers to who has come in are always let through; name
	 * servers outside have to be allowed as everything else. The rules are those of nf_tables in the network namespace of the
	 * sandbox, where nothing has CAP_NET_ADMIN and CAP_NET_RAW then; only root without a new user namespace has other ways
	 * past them, as past everything. nft(8).
	 * @default everything is let through
	 */
	readonly rules?: readonly TrafficRule[] | undefined;
	readonly resolv?: NameOptions["resolv"];
	readonly hosts?: NameOptions["hosts"];
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
 *
 * @example
 * ```ts
 * import { net, planText, sandbox } from "nskit";
 * const cable = { kind: "veth", addresses: ["10.77.0.2/24"], hostAddresses: ["10.77.0.1/24"], gateways: ["10.77.0.1"] } as const;
 * const box = sandbox(net({ links: [cable], nat: true, publish: ["8080:80"] }));
 * if (process.getuid?.() === 0) console.log(planText(box.plan(["python3", "-m", "http.server", "80"])));
 * ```
 *
 * @example
 * ```ts
 * import { net, planText, sandbox, user } from "nskit";
 * const box = sandbox(user(), net({ internet: true, rules: ["deny 192.168.0.0/16", "allow any:443/tcp", "allow any:53"] }));
 * console.log(planText(box.plan(["curl", "https://example.org"])));
 * ```
 */
export function net(options: NetOptions = {}): Fragment {
	const { links = [], nat = false, internet = false } = options;
	const more = links.length > 0 ? withLinks(links) : undefined;
	const connected = internet ? withInternet(internet, options.publish ?? []) : undefined;
	// pasta publishes what it connects.
	const publish = connected ? [] : (options.publish ?? []);
	const beyond = nat || publish.length > 0 ? withOutward(nat, publish, more?.links ?? []) : undefined;
	const guarded = options.rules?.length ? withRules(options.rules, connected?.withholds ?? false) : undefined;
	const outside = together([more?.outside, beyond?.outside, connected?.outside]);
	return {
		module: "net",
		...use("net", options),
		...(more && { links: more.links }),
		...(outside && { outside }),
		...((options.resolv || options.hosts || connected) && {
			files: (hostname, host) => [
				...(options.resolv || !connected ? [] : connected.files(host)),
				...(options.resolv || options.hosts ? names().nameFiles(options, hostname, reached(more)) : []),
			],
		}),
		...(connected && !options.resolv && { reduced: connected.reduced }),
		problems: (context) => [
			...needsNamespace("net", context, "LOOPBACK_WITHOUT_NET", options.loopback === undefined ? [] : ["loopback"]),
			...(more?.problems(context) ?? []),
			...(beyond?.problems(context) ?? []),
			...(connected?.problems(context) ?? []),
			...(guarded?.problems(context) ?? []),
			...(options.resolv || options.hosts ? names().nameProblems(options, context.creates.has("mount")) : []),
		],
		steps(context) {
			const steps = (options.loopback ?? context.creates.has("net")) ? [loopbackUp] : [];
			if (guarded) steps.push(...guarded.steps());
			if (beyond) steps.push(...beyond.before());
			if (more) steps.push(...more.steps());
			if (beyond) steps.push(...beyond.behind(context));
			if (connected) steps.push(...connected.steps(context));
			return steps;
		},
	};
}

/** What several parts make outside. */
function together(parts: readonly (Outside | undefined)[]): Outside | undefined {
	let all: Outside | undefined;
	for (const one of parts) {
		const before = all;
		if (one) all = { ...before, ...one, keeps: (host) => [...(before?.keeps(host) ?? []), ...one.keeps(host)] };
	}
	return all;
}

/** Loaded only where the internet is asked for. */
const withInternet: typeof import("../network/pasta.ts").internet = (...given) =>
	(require("../network/pasta.ts") as typeof import("../network/pasta.ts")).internet(...given);

/** Loaded only where there are rules. */
const withRules: typeof import("../network/firewall.ts").firewall = (...given) =>
	(require("../network/firewall.ts") as typeof import("../network/firewall.ts")).firewall(...given);

/** Loaded only where there are interfaces. */
const withLinks = (links: readonly LinkOptions[]) =>
	(require("../network/links.ts") as typeof import("../network/links.ts")).links(links);

/** Loaded only where files for names are asked for. */
const names = () => require("../network/names.ts") as typeof import("../network/names.ts");

/** The addresses of the first interface that has any. */
function reached(more: ReturnType<typeof withLinks> | undefined): string[] {
	const first = more?.links.find(({ addresses }) => addresses.length > 0);
	return first ? first.addresses.map(({ text }) => text) : [];
}

/** Loaded only where something leads out, or in. */
const withOutward: typeof import("../network/outward.ts").outward = (...given) =>
	(require("../network/outward.ts") as typeof import("../network/outward.ts")).outward(...given);

/**
 * `struct nlmsghdr` and `struct ifinfomsg`, little-endian: set IFF_UP of interface 1 and answer with an
 * acknowledgement. The loopback interface of every network namespace has this index. rtnetlink(7). Written out here: what
 * makes messages of all kinds is not loaded for this one.
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
