/** What is said to rtnetlink(7) about interfaces, addresses and routes. Indices and descriptors are results of earlier calls. */
import { constants } from "../linux/constants.ts";
import type { AddressWithPrefix } from "./address.ts";
import {
	attribute,
	bareText,
	constant32,
	flaggedNested,
	joined,
	type Message,
	message,
	nested,
	number16,
	number32,
	type Piece,
	raw,
	result32,
	text,
	textEndingIn,
	word,
} from "./message.ts";

/** A name: a text, or one that ends in the number of a process. */
export type LinkName = string | { readonly before: string; readonly ref: string };

/** IFNAMSIZ of the kernel: a name with its NUL. */
const nameSize = 16;

const namePiece = (name: LinkName): Piece =>
	typeof name === "string" ? text(name) : textEndingIn(name.before, name.ref, nameSize);

const [ask, change] = ["NLM_F_REQUEST", "NLM_F_REQUEST|NLM_F_ACK"];
const make = `${change}|NLM_F_CREATE|NLM_F_EXCL`;
const nothing: Piece = { bytes: [], shows: "", fill: [] };

/** Which interface `struct ifinfomsg` is about, and whether it is up. */
export interface InterfaceInfo {
	/** The result that is its index. @default 0, none */
	readonly index?: string;
	/** Bring it up, or back to how the flags in this result are. */
	readonly up?: true | { readonly flags: string };
}

/** `struct ifinfomsg`: family, type, index, flags, and which of the flags are meant. */
function interfaceInfo({ index, up }: InterfaceInfo): Piece {
	const shown: string[] = [];
	if (index !== undefined) shown.push(`ifi_index=$${index}`);
	if (up) shown.push(`ifi_flags=${up === true ? "IFF_UP" : `$${up.flags}`}`, "ifi_change=IFF_UP");
	const flags = up === undefined ? number32(0) : up === true ? constant32("IFF_UP") : result32(up.flags);
	const parts = [
		number32(0),
		index === undefined ? number32(0) : result32(index),
		flags,
		up ? constant32("IFF_UP") : number32(0),
	];
	return joined(parts, `{${shown.join(", ")}}`);
}

/** What an interface gets when it is made or changed. */
export interface LinkFields {
	readonly name?: LinkName | undefined;
	/** The result that is a descriptor of the network namespace it goes to. */
	readonly namespace?: string | undefined;
	/** Bytes. */
	readonly mtu?: number | undefined;
	readonly mac?: readonly number[] | undefined;
	/** The result that is the index of the bridge it becomes a port of. */
	readonly master?: string | undefined;
	/** The result that is the index of the interface it is made on. */
	readonly parent?: string | undefined;
	/** What is written beside it for people: up to 255 bytes. */
	readonly alias?: string | undefined;
}

function fieldPieces({ name, namespace, mtu, mac, master, parent, alias }: LinkFields): Piece[] {
	const pieces: Piece[] = [];
	if (parent !== undefined) pieces.push(attribute("IFLA_LINK", result32(parent)));
	if (mtu !== undefined) pieces.push(attribute("IFLA_MTU", number32(mtu)));
	if (mac !== undefined) pieces.push(attribute("IFLA_ADDRESS", raw(mac, macText(mac))));
	if (master !== undefined) pieces.push(attribute("IFLA_MASTER", result32(master)));
	if (namespace !== undefined) pieces.push(attribute("IFLA_NET_NS_FD", result32(namespace)));
	if (alias !== undefined) pieces.push(attribute("IFLA_IFALIAS", bareText(alias)));
	if (name !== undefined) pieces.push(attribute("IFLA_IFNAME", namePiece(name)));
	return pieces;
}

const macText = (mac: readonly number[]): string => mac.map((one) => one.toString(16).padStart(2, "0")).join(":");

/** What kind of interface is made, with what only that kind has. */
export type LinkKind =
	| { readonly kind: "dummy" | "bridge" }
	| { readonly kind: "veth"; readonly peer: LinkFields }
	| { readonly kind: "macvlan"; readonly mode: keyof typeof macvlanModes }
	| { readonly kind: "ipvlan"; readonly mode: keyof typeof ipvlanModes };

/** linux/if_link.h: how interfaces on the same parent reach one another. */
export const macvlanModes = { private: 1, vepa: 2, bridge: 4, passthru: 8 } as const;
/** linux/if_link.h: whether frames or packets are handed on. */
export const ipvlanModes = { l2: 0, l3: 1, l3s: 2 } as const;

function kindPiece(link: LinkKind): Piece {
	const kind = attribute("IFLA_INFO_KIND", bareText(link.kind));
	if (!("peer" in link || "mode" in link)) return nested("IFLA_LINKINFO", [kind]);
	return nested("IFLA_LINKINFO", [kind, nested("IFLA_INFO_DATA", [kindData(link)])]);
}

function kindData(link: Extract<LinkKind, { peer: unknown } | { mode: unknown }>): Piece {
	if (link.kind === "veth") return nested("VETH_INFO_PEER", [interfaceInfo({}), ...fieldPieces(link.peer)]);
	if (link.kind === "macvlan") {
		const mode = { ...number32(macvlanModes[link.mode]), shows: link.mode };
		return attribute("IFLA_MACVLAN_MODE", mode);
	}
	return attribute("IFLA_IPVLAN_MODE", { ...number16(ipvlanModes[link.mode]), shows: link.mode });
}

/** Makes an interface. EEXIST: there is one of that name. */
export function newLink(link: LinkKind, fields: LinkFields, info: Pick<InterfaceInfo, "up"> = {}): Message {
	return message("RTM_NEWLINK", make, [interfaceInfo(info), kindPiece(link), ...fieldPieces(fields)]);
}

/** Changes the interface with this index: brings it up, gives it another name, moves it to another namespace. */
export function setLink(info: InterfaceInfo & { readonly index: string }, fields: LinkFields = {}): Message {
	return message("RTM_NEWLINK", change, [interfaceInfo(info), ...fieldPieces(fields)]);
}

/** Takes the interface with this index away. */
export const deleteLink = (index: string): Message => message("RTM_DELLINK", change, [interfaceInfo({ index })]);

/** Gives the interface with this index one more name, which no interface is called by otherwise. Linux 5.5. */
export const addName = (index: string, name: string): Message =>
	message("RTM_NEWLINKPROP", `${change}|NLM_F_CREATE|NLM_F_EXCL`, [
		interfaceInfo({ index }),
		flaggedNested("IFLA_PROP_LIST", [attribute("IFLA_ALT_IFNAME", text(name))]),
	]);

/** Asks for one interface by its name, or by one that `addName` gave it. */
export function getLink(name: LinkName | { readonly other: string }): Message {
	const named =
		typeof name === "object" && "other" in name
			? attribute("IFLA_ALT_IFNAME", text(name.other))
			: attribute("IFLA_IFNAME", namePiece(name));
	return message("RTM_GETLINK", ask, [interfaceInfo({}), named]);
}

/** Asks for all ports of the bridge with this index: the answer ends at once where there are none. */
export const getPorts = (bridge: string): Message =>
	message("RTM_GETLINK", "NLM_F_REQUEST|NLM_F_DUMP", [interfaceInfo({}), attribute("IFLA_MASTER", result32(bridge))]);

const familyOf = (bytes: readonly number[]): "AF_INET" | "AF_INET6" => (bytes.length === 4 ? "AF_INET" : "AF_INET6");

/** Gives an interface an address. One of IPv6 is used at once, and not after looking for somebody who has it already. */
export function newAddress(index: string, { bytes, prefix, text: shown }: AddressWithPrefix): Message {
	const family = familyOf(bytes);
	const flags = family === "AF_INET6" ? constants.IFA_F_NODAD : 0;
	const shownFlags = flags === 0 ? "" : ", ifa_flags=IFA_F_NODAD";
	// struct ifaddrmsg: family, length of the prefix, flags, scope, index
	const head = joined(
		[raw([constants[family], prefix, flags, constants.RT_SCOPE_UNIVERSE], ""), result32(index)],
		`{${family}, ifa_prefixlen=${prefix}${shownFlags}, ifa_index=$${index}}`,
	);
	const address = raw(bytes, shown);
	return message("RTM_NEWADDR", make, [head, attribute("IFA_LOCAL", address), attribute("IFA_ADDRESS", address)]);
}

/** Where a route leads: through a gateway, or to neighbours. */
export interface RouteFields {
	readonly to: AddressWithPrefix;
	readonly via?: { readonly bytes: readonly number[]; readonly text: string } | undefined;
}

/** Adds a route through the interface with this index. */
export function newRoute(index: string, { to, via }: RouteFields): Message {
	const family = familyOf(to.bytes);
	const scope = via === undefined && family === "AF_INET" ? "RT_SCOPE_LINK" : "RT_SCOPE_UNIVERSE";
	const { RT_TABLE_MAIN, RTPROT_STATIC, RTN_UNICAST } = constants;
	// struct rtmsg: family, lengths of the prefixes of destination and source, type of service, table, origin, scope, type, flags
	const head = raw(
		[constants[family], to.prefix, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, constants[scope], RTN_UNICAST, ...word(0)],
		`{${family}, rtm_dst_len=${to.prefix}, RT_TABLE_MAIN, RTPROT_STATIC, ${scope}, RTN_UNICAST}`,
	);
	const destination = to.prefix === 0 ? nothing : attribute("RTA_DST", raw(to.bytes, to.text));
	const gateway = via === undefined ? nothing : attribute("RTA_GATEWAY", raw(via.bytes, via.text));
	const parts = [head, destination, gateway, attribute("RTA_OIF", result32(index))];
	return message(
		"RTM_NEWROUTE",
		make,
		parts.filter((one) => one !== nothing),
	);
}
