/** What is wrong with interfaces taken together, and with asking for them here. Nothing is looked at. */
import { constants } from "../linux/constants.ts";
import { hasBit } from "../linux/mask.ts";
import type { Context, Problem } from "../plan/types.ts";
import { type AddressWithPrefix, isLinkLocal, isSameAddress, isWithin } from "./address.ts";
import { type Link, mostLinks } from "./resolve.ts";

/** Names for bridges of ours came with Linux 5.5. */
const namesBridges = 505;

/** Everything that can be said without a look at the machine. */
export function linkProblems(links: readonly Link[], context: Context): Problem[] {
	return [
		...placeProblems(links, context),
		...nameProblems(links),
		...addressProblems(links),
		...links.flatMap(gatewayProblems),
		...bridgeProblems(links, context),
	];
}

/** Whether something of it lies in the caller's network namespace. */
export const isOutside = ({ kind }: Pick<Link, "kind">): boolean => kind !== "dummy";

function placeProblems(links: readonly Link[], { creates, host }: Context): Problem[] {
	const problems: Problem[] = [];
	if (!creates.has("net"))
		problems.push({
			code: "LINK_WITHOUT_NET",
			message: "interfaces are for a new network namespace, and none is made",
			hint: "make one: --net",
		});
	const refused = links.find(isOutside);
	if (refused && !mayChangeNetwork(host))
		problems.push({
			code: "LINK_NOT_ALLOWED",
			message: `${refused.kind} reaches into the caller's network, which takes CAP_NET_ADMIN there`,
			hint: "run it as root, or inside of a sandbox that has a network of its own; --net=internet takes no rights",
		});
	if (links.length > mostLinks)
		problems.push({ code: "LINK_TOO_MANY", message: `${links.length} interfaces`, hint: `${mostLinks} at most` });
	return problems;
}

const mayChangeNetwork = ({ capabilities, privileged }: Context["host"]): boolean =>
	capabilities ? hasBit(capabilities.effective, constants.CAP_NET_ADMIN) : privileged;

function nameProblems(links: readonly Link[]): Problem[] {
	const problems: Problem[] = [];
	const report = (names: readonly string[], where: string): void => {
		for (const name of repeated(names))
			problems.push({
				code: "LINK_NAME_TWICE",
				message: `two interfaces ${where} would be called ${name}`,
				hint: "give each its own name",
			});
	};
	const outside: string[] = [];
	for (const { kind, host } of links)
		if (kind !== "bridge" || typeof host === "string") if (typeof host === "string") outside.push(host);
	for (const name of new Set(links.filter(({ kind }) => kind === "bridge").map(({ bridge }) => bridge)))
		outside.push(name);
	report(
		links.map(({ name }) => name),
		"inside",
	);
	report(outside, "outside");
	return problems;
}

function repeated<T>(values: readonly T[]): T[] {
	const seen = new Set<T>();
	const twice = new Set<T>();
	for (const one of values) (seen.has(one) ? twice : seen).add(one);
	return [...twice];
}

function addressProblems(links: readonly Link[]): Problem[] {
	const problems: Problem[] = [];
	const all: AddressWithPrefix[] = [];
	for (const { addresses } of links) all.push(...addresses);
	const bridges = new Set<string>();
	for (const { kind, bridge, hostAddresses } of links) {
		// Two ends on one bridge may both say what it has.
		if (kind === "bridge" && bridges.has(bridge)) continue;
		if (kind === "bridge") bridges.add(bridge);
		all.push(...hostAddresses);
	}
	all.forEach((one, i) => {
		if (all.slice(0, i).some((other) => isSameAddress(one, other)))
			problems.push({
				code: "LINK_ADDRESS_TWICE",
				message: `the address ${one.text} is asked for twice`,
				hint: "each end has its own",
			});
	});
	const defaults: string[] = [];
	for (const { routes } of links)
		for (const { to, via } of routes) if (via) defaults.push(`${to.bytes.join(".")}/${to.prefix}`);
	if (repeated(defaults).length > 0)
		problems.push({
			code: "LINK_GATEWAY_TWICE",
			message: "two gateways lead to the same network",
			hint: "one for IPv4 and one for IPv6, on one of the interfaces each",
		});
	return problems;
}

/** A gateway has to be reached without one. */
function gatewayProblems({ name, addresses, routes }: Link): Problem[] {
	const problems: Problem[] = [];
	const near = [...addresses];
	for (const { to, via } of routes) if (!via) near.push(to);
	for (const { via } of routes)
		if (via && !isLinkLocal(via) && !near.some((network) => isWithin(via, network)))
			problems.push({
				code: "LINK_GATEWAY_UNREACHABLE",
				message: `the gateway ${via.text} is in no network of ${name}`,
				hint: `give ${name} an address of its network, or a route to ${via.text}/${8 * via.bytes.length}`,
			});
	return problems;
}

function bridgeProblems(links: readonly Link[], { host }: Context): Problem[] {
	if (host.kernel >= namesBridges || !links.some(({ kind }) => kind === "bridge")) return [];
	const message = `to make bridges and take them away needs Linux 5.5, and this is ${host.kernelRelease}`;
	return [{ code: "KERNEL_TOO_OLD", message, hint: "use veth" }];
}
