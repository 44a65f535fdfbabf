/** Which of what is sent out of a sandbox is let through, as words: `allow 192.0.2.0/24:443/tcp`, `deny any`. */
import type { Problem } from "../plan/types.ts";
import { type AddressWithPrefix, isNetwork, readAddress, readAddressWithPrefix } from "./address.ts";
import { portsOf } from "./publish.ts";

/** A rule: `allow` or `deny`, a space, and `NETWORK[:PORT[-PORT]][/tcp|/udp]`, or `any` for all networks. */
export type TrafficRule = `allow ${string}` | `deny ${string}`;

/** One rule, read. */
export interface Traffic {
	readonly allows: boolean;
	/** Where it is sent to. @default everywhere */
	readonly network?: AddressWithPrefix;
	/** @default all protocols, or with ports both of those that have them */
	readonly protocol?: "tcp" | "udp";
	/** The first and the last port there. @default all */
	readonly ports?: { readonly first: number; readonly last: number };
}

/** What words say, and what is wrong with them. */
export interface ReadTraffic {
	readonly traffic: readonly Traffic[];
	readonly problems: readonly Problem[];
}

/** All of them are one message to the kernel, which has its limits. */
const mostRules = 200;

const hint =
	"write NETWORK[:PORT[-PORT]][/tcp|/udp], such as 192.0.2.0/24, 192.0.2.9:443/tcp, [2001:db8::/32]:53, any:53/udp";

/** Every rule read, with all that is wrong. */
export function readTraffic(rules: readonly string[]): ReadTraffic {
	const traffic: Traffic[] = [];
	const problems: Problem[] = [];
	for (const rule of rules) {
		const one = readOne(rule);
		if (typeof one !== "string") traffic.push(one);
		else problems.push({ code: "RULE_INVALID", message: `${JSON.stringify(rule)} is no rule: ${one}`, hint });
	}
	if (rules.length > mostRules)
		problems.push({
			code: "RULE_TOO_MANY",
			message: `${rules.length} rules are more than ${mostRules}`,
			hint: "name larger networks, or ranges of ports",
		});
	return { traffic, problems };
}

/** The rule, or why it is none. */
function readOne(rule: string): Traffic | string {
	const [, verb, where = ""] = /^(allow|deny) (.*)$/s.exec(rule) ?? [];
	if (verb === undefined) return "it begins neither with allow nor with deny";
	const [, rest = "", named] = /^(.*?)(?:\/(tcp|udp))?$/s.exec(where) ?? [];
	const parts = /^(?:\[([^\]]*:[^\]]*)\]|([^:[\]]*))(?::([^:[\]]*))?$/s.exec(rest);
	// An address of IPv6 without ports needs no brackets.
	const [place, words] = parts ? [parts[1] ?? parts[2] ?? "", parts[3]] : [rest, undefined];
	const ports = words === undefined ? undefined : portsOf(words);
	if (typeof ports === "string") return ports;
	const network = place === "any" ? undefined : networkOf(place);
	if (typeof network === "string") return network;
	const protocol = named === "tcp" || named === "udp" ? named : undefined;
	return {
		allows: verb === "allow",
		...(network && { network }),
		...(protocol && { protocol }),
		...(ports && { ports }),
	};
}

/** A single address is a network of one. */
function networkOf(text: string): AddressWithPrefix | string {
	const single = readAddress(text);
	const network = single ? { ...single, prefix: 8 * single.bytes.length } : readAddressWithPrefix(text);
	if (!network) return `${JSON.stringify(text)} is neither any nor an address nor a network`;
	return isNetwork(network) ? network : `${text} has bits behind its prefix`;
}
