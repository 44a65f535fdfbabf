/** The internet without rights of an nsjail configuration: pasta, or nsjail's own way, in whose place pasta stands. */
import type { InternetOptions } from "../../network/internet.ts";
import type { ProtoMessage } from "./proto.ts";
import type { Import } from "./types.ts";

const ofPasta = "pasta takes addresses, masks and routes over from the caller's network";
const always = "what pasta carries is not chosen: TCP, UDP and echo requests of ICMP all reach the internet";
const fixed = "the interface is set up before the command runs, and nothing of that is asked for by DHCP or NDP";

/** Members with their value when nothing is said, and why another one is not in a profile. */
const pastaLacking: readonly (readonly [name: string, usual: boolean, why: string])[] = [
	["nat", true, "addresses are always translated"],
	["enable_tcp", true, always],
	["enable_udp", true, always],
	["enable_icmp", true, always],
	["enable_ip4_dhcp", false, fixed],
	["enable_ip6_dhcp", false, fixed],
	["enable_ip6_ra", false, fixed],
];

/** How the internet is reached. */
export function nsjailUserNet(net: ProtoMessage, made: Import): InternetOptions {
	const [pasta] = net.messages("pasta");
	if (net.text("backend", "NSTUN") === "NSTUN") {
		made.lacks("user_net.backend: NSTUN", "pasta carries packets in its place, and has to be installed");
	}
	for (const name of ["rule4", "rule6"]) {
		if (net.messages(name).length > 0) {
			made.lacks(`user_net.${name}`, "packets are not filtered: everything that the caller reaches can be reached");
		}
	}
	for (const name of ["ip4", "gw4", "ip6", "gw6"]) if (net.text(name) !== "") made.lacks(`user_net.${name}`, ofPasta);
	if (net.text("ns_iface") !== "") made.lacks("user_net.ns_iface", "the interface inside is called internet0");
	if (!pasta) return {};
	for (const [name, usual, why] of pastaLacking) {
		if (pasta.flag(name, usual) !== usual) made.lacks(`user_net.pasta.${name}`, why);
	}
	for (const name of ["mask4", "mask6"]) if (pasta.text(name) !== "") made.lacks(`user_net.pasta.${name}`, ofPasta);
	for (const name of ["tcp_map_out", "udp_map_out"]) {
		if (!isNothing(pasta.text(name))) {
			made.lacks(`user_net.pasta.${name}`, "no port inside leads to the caller's loopback interface: map_gw does that");
		}
	}
	if (pasta.text("dns_forward") !== "" || pasta.flag("enable_dns")) {
		made.lacks(
			"user_net.pasta.dns_forward",
			"name servers are those of the caller's /etc/resolv.conf, or of net.resolv",
		);
	}
	return {
		ipv4: pasta.flag("ip4_enabled", true) ? undefined : false,
		ipv6: pasta.flag("ip6_enabled", true) ? undefined : false,
		mapHost: pasta.flag("map_gw") || undefined,
	};
}

const isNothing = (ports: string): boolean => ports === "" || ports === "none";

/** The ports that lead inside, as pasta's option -t has them: `8080:80`, `127.0.0.1/8080-8089:80-89`. */
export function nsjailPorts(net: ProtoMessage, made: Import): string[] | undefined {
	const [pasta] = net.messages("pasta");
	const published: string[] = [];
	for (const [name, protocol] of [
		["tcp_map_in", ""],
		["udp_map_in", "/udp"],
	] as const) {
		const ports = pasta?.text(name) ?? "";
		if (isNothing(ports)) continue;
		for (const word of ports.split(",")) {
			const [, address, outer, inner = outer] =
				/^(?:([\d.]+|[\da-f:]+)\/)?(\d+(?:-\d+)?)(?::(\d+(?:-\d+)?))?$/.exec(word) ?? [];
			const at = address === undefined ? "" : address.includes(":") ? `[${address}]:` : `${address}:`;
			if (outer !== undefined) published.push(`${at}${outer}:${inner}${protocol}`);
			else made.lacks(`user_net.pasta.${name}: ${word}`, "ports are published by their numbers: name each of them");
		}
	}
	return published.length > 0 ? published : undefined;
}
