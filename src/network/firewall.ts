/** Rules for what is sent out of a sandbox, as the net module has them. */
import { call, flags, ref, step } from "../plan/step.ts";
import type { Context, Problem, Step } from "../plan/types.ts";
import { messageArg } from "./message.ts";
import { newTable } from "./nftables.ts";
import { readTraffic } from "./traffic.ts";
import { trafficChains } from "./traffic-rules.ts";
import { withhold } from "./withhold.ts";

/** The name of the table inside. */
const table = "nskit";

/** Reads the rules once. `withheld`: somebody else takes the capabilities to change them from everything inside. */
export function firewall(rules: readonly string[], withheld: boolean) {
	const { traffic, problems } = readTraffic(rules);
	return {
		problems: ({ creates }: Pick<Context, "creates">): Problem[] => [
			...problems,
			...(creates.has("net") ? [] : [withoutNetwork]),
		],
		steps: (): Step[] => {
			const message = newTable(table, trafficChains(traffic), false);
			const make = step({
				phase: "network",
				module: "net",
				does: "give nf_tables the rules for what is sent out",
				why: "in the network namespace of the sandbox, before anything of it runs",
				man: "nft(8)",
				hints: {
					EPERM: "CAP_NET_ADMIN over the new network namespace is needed: make a user namespace too, or be root",
					EPROTONOSUPPORT: "this kernel has no nf_tables: load the module",
					ENOENT: "this kernel lacks a part of nf_tables: nft_ct, nft_reject and nft_reject_inet are needed",
					EOPNOTSUPP: "this kernel lacks a part of nf_tables: nft_ct, nft_reject and nft_reject_inet are needed",
				},
				calls: [
					call("socket", [flags("AF_NETLINK"), flags("SOCK_RAW|SOCK_CLOEXEC"), flags("NETLINK_NETFILTER")], {
						result: "rules",
					}),
					call("sendto", [ref("rules"), messageArg(message), message.size, 0, null, 0]),
					call("recvfrom", [ref("rules"), { out: "rules.answer", size: 4096 }, 4096, 0, null, null], {
						check: { netlink: "rules.answer" },
					}),
					call("close", [ref("rules")]),
				],
			});
			return withheld ? [make] : [make, withhold(reason)];
		},
	};
}

const reason = "root inside could take the rules away with one, and write packets past them with the other";

const withoutNetwork: Problem = {
	code: "RULES_WITHOUT_NET",
	message: "rules for what is sent out are for a new network namespace, and none is made",
	hint: "make one with a way out, such as --net=internet; --net alone has none",
};
