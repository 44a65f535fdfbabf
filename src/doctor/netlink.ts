/** Messages to the kernel that make an interface or a table of nftables in a throw-away network namespace. netlink(7) */
import {
	attribute,
	attributeOf,
	joined,
	type Message,
	message,
	messageOf,
	nested,
	type Piece,
	raw,
	text,
} from "../network/message.ts";

const create = "NLM_F_REQUEST|NLM_F_ACK|NLM_F_CREATE";

/** Makes an interface of this kind, such as `veth`. rtnetlink(7) */
export function newLink(kind: string): Message {
	const interfaceInfo = raw(Array<number>(16).fill(0), "");
	const info = nested("IFLA_LINKINFO", [attribute("IFLA_INFO_KIND", text(kind))]);
	const made = message("RTM_NEWLINK", `${create}|NLM_F_EXCL`, [
		interfaceInfo,
		attribute("IFLA_IFNAME", text("nskit0")),
		info,
	]);
	return { ...made, shows: `{RTM_NEWLINK, {IFLA_INFO_KIND="${kind}"}}` };
}

/** NFNL_SUBSYS_NFTABLES, NFNL_MSG_BATCH_BEGIN and _END, NFT_MSG_NEWTABLE, NFTA_TABLE_NAME: linux/netfilter/nfnetlink.h */
const [nftables, batchBegin, batchEnd, newTableMessage, tableName] = [10, 16, 17, 0, 1];

/** AF_INET */
const family = 2;

/** Makes a table of nftables, in a batch as the kernel wants it. */
export function newTable(): Message {
	// struct nfgenmsg: family, version, and the subsystem in the order of the network
	const around = (type: number): Piece => messageOf(type, "", "NLM_F_REQUEST", [raw([0, 0, 0, nftables], "")]);
	const named = attributeOf(tableName, "NFTA_TABLE_NAME", text("nskit"));
	const table = messageOf((nftables << 8) | newTableMessage, "", create, [raw([family, 0, 0, 0], ""), named]);
	const all = joined([around(batchBegin), table, around(batchEnd)], "{NFT_MSG_NEWTABLE}");
	return { ...all, size: all.bytes.length };
}
