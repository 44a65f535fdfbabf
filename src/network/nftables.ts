/**
 * What is said to nf_tables about tables, chains and rules: linux/netfilter/nf_tables.h. Numbers in its attributes have their
 * highest byte first. All messages of a batch take effect together, or none does.
 */
import { toBytes } from "../bytes.ts";
import { attributeOf, joined, type Message, messageOf, type Piece, raw, textEndingIn } from "./message.ts";

/** The name of a table: a text, or one that ends in the number of a process, which is only known when the message is sent. */
export type TableName = string | { readonly before: string; readonly ref: string };

/** The hooks of the network layer, by their numbers. linux/netfilter.h. */
const hooks = { prerouting: 0, forward: 2, output: 3, postrouting: 4 } as const;

/** A chain of rules; one without a hook is only reached from other chains. */
export interface Chain {
	readonly name: string;
	readonly base?: {
		readonly type: "filter" | "nat";
		readonly hook: keyof typeof hooks;
		/** Lower ones come first: -300 is before connections are known, at -100 and 100 addresses are changed. */
		readonly priority: number;
	};
	readonly rules: readonly Rule[];
}

/** Expressions in order, each looking at what the one before has loaded, and at last a verdict. */
export type Rule = readonly Piece[];

/** linux/netfilter/nfnetlink.h: the messages around a batch, and the subsystem that it is for. */
const [batchBegin, batchEnd, subsystem] = [0x10, 0x11, 10];
const types = { NFT_MSG_NEWTABLE: 0, NFT_MSG_DELTABLE: 2, NFT_MSG_NEWCHAIN: 3, NFT_MSG_NEWRULE: 6 } as const;
/** NFPROTO_INET: IPv4 and IPv6. */
const inet = 1;
/** The table belongs to the socket that has made it, and ends with that. Linux 5.12. */
const owned = 2;
/** NF_ACCEPT: what happens to what no rule of a chain has decided about. */
const accept = 1;
const nestedFlag = 0x8000;

/** `struct nfgenmsg`: family, version, and a number of 16 bits. */
const general = (family: number, resource = 0): Piece => raw([family, 0, resource >> 8, resource & 0xff], "");

export const number = (value: number): Piece =>
	raw([(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff], "");
export const words = (value: string): Piece => raw([...toBytes(value), 0], "");
export const field = (type: number, value: Piece): Piece => attributeOf(type, `attribute ${type}`, value);
export const group = (type: number, values: readonly Piece[]): Piece => field(type | nestedFlag, joined(values));

/** What a name that is filled in at run time has room for: its digits, and the NULs behind them. */
const nameSize = 32;
const nameOf = (name: TableName): Piece =>
	typeof name === "string" ? words(name) : textEndingIn(name.before, name.ref, nameSize);
const shown = (name: TableName): string => `inet ${typeof name === "string" ? name : `${name.before}$${name.ref}`}`;

/** A message to nf_tables; `shows` is how nft(8) would be told. */
function message(type: keyof typeof types, flags: string, shows: string, parts: readonly Piece[]): Message {
	const all = ["NLM_F_REQUEST", ...(flags === "" ? [] : [flags])].join("|");
	return { ...messageOf((subsystem << 8) | types[type], type, all, [general(inet), ...parts]), shows };
}

/**
 * A table with its chains and rules, as one batch that is answered once. It is there in whole or not at all; EEXIST: there is
 * one of that name. `isOwned`: it ends with the socket that sends this, and nobody else can change it.
 */
export function newTable(name: TableName, chains: readonly Chain[], isOwned: boolean): Message {
	const table = shown(name);
	const named = nameOf(name);
	const messages = [
		message(
			"NFT_MSG_NEWTABLE",
			"NLM_F_CREATE|NLM_F_EXCL",
			`create table ${table}${isOwned ? " { flags owner; }" : ""}`,
			[field(1, named), ...(isOwned ? [field(2, number(owned))] : [])],
		),
	];
	for (const chain of chains) messages.push(newChain(table, named, chain));
	for (const { name: chain, rules } of chains)
		for (const rule of rules) messages.push(newRule(table, named, chain, rule));
	return batch(messages);
}

/** Takes a table with all that is in it away. */
export const deleteTable = (name: TableName): Message =>
	batch([message("NFT_MSG_DELTABLE", "", `delete table ${shown(name)}`, [field(1, nameOf(name))])]);

function newChain(table: string, named: Piece, { name, base }: Chain): Message {
	const hook = base && `{ type ${base.type} hook ${base.hook} priority ${base.priority}; }`;
	return message("NFT_MSG_NEWCHAIN", "NLM_F_CREATE", ["add chain", table, name, ...(hook ? [hook] : [])].join(" "), [
		field(1, named),
		field(3, words(name)),
		...(base
			? [
					group(4, [field(1, number(hooks[base.hook])), field(2, number(base.priority))]),
					field(5, number(accept)),
					field(7, words(base.type)),
				]
			: []),
	]);
}

function newRule(table: string, named: Piece, chain: string, rule: Rule): Message {
	const says: string[] = [];
	for (const { shows } of rule) if (shows !== "") says.push(shows);
	return message("NFT_MSG_NEWRULE", "NLM_F_CREATE|NLM_F_APPEND", `add rule ${table} ${chain} ${says.join(" ")}`, [
		field(1, named),
		field(2, words(chain)),
		group(4, rule),
	]);
}

/** These messages as one. Only the last is answered when all is well, and otherwise the first that fails. */
function batch(messages: readonly Message[]): Message {
	const around = (type: number, name: string) => messageOf(type, name, "NLM_F_REQUEST", [general(0, subsystem)]);
	const parts: Piece[] = [around(batchBegin, "NFNL_MSG_BATCH_BEGIN")];
	const says: string[] = [];
	messages.forEach(({ bytes, size, fill, shows }, i) => {
		const sent = bytes.slice(0, size);
		// NLM_F_ACK, in the second half of struct nlmsghdr.
		if (i === messages.length - 1) sent[6] = (sent[6] ?? 0) | 4;
		parts.push({ bytes: sent, fill, shows });
		says.push(shows);
	});
	parts.push(around(batchEnd, "NFNL_MSG_BATCH_END"));
	const all = joined(parts, `{${says.join("; ")}}`);
	return { ...all, size: all.bytes.length };
}
