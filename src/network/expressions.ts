/** The expressions of rules of nf_tables, with the words that nft(8) has for them. Registers 1 and 2 take 16 bytes each. */
import { half, type Piece, raw, result32, word } from "./message.ts";
import { field, group, number, words } from "./nftables.ts";

/** One expression by its name, as an element of the list of a rule. */
function expression(name: string, parts: readonly Piece[], shows = ""): Piece {
	return { ...group(1, [field(1, words(name)), group(2, parts)]), shows };
}

const [loaded, second] = [number(1), number(2)];
const value = (piece: Piece): Piece => group(3, [field(1, piece)]);

type Comparison = "==" | "!=" | "<=" | ">=";
const comparisons = { "==": 0, "!=": 1, "<=": 3, ">=": 5 } as const;

const compare = (how: Comparison, with_: Piece, shows = ""): Piece =>
	expression("cmp", [field(1, loaded), field(2, number(comparisons[how])), value(with_)], shows);

/** Of these bits of what is loaded some are set. */
function someOf(mask: readonly number[], shows: string): Piece[] {
	return [
		masked(mask),
		compare(
			"!=",
			raw(
				mask.map(() => 0),
				"",
			),
			shows,
		),
	];
}

const masked = (mask: readonly number[]): Piece =>
	expression("bitwise", [
		field(1, loaded),
		field(2, loaded),
		field(3, number(mask.length)),
		group(4, [field(1, raw(mask, ""))]),
		group(5, [
			field(
				1,
				raw(
					mask.map(() => 0),
					"",
				),
			),
		]),
	]);

const keys = { iif: 4, oif: 5, nfproto: 15, l4proto: 16 } as const;
const meta = (key: keyof typeof keys): Piece => expression("meta", [field(1, loaded), field(2, number(keys[key]))]);

/** What comes in or goes out by the interface with this index, or by another one. `index`: the result that it is. */
export function byInterface(which: "iif" | "oif", index: string, how: "==" | "!=" = "=="): Piece[] {
	return [meta(which), compare(how, result32(index), `${which} ${how === "==" ? "" : "!= "}$${index}`)];
}

/** 4 or 16 bytes of an address tell the version of the internet protocol: 4 or 6. */
export type Family = 4 | 6;
export const familyOf = (bytes: readonly number[]): Family => (bytes.length === 4 ? 4 : 6);

const protocolFamilies = { 4: [2, "ipv4"], 6: [10, "ipv6"] } as const;

export const ofFamily = (family: Family, shows = `meta nfproto ${protocolFamilies[family][1]}`): Piece[] => [
	meta("nfproto"),
	compare("==", raw([protocolFamilies[family][0]], ""), shows),
];

const payload = (base: "network" | "transport", offset: number, size: number): Piece =>
	expression("payload", [
		field(1, loaded),
		field(2, number(base === "network" ? 1 : 2)),
		field(3, number(offset)),
		field(4, number(size)),
	]);

/** Where addresses lie in the headers of both. */
const offsets = { 4: { saddr: 12, daddr: 16 }, 6: { saddr: 8, daddr: 24 } } as const;

/** What comes from or goes to this address, or one of a network of `prefix` bits. `text`: the address as it was written. */
export function byAddress(which: "saddr" | "daddr", bytes: readonly number[], text: string, prefix?: number): Piece[] {
	const family = familyOf(bytes);
	const shows = `${family === 4 ? "ip" : "ip6"} ${which} ${text}${prefix === undefined ? "" : `/${prefix}`}`;
	return [
		...ofFamily(family, ""),
		payload("network", offsets[family][which], bytes.length),
		...(prefix === undefined ? [] : [masked(maskOf(bytes.length, prefix))]),
		compare("==", raw(bytes, ""), shows),
	];
}

function maskOf(size: number, prefix: number): number[] {
	const mask: number[] = [];
	for (let at = 0; at < size; at++) mask.push(0xff & ~(0xff >> Math.min(8, Math.max(0, prefix - 8 * at))));
	return mask;
}

/** What goes to these ports. */
export function toPorts(protocol: "tcp" | "udp", first: number, last: number): Piece[] {
	const shows = `${protocol} dport ${first === last ? first : `${first}-${last}`}`;
	const port = payload("transport", 2, 2);
	return [
		meta("l4proto"),
		compare("==", raw([protocol === "tcp" ? 6 : 17], "")),
		port,
		...(first === last
			? [compare("==", portBytes(first), shows)]
			: [compare(">=", portBytes(first)), compare("<=", portBytes(last), shows)]),
	];
}

const portBytes = (port: number): Piece => raw(half(port).toReversed(), "");

/** What goes to an address of this machine. RTN_LOCAL. */
export const toThisMachine: readonly Piece[] = [
	expression("fib", [field(1, loaded), field(2, number(3)), field(3, number(2))]),
	compare("==", raw(word(2), ""), "fib daddr type local"),
];

const connection = (key: "state" | "status"): Piece =>
	expression("ct", [field(1, loaded), field(2, number(key === "state" ? 0 : 2))]);

/** What belongs to a connection that was led elsewhere. IPS_DST_NAT. */
export const redirected: readonly Piece[] = [connection("status"), ...someOf(word(0x20), "ct status dnat")];

/** What belongs to a connection that has been answered, or goes with one. */
export const answering: readonly Piece[] = [
	connection("state"),
	...someOf(word(2 | 4), "ct state established,related"),
];

const codes = { drop: 0, accept: 1, return: -5, jump: -3 } as const;

const verdictOf = (code: number, to: readonly Piece[], shows: string): Piece =>
	expression("immediate", [field(1, number(0)), group(2, [group(2, [field(1, number(code)), ...to])])], shows);

export const verdict = (name: "drop" | "accept" | "return"): Piece => verdictOf(codes[name], [], name);

/** Goes on in that chain, and behind this rule where no rule there has decided. */
export const jump = (chain: string): Piece => verdictOf(codes.jump, [field(2, words(chain))], `jump ${chain}`);

/** Gives what leaves the address of the interface that it leaves by. */
export const masquerade: Piece = expression("masq", [], "masquerade");

const immediate = (register: Piece, bytes: Piece): Piece =>
	expression("immediate", [field(1, register), group(2, [field(1, bytes)])]);

/** Leads to this address, to the same port or another one. */
export function leadTo(bytes: readonly number[], text: string, port: number | undefined): Piece[] {
	const family = familyOf(bytes);
	const where = port === undefined ? text : `${family === 4 ? text : `[${text}]`}:${port}`;
	const shows = `dnat ${family === 4 ? "ip" : "ip6"} to ${where}`;
	const parts = [field(1, number(1)), field(2, number(protocolFamilies[family][0])), field(3, loaded)];
	const address = immediate(loaded, raw(bytes, ""));
	if (port === undefined) return [address, expression("nat", parts, shows)];
	return [address, immediate(second, portBytes(port)), expression("nat", [...parts, field(5, second)], shows)];
}

const protocols = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 } as const;

/** What is of this protocol. */
export const ofProtocol = (name: keyof typeof protocols): Piece[] => [
	meta("l4proto"),
	compare("==", raw([protocols[name]], ""), `meta l4proto ${name}`),
];

/** What stays in this network namespace. Its loopback interface has the index 1. */
export const toLoopbackInterface: readonly Piece[] = [meta("oif"), compare("==", raw(word(1), ""), "oif lo")];

/** What belongs to a connection that has been answered. */
export const established: readonly Piece[] = [connection("state"), ...someOf(word(2), "ct state established")];

/** Errors about connections. Nothing else that is related to one, which a program could bring about. */
export const errorsOfConnections: readonly Piece[][] = (["icmp", "icmpv6"] as const).map((name) => [
	...ofProtocol(name),
	connection("state"),
	...someOf(word(4), "ct state related"),
]);

const icmpv6Type: readonly Piece[] = [...ofProtocol("icmpv6"), payload("transport", 0, 1)];

/** What IPv6 asks and tells neighbours by, and says which groups it listens to: without that nobody is found. */
export const neighbours: readonly Piece[][] = [
	[...icmpv6Type, compare(">=", raw([133], "")), compare("<=", raw([136], ""), "icmpv6 type 133-136")],
	[...icmpv6Type, compare("==", raw([143], ""), "icmpv6 type 143")],
];

/** Drops it, and says so to who has sent it. linux/netfilter/nf_tables.h, NFT_REJECT_TCP_RST and NFT_REJECT_ICMPX_UNREACH. */
export const refuse = (how: "tcp reset" | "icmpx admin-prohibited"): Piece =>
	expression(
		"reject",
		how === "tcp reset" ? [field(1, number(1))] : [field(1, number(2)), field(2, raw([3], ""))],
		`reject with ${how}`,
	);
