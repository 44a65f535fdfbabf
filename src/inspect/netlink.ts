/** What rtnetlink(7) answers when it is asked for all interfaces, addresses or routes. */
import { fromBytes } from "../bytes.ts";
import { constants } from "../linux/constants.ts";
import { errnoName } from "../linux/errno.ts";
import { decodeAddress } from "../observe/address.ts";
import type { InspectedNetwork, NetworkInterface, Route } from "./types.ts";

const { AF_INET, AF_INET6, NLM_F_REQUEST } = constants;

/** `linux/netlink.h` and `linux/rtnetlink.h`: the dumps that are asked for, and what they are answered with. */
export const dumps = { links: 18, addresses: 22, routes: 26 } as const;
const answers = { links: 16, addresses: 20, routes: 24 } as const;
const [NLMSG_ERROR, NLM_F_DUMP, headerSize] = [2, 0x300, 16];
/** `struct ifinfomsg`, `struct ifaddrmsg`, `struct rtmsg`. */
const sizes = { links: 16, addresses: 8, routes: 12 } as const;

type Dump = keyof typeof dumps;

/** The question for all of them: `struct nlmsghdr` and an empty structure behind it. */
export function dumpRequest(dump: Dump): number[] {
	const flags = NLM_F_REQUEST | NLM_F_DUMP;
	const length = headerSize + sizes[dump];
	return [length, 0, 0, 0, dumps[dump], 0, flags & 0xff, flags >> 8, ...new Array(8 + sizes[dump]).fill(0)];
}

/** A message: its fixed part, and its attributes by number. */
export interface Message {
	readonly fixed: DataView;
	readonly attributes: ReadonlyMap<number, Uint8Array>;
}

/** The messages of a dump. Throws a `RangeError` for what is cut short, and for an error that the kernel answered. */
export function messagesOf(bytes: Uint8Array, dump: Dump): Message[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const found: Message[] = [];
	for (let at = 0; at + headerSize <= bytes.length; ) {
		const [size, type] = [view.getUint32(at, true), view.getUint16(at + 4, true)];
		if (size < headerSize || at + size > bytes.length) throw new RangeError("an answer of netlink is cut short");
		const error = type === NLMSG_ERROR && size >= headerSize + 4 ? -view.getInt32(at + headerSize, true) : 0;
		if (error !== 0) throw new RangeError(`netlink answers ${errnoName(error)}`);
		const fixedEnd = at + headerSize + sizes[dump];
		if (type === answers[dump] && fixedEnd <= at + size) {
			const fixed = new DataView(bytes.buffer, bytes.byteOffset + at + headerSize, sizes[dump]);
			found.push({ fixed, attributes: attributesOf(bytes.subarray(fixedEnd, at + size)) });
		}
		at += align4(size);
	}
	return found;
}

const align4 = (size: number): number => (size + 3) & ~3;

/** `struct rtattr`: length, type, and what it holds. */
export function attributesOf(bytes: Uint8Array): Map<number, Uint8Array> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const found = new Map<number, Uint8Array>();
	for (let at = 0; at + 4 <= bytes.length; ) {
		const size = view.getUint16(at, true);
		if (size < 4 || at + size > bytes.length) throw new RangeError("an attribute of netlink is cut short");
		found.set(view.getUint16(at + 2, true) & 0x3fff, bytes.subarray(at + 4, at + size));
		at += align4(size);
	}
	return found;
}

export function number32(bytes: Uint8Array | undefined): number | undefined {
	if (!bytes || bytes.length < 4) return undefined;
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
}

export function text(bytes: Uint8Array | undefined): string | undefined {
	if (!bytes) return undefined;
	const end = bytes.indexOf(0);
	return fromBytes(end < 0 ? bytes : bytes.subarray(0, end));
}

/** An address of the internet; `undefined` for bytes that are none. */
export function addressText(bytes: Uint8Array): string | undefined {
	if (bytes.length === 4) return bytes.join(".");
	if (bytes.length !== 16) return undefined;
	return decodeAddress(Uint8Array.from([AF_INET6, 0, 0, 0, 0, 0, 0, 0, ...bytes, 0, 0, 0, 0]))?.address;
}

/** IFLA_OPERSTATE: `linux/if.h`. */
const states = ["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"] as const;
const [IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_OPERSTATE, IFLA_LINKINFO, IFLA_INFO_KIND] = [1, 3, 4, 16, 18, 1];
const [IFA_ADDRESS, IFA_LOCAL] = [1, 2];

/** The interfaces with their addresses. */
export function interfacesOf(links: Uint8Array, addresses: Uint8Array): NetworkInterface[] {
	const found = new Map<number, string[]>();
	for (const { fixed, attributes } of messagesOf(addresses, "addresses")) {
		// On a link between two, the local address is ours and the other one theirs.
		const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
		const address = bytes && addressText(bytes);
		const index = fixed.getUint32(4, true);
		if (address !== undefined) found.set(index, [...(found.get(index) ?? []), `${address}/${fixed.getUint8(1)}`]);
	}
	return messagesOf(links, "links").map(({ fixed, attributes }) => {
		const index = fixed.getInt32(4, true);
		const info = attributes.get(IFLA_LINKINFO);
		return {
			index,
			name: text(attributes.get(IFLA_IFNAME)) ?? String(index),
			type: text(info && attributesOf(info).get(IFLA_INFO_KIND)),
			state: states[attributes.get(IFLA_OPERSTATE)?.[0] ?? 0] ?? "unknown",
			up: (fixed.getUint32(8, true) & constants.IFF_UP) !== 0,
			mtu: number32(attributes.get(IFLA_MTU)) ?? 0,
			link: linkAddress(attributes.get(IFLA_ADDRESS)),
			addresses: found.get(index) ?? [],
		};
	});
}

function linkAddress(bytes: Uint8Array | undefined): string | undefined {
	if (!bytes || bytes.length === 0) return undefined;
	return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join(":");
}

const [RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_TABLE] = [1, 4, 5, 6, 15];
/** RTN_UNICAST and its like. */
const routeTypes =
	"unspecified unicast local broadcast anycast multicast blackhole unreachable prohibit throw nat".split(" ");
const localTable = 255;

/** The routes, with the interfaces by name. Those of the kernel's own table `local` are left out. */
export function routesOf(routes: Uint8Array, interfaces: InspectedNetwork["interfaces"]): Route[] {
	const found: Route[] = [];
	for (const { fixed, attributes } of messagesOf(routes, "routes")) {
		const family = fixed.getUint8(0);
		const table = number32(attributes.get(RTA_TABLE)) ?? fixed.getUint8(4);
		if (table === localTable || (family !== AF_INET && family !== AF_INET6)) continue;
		const [to, gateway] = [attributes.get(RTA_DST), attributes.get(RTA_GATEWAY)];
		const index = number32(attributes.get(RTA_OIF));
		found.push({
			to: to ? `${addressText(to)}/${fixed.getUint8(1)}` : "default",
			family: family === AF_INET ? "ipv4" : "ipv6",
			type: routeTypes[fixed.getUint8(7)] ?? String(fixed.getUint8(7)),
			gateway: gateway && addressText(gateway),
			interface:
				index === undefined ? undefined : (interfaces.find((one) => one.index === index)?.name ?? String(index)),
			metric: number32(attributes.get(RTA_PRIORITY)),
			table,
		});
	}
	return found;
}
