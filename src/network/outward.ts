/** NAT and published ports, as the net module has them. */
import { constants } from "../linux/constants.ts";
import { hasBit } from "../linux/mask.ts";
import type { Outside } from "../plan/fragment.ts";
import type { Context, Problem, Step } from "../plan/types.ts";
import { isLinkLocal } from "./address.ts";
import { holdPorts, keptForNat, natSteps } from "./nat.ts";
import { type NatRules, target, type Way } from "./nat-rules.ts";
import { mostPorts, portCount } from "./ports.ts";
import { isEvery, type Published, readPublished } from "./publish.ts";
import type { Link } from "./resolve.ts";

/** What they add to the module. */
export interface Outward {
	readonly outside: Outside;
	problems(context: Context): readonly Problem[];
	/** Before interfaces are made. */
	before(): readonly Step[];
	/** When they are there. */
	behind(context: Context): readonly Step[];
}

/** Reads the options once. `links`: the interfaces of the sandbox. */
export function outward(nat: boolean, publish: readonly string[], links: readonly Link[]): Outward {
	const { published, problems } = readPublished(publish);
	const asked: NatRules = { ways: waysOf(links), nat, published };
	return {
		outside: {
			keeps: () => keptForNat(asked),
			published,
			forwards: ([4, 6] as const).filter((version) => hasAddress(asked.ways, version)),
		},
		problems: (context) => [...problems, ...placeProblems(asked, context)],
		before: () => holdPorts(asked),
		behind: ({ host }) => natSteps(asked, host.kernel),
	};
}

const hasAddress = (ways: readonly Way[], version: 4 | 6): boolean =>
	ways.some(({ addresses }) => addresses.some(({ bytes }) => bytes.length === (version === 4 ? 4 : 16)));

/** The links that lead to the host itself, with the addresses that are good beyond a link. */
function waysOf(links: readonly Link[]): Way[] {
	const ways: Way[] = [];
	for (const { kind, id, host, bridge, addresses } of links) {
		if (kind !== "veth" && kind !== "bridge") continue;
		const own = kind === "veth";
		const reachable = addresses.filter((one) => !isLinkLocal(one));
		ways.push({
			index: `${id}.${own ? "host" : "bridge"}.index`,
			name: own ? host : bridge,
			own,
			addresses: reachable,
		});
	}
	return ways;
}

const families = { 4: "IPv4", 16: "IPv6" } as const;
const linkHint = "give it one: --net=veth --ip 10.77.0.2/24 --host-ip 10.77.0.1/24; --net=internet needs none";

function placeProblems({ ways, nat, published }: NatRules, { host }: Context): Problem[] {
	const problems: Problem[] = [];
	const to = target(ways);
	const what = nat ? "NAT" : "publishing a port";
	if (!to) {
		const message = `${what} takes a veth or bridge link with an address, and the sandbox has none`;
		return [{ code: "NAT_WITHOUT_LINK", message, hint: linkHint }];
	}
	const { capabilities, privileged } = host;
	if (!(capabilities ? hasBit(capabilities.effective, constants.CAP_NET_ADMIN) : privileged))
		problems.push({
			code: "NAT_NOT_ALLOWED",
			message: `${what} changes the caller's network, which takes CAP_NET_ADMIN there`,
			hint: "run it as root; --net=internet publishes ports without any rights",
		});
	const count = portCount(published);
	if (count > mostPorts)
		problems.push({
			code: "PUBLISH_TOO_MANY",
			message: `${count} ports are published, and by rules that are ${mostPorts} at most`,
			hint: "publish fewer, or use --net=internet",
		});
	for (const one of published) problems.push(...publishProblems(one, to.way, to.addresses));
	return problems;
}

function publishProblems({ text, bytes, address }: Published, way: Way, inside: Way["addresses"]): Problem[] {
	if (!bytes) return [];
	const family = bytes.length === 4 ? 4 : 16;
	if (!inside.some((one) => one.bytes.length === family)) {
		const message = `${text} publishes at an address of ${families[family]}, and the sandbox has none of that`;
		return [{ code: "PUBLISH_WITHOUT_ADDRESS", message, hint: "give its link one, or publish at another address" }];
	}
	const isLoopback =
		family === 4 ? bytes[0] === 127 : !isEvery(bytes) && bytes.every((one, i) => one === (i === 15 ? 1 : 0));
	if (!isLoopback || (family === 4 && way.own)) return [];
	const why =
		family === 16 ? "the kernel lets nothing from ::1 pass to another interface" : "a bridge is not the sandbox's own";
	return [
		{
			code: "PUBLISH_AT_LOOPBACK",
			message: `${text} cannot be published at ${address}: ${why}`,
			hint:
				family === 16
					? "publish at 127.0.0.1, or at another address of the host"
					: "use a veth, or publish at another address of the host",
		},
	];
}
