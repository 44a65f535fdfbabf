/**
 * Bridges: made with the first sandbox on them, taken away with the last. Both happen under a lock on the network
 * namespace itself, so that nobody comes in between; and what was not made here is never taken away.
 */
import type { Call } from "../plan/calls.ts";
import { call, flags, ref } from "../plan/step.ts";
import { believeNoRouter, lookForNobody } from "./deaf.ts";
import type { Link } from "./resolve.ts";
import { addName, deleteLink, getLink, getPorts, newAddress, newLink, setLink } from "./rtnetlink.ts";
import { ask, askForNone, open, say } from "./talk.ts";

/** The other name of a bridge that was made here. No interface can be called that, as a colon is in it. */
export const markOf = (bridge: string): string => `nskit:${bridge}`;

/** The network namespace that the socket is in, by a descriptor: for who holds its lock, and for who comes back to it. */
export const ownNamespace = (socket: string, result: string, more: Pick<Call, "mayFail"> = {}): Call =>
	call("ioctl", [ref(socket), flags("SIOCGSKNS"), 0], { result, ...more });

/** Waits until nobody else is about to make or take away a bridge, for ten seconds at most. */
const lock = (namespace: string, result: string, more: Pick<Call, "mayFail" | "onlyIfAbove0"> = {}): Call =>
	call("flock", [ref(namespace), flags("LOCK_EX|LOCK_NB")], {
		result,
		retry: { on: "EAGAIN", times: 1000, every: 10 },
		...more,
	});

const unlock = (namespace: string): Call =>
	call("flock", [ref(namespace), flags("LOCK_UN")], { onlyIfAbove0: namespace, mayFail: true });

/** Runs `plug`, which makes a port of `link.bridge.index`, while the bridge is there and stays. */
export function onBridge({ id, bridge, hostAddresses }: Link, socket: string, plug: readonly Call[]): Call[] {
	const [known, made, index] = [`${id}.known`, `${id}.made`, `${id}.bridge.index`];
	const ifMade = { onlyIfAbove0: made };
	const addresses: Call[] = [];
	for (const one of hostAddresses) addresses.push(...say(socket, newAddress(index, one), ifMade));
	return [
		ownNamespace(socket, `${id}.lock`),
		lock(`${id}.lock`, `${id}.locked`),
		...ask(socket, getLink({ other: markOf(bridge) }), `${id}.bridge`, { allowed: "any", result: known }),
		...say(socket, newLink({ kind: "bridge" }, { name: bridge }), {
			allowed: ["EEXIST"],
			onlyIfFailed: known,
			result: made,
		}),
		...ask(socket, getLink(bridge), `${id}.bridge`, { onlyIfFailed: known }),
		...say(socket, addName(index, markOf(bridge)), ifMade),
		...addresses,
		...believeNoRouter(bridge, `${id}.routers`, ifMade),
		...lookForNobody(bridge, `${id}.addresses`, ifMade),
		...say(socket, setLink({ index, up: true }), ifMade),
		...plug,
		unlock(`${id}.lock`),
		call("close", [ref(`${id}.lock`)]),
	];
}

/** Takes the bridge away if it was made here and has no port any more. */
export function cleanBridge({ id, bridge }: Link, socket: string): Call[] {
	const [own, locked, known, none, now] = ["own", "locked", "known", "none", "now"].map(
		(one) => `${id}.clean.${one}`,
	) as [string, string, string, string, string];
	const look = `${id}.clean.socket`;
	const mayFail = { mayFail: true } as const;
	const ifTouched = { onlyIfAbove0: `${id}.bridge.index` };
	return [
		// A step that failed may hold it still.
		unlock(`${id}.lock`),
		ownNamespace(socket, own, mayFail),
		lock(own, locked, { ...mayFail, ...ifTouched }),
		...ask(socket, getLink({ other: markOf(bridge) }), now, {
			...mayFail,
			allowed: "any",
			onlyIf: locked,
			result: known,
		}),
		// A socket of its own, as the rest of a long answer is not read.
		open(look, mayFail),
		...askForNone(look, getPorts(`${now}.index`), { ...mayFail, onlyIf: known, result: none }),
		call("close", [ref(look)], mayFail),
		...say(socket, deleteLink(`${now}.index`), { ...mayFail, allowed: "any", onlyIf: [known, none] }),
		call("close", [ref(own)], mayFail),
	];
}
