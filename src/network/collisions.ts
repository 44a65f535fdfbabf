/** Whether interfaces that are asked for can be had beside those that are there: said before anything is made. */
import { nearest } from "../nearest.ts";
import type { Problem } from "../plan/types.ts";
import { type Address, readAddress } from "./address.ts";
import { markOf } from "./bridge.ts";
import type { PresentInterface } from "./interfaces.ts";
import type { Link } from "./resolve.ts";

/** Everything that collides, or is missing. */
export function collisions(links: readonly Link[], present: readonly PresentInterface[]): Problem[] {
	const problems: Problem[] = [];
	const add = (code: string, message: string, hint: string): void => {
		if (!problems.some((one) => one.message === message)) problems.push({ code, message, hint });
	};
	const byName = (name: string) => present.find((one) => one.name === name || one.others.includes(name));
	const needs = (name: string): void => {
		if (byName(name)) return;
		const near = nearest(
			name,
			present.map((one) => one.name),
		);
		const hint = near ? `did you mean ${near}?` : "see ip link for those that are there";
		add("LINK_MISSING", `there is no interface called ${name} here`, hint);
	};
	for (const link of links) {
		const { kind, host, parent } = link;
		if (parent !== "") needs(parent);
		if (kind === "move") needs(String(host));
		else if (typeof host === "string" && byName(host))
			add("LINK_NAME_TAKEN", `an interface called ${host} is there already`, "choose another name for the end outside");
		if (kind === "bridge") bridgeCollisions(link, byName(markOf(link.bridge)) ?? byName(link.bridge), add);
	}
	for (const link of links) addressCollisions(link, links, present, add);
	return problems;
}

type Add = (code: string, message: string, hint: string) => void;

function bridgeCollisions({ bridge, hostAddresses }: Link, there: PresentInterface | undefined, add: Add): void {
	if (!there) return;
	if (there.kind !== "bridge") {
		add("LINK_NO_BRIDGE", `${bridge} is there already, and is no bridge`, "choose another name for the bridge");
		return;
	}
	for (const address of hostAddresses)
		if (!there.addresses.some((one) => isSame(one, address)))
			add(
				"LINK_BRIDGE_ADDRESS",
				`the bridge ${bridge} is there already, without the address ${address.text}`,
				"only who makes a bridge gives it addresses: leave them out, or give it this one by ip addr add",
			);
}

const isSame = (bytes: readonly number[], address: Address): boolean => bytes.join() === address.bytes.join();

function addressCollisions(link: Link, links: readonly Link[], present: readonly PresentInterface[], add: Add): void {
	const { kind, bridge, host, addresses, hostAddresses } = link;
	// What leads nowhere meets nobody.
	if (kind === "dummy") return;
	const bridges = links.map((one) => one.bridge);
	for (const there of present) {
		const isMoved = kind === "move" && there.name === host;
		const taken = isMoved ? [] : there.addresses;
		for (const address of addresses)
			if (taken.some((one) => isSame(one, address)))
				add("LINK_ADDRESS_TAKEN", `${there.name} has the address ${address.text} already`, "choose another one");
		const isOwn = kind === "bridge" && bridges.includes(there.name);
		for (const address of hostAddresses)
			if (!isOwn && taken.some((one) => isSame(one, address)))
				add("LINK_ADDRESS_TAKEN", `${there.name} has the address ${address.text} already`, "choose another one");
	}
	const own =
		kind === "bridge" ? present.find((one) => one.name === bridge || one.others.includes(markOf(bridge))) : undefined;
	for (const there of present) {
		// Those on other wires may have the same.
		if (!own || there.master !== own.index) continue;
		for (const address of addresses)
			if (addressesBeside(there).some((one) => isSame(one.bytes, address)))
				add(
					"LINK_ADDRESS_TAKEN",
					`the sandbox behind ${there.name} on ${bridge} has the address ${address.text} already`,
					"choose another one",
				);
	}
}

/** The addresses inside that are written beside an end of ours. */
function addressesBeside({ alias }: PresentInterface): Address[] {
	const found: Address[] = [];
	const [ours, ...texts] = alias.split(" ");
	if (ours !== "nskit") return found;
	for (const text of texts) {
		const address = readAddress(text);
		if (address) found.push(address);
	}
	return found;
}
