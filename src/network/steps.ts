/** What is done for interfaces: made outside by the helper, set up inside, and taken back at the end. */
import type { Call } from "../plan/calls.ts";
import { call, flags, ref, step } from "../plan/step.ts";
import type { Step } from "../plan/types.ts";
import { cleanBridge, onBridge, ownNamespace } from "./bridge.ts";
import { believeNoRouter, lookForNobody } from "./deaf.ts";
import { linkHints } from "./hints.ts";
import { isOutside } from "./problems.ts";
import type { Link } from "./resolve.ts";
import {
	deleteLink,
	getLink,
	type ipvlanModes,
	type LinkKind,
	type macvlanModes,
	newAddress,
	newLink,
	newRoute,
	setLink,
} from "./rtnetlink.ts";
import { ask, open, say } from "./talk.ts";

/** The helper's sockets in the caller's network namespace and in the new one, and descriptors of both. */
const [outer, inner, inside, own] = ["net.outer", "net.inner", "net.inside", "net.own"];

/** Those whose part inside the helper has to find again at the end. */
const isFollowed = ({ kind }: Link): boolean => kind === "move" || kind === "macvlan" || kind === "ipvlan";

/** The helper's descriptors that it needs to the end. */
export const keptFor = (links: readonly Link[]): string[] => (links.some(isFollowed) ? [inner] : []);

/** All steps for these interfaces. */
export function linkSteps(links: readonly Link[]): Step[] {
	// What is moved still has its old name when it arrives: it comes before others that might be called that.
	const outside = [
		...links.filter(({ kind }) => kind === "move"),
		...links.filter((one) => one.kind !== "move"),
	].filter(isOutside);
	const steps: Step[] = [];
	if (outside.length > 0) steps.push(openStep(outside));
	for (const link of outside) steps.push(outsideStep(link));
	for (const link of links) steps.push(insideStep(link));
	if (outside.length > 0) steps.push(cleanStep(outside));
	return steps;
}

const openStep = (links: readonly Link[]): Step =>
	step({
		phase: "outside",
		module: "net",
		does: "talk to the kernel about the caller's network and the new one",
		why: "an interface that leads out has one end in each",
		man: "rtnetlink(7)",
		hints: linkHints(),
		calls: [
			call("openat", [ref("proc"), "ns/net", flags("O_RDONLY|O_CLOEXEC")], { result: inside }),
			open(outer),
			...(links.some(isFollowed)
				? [
						ownNamespace(outer, own),
						call("setns", [ref(inside), flags("CLONE_NEWNET")]),
						open(inner),
						call("setns", [ref(own), flags("CLONE_NEWNET")]),
					]
				: []),
		],
	});

const shown = ({ host }: Link): string => (typeof host === "string" ? host : `${host.before} and a number`);

function outsideStep(link: Link): Step {
	const { kind, name, parent, bridge } = link;
	const does = {
		veth: `lay a cable from ${shown(link)} outside to ${name} inside`,
		bridge: `lay a cable from the bridge ${bridge} to ${name} inside`,
		move: `move the interface ${shown(link)} inside`,
		...{ macvlan: "", ipvlan: "", dummy: "" },
	};
	return step({
		phase: "outside",
		module: "net",
		does: does[kind] || `make the ${kind} ${name} on ${parent}`,
		why:
			kind === "move" ? "it is in one network namespace at a time" : "it is the way out of the new network namespace",
		man: "rtnetlink(7)",
		hints: linkHints(link),
		calls: outsideCalls(link),
	});
}

function outsideCalls(link: Link): Call[] {
	const { kind, id, name, host, parent, mode, mtu, mac } = link;
	if (kind === "veth" || kind === "bridge") return endCalls(link);
	if (kind === "move") {
		return [
			...ask(outer, getLink(host), `${id}.outside`),
			...say(outer, setLink({ index: `${id}.outside.index` }, { namespace: inside })),
			...ask(inner, getLink(host), `${id}.inside`),
			...(host === name ? [] : say(inner, setLink({ index: `${id}.inside.index` }, { name }))),
		];
	}
	const made = { kind, mode } as LinkKind & { mode: keyof typeof macvlanModes | keyof typeof ipvlanModes };
	return [
		...ask(outer, getLink(parent), `${id}.parent`),
		...say(outer, newLink(made, { name, namespace: inside, parent: `${id}.parent.index`, mtu, mac })),
		...ask(inner, getLink(name), `${id}.inside`),
	];
}

/** Both ends of a cable, with the one outside plugged in and up. */
function endCalls(link: Link): Call[] {
	const { kind, id, name, host, hostAddresses, mtu, mac } = link;
	const index = `${id}.host.index`;
	const peer = { name, namespace: inside, mtu, mac };
	const master = kind === "bridge" ? `${id}.bridge.index` : undefined;
	const cable = say(outer, newLink({ kind: "veth", peer }, { name: host, mtu, master }));
	const addresses: Call[] = [];
	if (kind === "veth") for (const one of hostAddresses) addresses.push(...say(outer, newAddress(index, one)));
	return [
		...(kind === "bridge" ? onBridge(link, outer, cable) : cable),
		...ask(outer, getLink(host), `${id}.host`),
		// A port of a bridge hears no packets itself.
		...(kind === "veth" ? [...believeNoRouter(host, `${id}.routers`), ...lookForNobody(host, `${id}.addresses`)] : []),
		...say(outer, setLink({ index, up: true }, { alias: aliasOf(link) })),
		...addresses,
	];
}

/** What an alias can hold. IFALIASZ of the kernel. */
const longestAlias = 255;

/** What is written beside the end outside: whose it is, and which addresses are taken inside. */
export function aliasOf({ addresses }: Pick<Link, "addresses">): string {
	let alias = "nskit";
	for (const { text } of addresses) if (alias.length + text.length < longestAlias) alias += ` ${text}`;
	return alias;
}

function insideStep(link: Link): Step {
	const { kind, id, name, addresses, routes, mtu, mac } = link;
	const [socket, index] = [`${id}.socket`, `${id}.index`];
	const calls = [open(socket)];
	if (kind === "dummy") calls.push(...say(socket, newLink({ kind }, { name, mtu, mac })));
	calls.push(...ask(socket, getLink(name), id));
	for (const one of addresses) calls.push(...say(socket, newAddress(index, one)));
	calls.push(...say(socket, setLink({ index, up: true })));
	for (const one of routes) calls.push(...say(socket, newRoute(index, one)));
	calls.push(call("close", [ref(socket)]));
	return step({
		phase: "network",
		module: "net",
		does:
			kind === "dummy"
				? `make ${name}, which leads nowhere, and bring it up`
				: `give ${name} its addresses and routes, and bring it up`,
		why: "without an address nobody can be reached by it",
		man: "rtnetlink(7)",
		hints: linkHints(link),
		calls,
	});
}

const mayFail = { mayFail: true } as const;

function cleanStep(links: readonly Link[]): Step {
	const socket = "net.clean";
	const calls: Call[] = [open(socket, mayFail)];
	for (const link of links) calls.push(...cleanCalls(link, socket));
	const bridges = new Set<string>();
	for (const link of links) {
		if (link.kind !== "bridge" || bridges.has(link.bridge)) continue;
		bridges.add(link.bridge);
		calls.push(...cleanBridge(link, socket));
	}
	return step({
		phase: "clean",
		module: "net",
		does: "take the interfaces outside away",
		why: "nothing stays behind",
		man: "rtnetlink(7)",
		calls,
	});
}

/** By their indices: names may be another's by now, or have been changed by root inside. */
function cleanCalls({ kind, id, host }: Link, socket: string): Call[] {
	const quietly = { ...mayFail, allowed: "any" } as const;
	const [end, within] = [`${id}.host.index`, `${id}.inside.index`];
	if (kind === "veth" || kind === "bridge") return say(socket, deleteLink(end), { ...quietly, onlyIfAbove0: end });
	if (kind !== "move") return say(inner, deleteLink(within), { ...quietly, onlyIfAbove0: within });
	const [home, back] = [`${id}.home`, `${id}.back`];
	return [
		ownNamespace(socket, home, mayFail),
		...say(inner, setLink({ index: within }, { name: host, namespace: home }), { ...quietly, onlyIfAbove0: within }),
		...ask(socket, getLink(host), back, { ...quietly, onlyIfAbove0: within }),
		...say(socket, setLink({ index: `${back}.index`, up: { flags: `${id}.outside.flags` } }), {
			...quietly,
			onlyIfAbove0: `${back}.index`,
		}),
	];
}
