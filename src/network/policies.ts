/** Rules of others that packets of a sandbox do not get past: what a table accepts, another one may drop. nft(8). */
import { attributesOf, text } from "../inspect/netlink.ts";
import { constants } from "../linux/constants.ts";

/** linux/netfilter/nf_tables.h: all chains are asked for, and each is a message of its own. */
const [getChain, newChain, subsystem] = [4, 3, 10];
const [headerSize, generalSize] = [16, 4];
const [NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, NFTA_CHAIN_HOOK, NFTA_CHAIN_POLICY, NFTA_HOOK_HOOKNUM] = [1, 3, 4, 5, 1];
/** NF_INET_FORWARD and NF_DROP. */
const [forwardHook, drop] = [2, 0];
/** Families of tables that see packets of the internet, by their numbers. */
const families: Readonly<Record<number, string>> = { 1: "inet", 2: "ip", 10: "ip6" };

/** The question for all chains: `struct nlmsghdr` and `struct nfgenmsg`. */
export function chainsRequest(): number[] {
	const flags = constants.NLM_F_REQUEST | constants.NLM_F_DUMP;
	const type = [getChain, subsystem, flags & 0xff, flags >> 8];
	return [headerSize + generalSize, 0, 0, 0, ...type, ...new Array<number>(8 + generalSize).fill(0)];
}

/** The chains that drop what is forwarded and what none of their rules accepts, such as `ip filter FORWARD`. */
export function droppingChains(answer: Uint8Array): string[] {
	const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
	const found: string[] = [];
	for (let at = 0; at + headerSize + generalSize <= answer.length; ) {
		const size = view.getUint32(at, true);
		if (size < headerSize || at + size > answer.length) throw new RangeError("an answer of netlink is cut short");
		if (view.getUint16(at + 4, true) === ((subsystem << 8) | newChain) && size >= headerSize + generalSize) {
			const family = families[view.getUint8(at + headerSize)];
			const name = droppingName(answer.subarray(at + headerSize + generalSize, at + size));
			if (family !== undefined && name !== undefined) found.push(`${family} ${name}`);
		}
		at += (size + 3) & ~3;
	}
	return found;
}

function droppingName(bytes: Uint8Array): string | undefined {
	const attributes = attributesOf(bytes);
	const hook = attributes.get(NFTA_CHAIN_HOOK);
	if (!hook || bigNumber(attributesOf(hook).get(NFTA_HOOK_HOOKNUM)) !== forwardHook) return undefined;
	if (bigNumber(attributes.get(NFTA_CHAIN_POLICY)) !== drop) return undefined;
	return `${text(attributes.get(NFTA_CHAIN_TABLE))} ${text(attributes.get(NFTA_CHAIN_NAME))}`;
}

/** A number of 32 bits with its highest byte first. */
function bigNumber(bytes: Uint8Array | undefined): number | undefined {
	if (!bytes || bytes.length < 4) return undefined;
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
}
