/** Messages to the kernel that make an interface or a table of nftables in a throw-away network namespace. netlink(7) */
import { constants } from "../linux/constants.ts";

const { RTM_NEWLINK, NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL } = constants;
const { IFLA_IFNAME, IFLA_LINKINFO, IFLA_INFO_KIND } = constants;

/** The low and the high byte of 16 bits. */
const half = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];
const word = (value: number): number[] => [...half(value), ...half(value >>> 16)];
const padded = (bytes: readonly number[]): number[] => [...bytes, ...new Array<number>(-bytes.length & 3).fill(0)];
const text = (value: string): number[] => [...new TextEncoder().encode(`${value}\0`)];

/** `struct nlattr` and what it holds. */
const attribute = (type: number, value: readonly number[]): number[] =>
	padded([...half(4 + value.length), ...half(type), ...value]);

/** `struct nlmsghdr` and what follows. */
const message = (type: number, flags: number, body: readonly number[]): number[] => [
	...word(16 + body.length),
	...[...half(type), ...half(flags)],
	...[...word(1), ...word(0)],
	...body,
];

/** Makes an interface of this kind, such as `veth`. rtnetlink(7) */
export function newLink(kind: string): number[] {
	const info = attribute(IFLA_LINKINFO, attribute(IFLA_INFO_KIND, text(kind)));
	const interfaceInfo = new Array<number>(16).fill(0);
	const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	return message(RTM_NEWLINK, flags, [...interfaceInfo, ...attribute(IFLA_IFNAME, text("nskit0")), ...info]);
}

/** NFNL_SUBSYS_NFTABLES, NFNL_MSG_BATCH_BEGIN and _END, NFT_MSG_NEWTABLE, NFTA_TABLE_NAME: linux/netfilter/nfnetlink.h */
const [nftables, batchBegin, batchEnd, newTableMessage, tableName] = [10, 16, 17, 0, 1];

/** AF_INET */
const family = 2;

/** Makes a table of nftables, in a batch as the kernel wants it. */
export function newTable(): number[] {
	// struct nfgenmsg: family, version, and the subsystem in the order of the network
	const batch = [0, 0, 0, nftables];
	const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
	const table = [family, 0, 0, 0, ...attribute(tableName, text("nskit"))];
	return [
		...message(batchBegin, NLM_F_REQUEST, batch),
		...message((nftables << 8) | newTableMessage, flags, table),
		...message(batchEnd, NLM_F_REQUEST, batch),
	];
}
