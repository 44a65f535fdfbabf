/** The interfaces of a network namespace as rtnetlink(7) lists them, as far as others could collide with them. */
import { attributesOf, messagesOf, number32, text } from "../inspect/netlink.ts";
import { constants } from "../linux/constants.ts";

/** An interface that is there. */
export interface PresentInterface {
	readonly index: number;
	readonly name: string;
	/** Its other names. */
	readonly others: readonly string[];
	/** `bridge`, `veth`; `undefined` for hardware. */
	readonly kind: string | undefined;
	/** What is written beside it. */
	readonly alias: string;
	/** The index of the bridge it is a port of. */
	readonly master: number | undefined;
	/** The bytes of its addresses. */
	readonly addresses: readonly (readonly number[])[];
}

/** What the kernel answers when it is asked for all interfaces and all addresses. Throws a `RangeError` for what is cut short. */
export function presentInterfaces(links: Uint8Array, addresses: Uint8Array): PresentInterface[] {
	const { IFLA_IFNAME, IFLA_LINKINFO, IFLA_INFO_KIND, IFLA_IFALIAS, IFLA_MASTER, IFLA_PROP_LIST } = constants;
	const found = new Map<number, number[][]>();
	for (const { fixed, attributes } of messagesOf(addresses, "addresses")) {
		// On a link between two, the local address is ours and the other one theirs.
		const bytes = attributes.get(constants.IFA_LOCAL) ?? attributes.get(constants.IFA_ADDRESS);
		const index = fixed.getUint32(4, true);
		if (bytes) found.set(index, [...(found.get(index) ?? []), [...bytes]]);
	}
	return messagesOf(links, "links").map(({ fixed, attributes }) => {
		const index = fixed.getInt32(4, true);
		const info = attributes.get(IFLA_LINKINFO);
		const names = attributes.get(IFLA_PROP_LIST);
		return {
			index,
			name: text(attributes.get(IFLA_IFNAME)) ?? "",
			others: names ? namesIn(names) : [],
			kind: text(info && attributesOf(info).get(IFLA_INFO_KIND)),
			alias: text(attributes.get(IFLA_IFALIAS)) ?? "",
			master: number32(attributes.get(IFLA_MASTER)),
			addresses: found.get(index) ?? [],
		};
	});
}

/** A list in which every attribute is of one type. */
function namesIn(list: Uint8Array): string[] {
	const names: string[] = [];
	const view = new DataView(list.buffer, list.byteOffset, list.length);
	for (let at = 0; at + 4 <= list.length; ) {
		const size = view.getUint16(at, true);
		if (size < 4 || at + size > list.length) break;
		const name = text(list.subarray(at + 4, at + size));
		if (name !== undefined) names.push(name);
		at += (size + 3) & ~3;
	}
	return names;
}
