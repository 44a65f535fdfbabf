/** Rules of nf_tables for what is sent out of a sandbox: pure lists, in the order in which they are looked at. */
import {
	byAddress,
	errorsOfConnections,
	established,
	familyOf,
	jump,
	neighbours,
	ofFamily,
	ofProtocol,
	refuse,
	toLoopbackInterface,
	toPorts,
	verdict,
} from "./expressions.ts";
import type { Piece } from "./message.ts";
import type { Chain, Rule } from "./nftables.ts";
import type { Traffic } from "./traffic.ts";

/** The chains of the table. The first rule that is about a packet decides; what is refused is told so at once. */
export function trafficChains(traffic: readonly Traffic[]): Chain[] {
	const rules: Rule[] = [
		[...toLoopbackInterface, verdict("accept")],
		[...established, verdict("accept")],
		...errorsOfConnections.map((one) => [...one, verdict("accept")]),
		...neighbours.map((one) => [...one, verdict("accept")]),
	];
	for (const one of traffic)
		for (const about of matches(one)) rules.push([...about, one.allows ? verdict("accept") : jump("refuse")]);
	// Who says what is allowed means that nothing else is.
	if (traffic.some(({ allows }) => allows)) rules.push([jump("refuse")]);
	const lead: Rule[] = [[jump("out")]];
	return [
		{ name: "refuse", rules: [[...ofProtocol("tcp"), refuse("tcp reset")], [refuse("icmpx admin-prohibited")]] },
		{ name: "out", rules },
		{ name: "output", base: { type: "filter", hook: "output", priority: 0 }, rules: lead },
		{ name: "forward", base: { type: "filter", hook: "forward", priority: 0 }, rules: lead },
	];
}

/** The packets that a rule is about; ports of both protocols are two lists. */
function matches({ network, protocol, ports }: Traffic): Piece[][] {
	const to = network ? destination(network) : [];
	if (!ports) return [[...to, ...(protocol ? ofProtocol(protocol) : [])]];
	const protocols = protocol ? [protocol] : (["tcp", "udp"] as const);
	return protocols.map((one) => [...to, ...toPorts(one, ports.first, ports.last)]);
}

function destination({ bytes, text, prefix }: NonNullable<Traffic["network"]>): Piece[] {
	if (prefix === 0) return ofFamily(familyOf(bytes));
	return byAddress("daddr", bytes, text, prefix === 8 * bytes.length ? undefined : prefix);
}
