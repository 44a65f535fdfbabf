/** The shapes of what a network namespace is given. */

import { carriers } from "../network/internet.ts";
import type { TrafficRule } from "../network/traffic.ts";
import { linkKinds } from "../network/types.ts";
import {
	adding,
	boolean,
	constant,
	integer,
	list,
	names,
	needed,
	object,
	record,
	string,
	type Typed,
	union,
} from "./schema.ts";

const route = object({
	to: needed(string("the destination with its prefix")),
	via: string("the gateway; without one the destination is reached directly"),
});

const link = object(
	{
		kind: needed(constant(linkKinds, "what it is and where it leads")),
		name: string("what it is called inside"),
		bridge: string("the bridge outside that it is plugged into, made where it is not there"),
		parent: string("the interface outside that macvlan and ipvlan share"),
		mode: constant(
			["private", "vepa", "bridge", "passthru", "l2", "l3", "l3s"],
			"how those on one parent reach each other",
		),
		host: string("what the end outside is called; for move the interface that is moved"),
		hostAddresses: list(string(), "addresses with prefixes of the end outside, or of the bridge"),
		addresses: list(string(), "addresses with prefixes inside"),
		gateways: list(string(), "where packets go that are for nobody else"),
		routes: list(route, "where packets go that are for other networks"),
		mtu: integer(68, 65_535, "the longest packet, in bytes"),
		mac: string("the hardware address"),
	},
	{ doc: "an interface" },
);

/** Interfaces of a new network namespace. */
export const links = adding(link, "interfaces, besides the loopback interface");

/** The internet through pasta, or through slirp4netns. */
const internet = union(
	[
		boolean(),
		object(
			{
				with: constant(carriers, "the program that carries it"),
				mtu: integer(68, 65_520, "the longest packet, in bytes"),
				ipv4: boolean("IPv4"),
				ipv6: boolean("IPv6"),
				mapHost: boolean("the gateway's address leads to the caller's loopback interface"),
			},
			{ byKey: true },
		),
	],
	"the internet, through pasta or slirp4netns",
);

const resolv = object({
	servers: needed(list(string(), "addresses of name servers, 3 at most")),
	search: list(string(), "domains that short names are looked for in"),
	options: list(string(), "such as ndots:2"),
});

/** Words that are looked at with all others that could be wrong. */
const rule = (doc: string): Typed<TrafficRule> => ({ is: "string", doc });

/** What else a network namespace is given: ways to others, and to their names. */
export const beyond = {
	internet,
	nat: boolean("what leaves for beyond the host gets the host's address"),
	publish: names(string("[IP:]PORT[-PORT]:PORT[-PORT][/udp]"), "ports of the host that lead inside"),
	rules: adding(
		rule("allow or deny, and NETWORK[:PORT[-PORT]][/tcp|/udp] or any"),
		"which of what is sent out is let through: the first that is about it decides",
	),
	resolv: union([constant(["copy"]), resolv], "/etc/resolv.conf inside; copy: as the caller's is now"),
	hosts: record("host", list(string()), "/etc/hosts inside: names with their addresses"),
};
