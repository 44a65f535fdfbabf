/** nft(8) as a witness of the tables that are made. */
import { expect } from "bun:test";
import { net, sandbox } from "../../src/index.ts";
import { messageArg } from "../../src/network/message.ts";
import { type NatRules, natChains, type Way } from "../../src/network/nat-rules.ts";
import { deleteTable, newTable } from "../../src/network/nftables.ts";
import { readPublished } from "../../src/network/publish.ts";
import { call, flags, ref, step } from "../../src/plan/step.ts";
import type { Fragment } from "../../src/plan/types.ts";
import { addressBytes } from "../../src/process/address.ts";
import { library } from "./harness.ts";

const name = { before: "nskit-", ref: "self" };
const address = (text: string) => ({ text, bytes: addressBytes(text) ?? [] });
const cable: Way = {
	index: "end",
	name: { before: "ns", ref: "self" },
	own: true,
	addresses: [address("10.77.0.2"), address("fd77::2")],
};

/** Gives the network of the sandbox these rules, with 424 for the number of the supervisor and 77 for that of the interface. */
function rules(asked: NatRules, isDeleted = false): Fragment {
	const send = (message: ReturnType<typeof newTable>) => [
		call("sendto", [ref("socket"), messageArg(message), message.size, 0, null, 0]),
		call("recvfrom", [ref("socket"), { out: "answer", size: 256 }, 256, flags("MSG_DONTWAIT"), null, null], {
			check: { netlink: "answer" },
		}),
	];
	return {
		module: "rules",
		needsImage: true,
		steps: () => [
			step({
				...{ phase: "network", module: "rules", does: "make rules", why: "to look at", man: "nft(8)" },
				calls: [
					call("socket", [flags("AF_NETLINK"), flags("SOCK_RAW|SOCK_CLOEXEC"), flags("NETLINK_NETFILTER")], {
						result: "socket",
					}),
					call("fcntl", [ref("socket"), flags("F_DUPFD_CLOEXEC"), 424], { result: "self" }),
					call("fcntl", [ref("socket"), flags("F_DUPFD_CLOEXEC"), 77], { result: "end" }),
					...send(newTable(name, natChains(asked), false)),
					...(isDeleted ? send(deleteTable(name)) : []),
				],
			}),
		],
	};
}

function listed(asked: NatRules, isDeleted = false): string[] {
	const ended = sandbox(net(), rules(asked, isDeleted)).spawnSync(["nft", "-n", "list", "ruleset"], { stdout: "pipe" });
	expect(ended.exitCode).toBe(0);
	const lines = ended.stdout?.toString().split("\n") ?? [];
	return lines.map((line) => line.trim()).filter((line) => line !== "" && line !== "}");
}

library(
	"rules that let a sandbox out read as they were meant",
	() => {
		expect(listed({ ways: [cable], nat: true, published: [] })).toEqual([
			"table inet nskit-424 {",
			"chain postrouting {",
			"type nat hook postrouting priority 100; policy accept;",
			"ip saddr 10.77.0.2 oif != 77 masquerade",
			"ip6 saddr fd77::2 oif != 77 masquerade",
			"chain forward {",
			"type filter hook forward priority 0; policy accept;",
			"iif 77 ct status 0x20 accept",
			"iif 77 ip saddr 10.77.0.2 accept",
			"iif 77 ip6 saddr fd77::2 accept",
			"iif 77 drop",
			"oif 77 ct status 0x20 accept",
			"oif 77 ct state 0x2,0x4 accept",
			"oif 77 drop",
		]);
	},
	"root",
	"nft",
);

library(
	"rules that lead ports into it read as they were meant",
	() => {
		const { published } = readPublished([
			"8080:80",
			"127.0.0.1:53:5353/udp",
			"8000-8010:8000-8010",
			"[::]:9000-9001:1-2",
		]);
		expect(listed({ ways: [cable], nat: false, published })).toEqual([
			"table inet nskit-424 {",
			"chain guard {",
			"type filter hook prerouting priority -300; policy accept;",
			"iif 77 ip daddr 127.0.0.0/8 drop",
			"iif 77 ip saddr 127.0.0.0/8 drop",
			"chain publish {",
			"meta nfproto 2 tcp dport 8080 dnat ip to 10.77.0.2:80",
			"meta nfproto 10 tcp dport 8080 dnat ip6 to [fd77::2]:80",
			"ip daddr 127.0.0.1 udp dport 53 dnat ip to 10.77.0.2:5353",
			"meta nfproto 2 tcp dport 8000-8010 dnat ip to 10.77.0.2",
			"meta nfproto 10 tcp dport 8000-8010 dnat ip6 to fd77::2",
			"meta nfproto 10 tcp dport 9000 dnat ip6 to [fd77::2]:1",
			"meta nfproto 10 tcp dport 9001 dnat ip6 to [fd77::2]:2",
			"chain prerouting {",
			"type nat hook prerouting priority -100; policy accept;",
			"ip daddr 127.0.0.0/8 accept",
			"fib daddr type 2 jump publish",
			"chain output {",
			"type nat hook output priority -100; policy accept;",
			"ip6 daddr ::1 accept",
			"fib daddr type 2 jump publish",
			"chain postrouting {",
			"type nat hook postrouting priority 100; policy accept;",
			"oif 77 ip saddr 127.0.0.0/8 masquerade",
			"oif 77 ip saddr 10.77.0.2 ct status 0x20 masquerade",
			"oif 77 ip6 saddr fd77::2 ct status 0x20 masquerade",
			"chain forward {",
			"type filter hook forward priority 0; policy accept;",
			"iif 77 ct status 0x20 accept",
			"iif 77 drop",
			"oif 77 ct status 0x20 accept",
			"oif 77 ct state 0x2,0x4 accept",
			"oif 77 drop",
		]);
	},
	"root",
	"nft",
);

library(
	"they are gone when they are taken back",
	() => {
		expect(listed({ ways: [cable], nat: true, published: [] }, true)).toEqual([]);
	},
	"root",
	"nft",
);

library(
	"on a bridge they are about the addresses of the sandbox alone",
	() => {
		const { published } = readPublished(["8080:80"]);
		const bridge: Way = { ...cable, own: false, addresses: [address("10.77.0.2")] };
		const lines = listed({ ways: [bridge], nat: false, published });
		expect(lines.slice(lines.indexOf("chain output {"))).toEqual([
			"chain output {",
			"type nat hook output priority -100; policy accept;",
			"ip daddr 127.0.0.0/8 accept",
			"ip6 daddr ::1 accept",
			"fib daddr type 2 jump publish",
			"chain postrouting {",
			"type nat hook postrouting priority 100; policy accept;",
			"oif 77 ip saddr 10.77.0.2 ct status 0x20 masquerade",
			"chain forward {",
			"type filter hook forward priority 0; policy accept;",
			"iif 77 oif != 77 ip saddr 10.77.0.2 ct status 0x20 accept",
			"iif 77 oif != 77 ip saddr 10.77.0.2 drop",
			"oif 77 iif != 77 ip daddr 10.77.0.2 ct status 0x20 accept",
			"oif 77 iif != 77 ip daddr 10.77.0.2 ct state 0x2,0x4 accept",
			"oif 77 iif != 77 ip daddr 10.77.0.2 drop",
		]);
	},
	"root",
	"nft",
);
