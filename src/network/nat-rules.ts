/** The rules for what goes in and out of a sandbox by a link to the host: pure lists, in the order in which they are looked at. */
import type { Address } from "./address.ts";
import {
	answering,
	byAddress,
	byInterface,
	familyOf,
	jump,
	leadTo,
	masquerade,
	ofFamily,
	redirected,
	toPorts,
	toThisMachine,
	verdict,
} from "./expressions.ts";
import type { Piece } from "./message.ts";
import type { Chain, Rule } from "./nftables.ts";
import { isEvery, type Published } from "./publish.ts";
import type { LinkName } from "./rtnetlink.ts";

/** A link between the host and the sandbox. */
export interface Way {
	/** The result that is the index of the host's interface that leads to the sandbox: its end of a cable, or the bridge. */
	readonly index: string;
	/** What that is called. */
	readonly name: LinkName;
	/** Nothing but this sandbox is behind it. */
	readonly own: boolean;
	/** What the sandbox is reached by behind it. */
	readonly addresses: readonly Address[];
}

export interface NatRules {
	readonly ways: readonly Way[];
	/** What is sent out gets the host's address. Otherwise the sandbox answers to what is published, and that is all. */
	readonly nat: boolean;
	readonly published: readonly Published[];
}

/** The addresses that never leave a machine. */
const loopback = { bytes: [127, 0, 0, 0], text: "127.0.0.0", prefix: 8 } as const;
const toLoopback = byAddress("daddr", loopback.bytes, loopback.text, loopback.prefix);
const fromLoopback = byAddress("saddr", loopback.bytes, loopback.text, loopback.prefix);
const loopbackOfIpv6 = { bytes: [...Array<number>(15).fill(0), 1], text: "::1" };

/** Some port is published at an address that never leaves the machine, which takes more than others. */
export const reachesLoopback = (published: readonly Published[]): boolean =>
	published.some(({ bytes }) => !bytes || (bytes.length === 4 && (isEvery(bytes) || bytes[0] === 127)));

/** Where ports lead: the first way that has addresses, and its first address of each family. */
export function target(
	ways: readonly Way[],
): { readonly way: Way; readonly addresses: readonly Address[] } | undefined {
	const way = ways.find(({ addresses }) => addresses.length > 0);
	if (!way) return undefined;
	const addresses: Address[] = [];
	for (const one of way.addresses)
		if (!addresses.some(({ bytes }) => bytes.length === one.bytes.length)) addresses.push(one);
	return { way, addresses };
}

/** The chains of the table. */
export function natChains(asked: NatRules): Chain[] {
	const chains: Chain[] = [];
	const { ways, published } = asked;
	const to = published.length === 0 ? undefined : target(ways);
	if (to) chains.push(...publishChains(to.way, to.addresses, published));
	chains.push({
		name: "postrouting",
		base: { type: "nat", hook: "postrouting", priority: 100 },
		rules: leaving(asked, to?.way),
	});
	const forward: Rule[] = [];
	for (const way of ways) forward.push(...(way.own ? ownForward(way, asked.nat) : sharedForward(way, asked.nat)));
	chains.push({ name: "forward", base: { type: "filter", hook: "forward", priority: 0 }, rules: forward });
	return chains;
}

function publishChains(way: Way, addresses: readonly Address[], published: readonly Published[]): Chain[] {
	const chains: Chain[] = [];
	// On a link that may carry such addresses they would lead to the host's own services, and services believe who comes
	// from one: nobody inside may use them.
	if (way.own && reachesLoopback(published)) {
		const from = byInterface("iif", way.index);
		const rules = [toLoopback, fromLoopback].map((one) => [...from, ...one, verdict("drop")]);
		chains.push({ name: "guard", base: { type: "filter", hook: "prerouting", priority: -300 }, rules });
	}
	const rules: Rule[] = [];
	for (const one of published) for (const address of addresses) rules.push(...publishRules(one, address));
	chains.push({ name: "publish", rules });
	const lead = [...toThisMachine, jump("publish")];
	// Whoever sends from elsewhere to such an address means no good.
	const notFromElsewhere = [...toLoopback, verdict("accept")];
	const notToIpv6 = [...byAddress("daddr", loopbackOfIpv6.bytes, loopbackOfIpv6.text), verdict("accept")];
	chains.push(
		{
			name: "prerouting",
			base: { type: "nat", hook: "prerouting", priority: -100 },
			rules: [notFromElsewhere, lead],
		},
		{
			name: "output",
			base: { type: "nat", hook: "output", priority: -100 },
			rules: [...(way.own ? [] : [notFromElsewhere]), notToIpv6, lead],
		},
	);
	return chains;
}

/** The ports of one address inside; where they have other numbers than those of the host, a rule for each. */
function publishRules({ protocol, address, bytes, first, last, inside }: Published, to: Address): Rule[] {
	if (bytes && bytes.length !== to.bytes.length) return [];
	const where = bytes && !isEvery(bytes) ? byAddress("daddr", bytes, address ?? "") : ofFamily(familyOf(to.bytes));
	if (first === inside) return [[...where, ...toPorts(protocol, first, last), ...leadTo(to.bytes, to.text, undefined)]];
	const rules: Rule[] = [];
	for (let port = first; port <= last; port++)
		rules.push([...where, ...toPorts(protocol, port, port), ...leadTo(to.bytes, to.text, inside + port - first)]);
	return rules;
}

function leaving({ ways, nat, published }: NatRules, to: Way | undefined): Rule[] {
	const rules: Rule[] = [];
	if (to) {
		const out = byInterface("oif", to.index);
		// Otherwise the answers would go past the host, or nowhere.
		if (to.own && reachesLoopback(published)) rules.push([...out, ...fromLoopback, masquerade]);
		for (const { bytes, text } of to.addresses)
			rules.push([...out, ...byAddress("saddr", bytes, text), ...redirected, masquerade]);
	}
	if (!nat) return rules;
	for (const { index, addresses } of ways)
		for (const { bytes, text } of addresses)
			rules.push([...byAddress("saddr", bytes, text), ...byInterface("oif", index, "!="), masquerade]);
	return rules;
}

/** What passes between the sandbox and others: nothing comes in but answers and what is published. */
function ownForward({ index, addresses }: Way, nat: boolean): Rule[] {
	const from = byInterface("iif", index);
	const rules: Rule[] = [[...from, ...redirected, verdict("accept")]];
	// The sandbox sends as itself, and as nobody else.
	if (nat)
		for (const { bytes, text } of addresses)
			rules.push([...from, ...byAddress("saddr", bytes, text), verdict("accept")]);
	rules.push([...from, verdict("drop")]);
	return [...rules, ...toSandbox(byInterface("oif", index))];
}

/** The same for one of those behind a bridge: by its addresses, and not for what passes between its neighbours. */
function sharedForward({ index, addresses }: Way, nat: boolean): Rule[] {
	const rules: Rule[] = [];
	const [into, out] = [byInterface("iif", index, "!="), byInterface("oif", index, "!=")];
	for (const { bytes, text } of addresses) {
		const from = [...byInterface("iif", index), ...out, ...byAddress("saddr", bytes, text)];
		if (!nat) rules.push([...from, ...redirected, verdict("accept")], [...from, verdict("drop")]);
		rules.push(...toSandbox([...byInterface("oif", index), ...into, ...byAddress("daddr", bytes, text)]));
	}
	return rules;
}

const toSandbox = (to: readonly Piece[]): Rule[] => [
	[...to, ...redirected, verdict("accept")],
	[...to, ...answering, verdict("accept")],
	[...to, verdict("drop")],
];
