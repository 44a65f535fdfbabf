/** Options of interfaces become what is sent to the kernel: names chosen, texts read. What is wrong is a problem. */
import type { Problem } from "../plan/types.ts";
import {
	type Address,
	type AddressWithPrefix,
	addressFault,
	isInterfaceName,
	isNetwork,
	mtus,
	readAddress,
	readAddressWithPrefix,
	readMac,
} from "./address.ts";
import type { LinkName, RouteFields } from "./rtnetlink.ts";
import { ipvlanModes, macvlanModes } from "./rtnetlink.ts";
import type { LinkOptions } from "./types.ts";

/** One interface, ready to be asked for. */
export interface Link {
	readonly kind: LinkOptions["kind"];
	/** By what its results are known: `link0`. */
	readonly id: string;
	/** What it is called inside. */
	readonly name: string;
	/** The end outside, or the interface that is moved. */
	readonly host: LinkName;
	readonly bridge: string;
	readonly parent: string;
	readonly mode: string;
	readonly hostAddresses: readonly AddressWithPrefix[];
	readonly addresses: readonly AddressWithPrefix[];
	/** First those without a gateway: others may lead through what they reach. */
	readonly routes: readonly RouteFields[];
	readonly mtu: number | undefined;
	readonly mac: readonly number[] | undefined;
}

/** Which options a kind has besides those that all have. */
const kinds: Readonly<Record<LinkOptions["kind"], readonly (keyof LinkOptions)[]>> = {
	veth: ["host", "hostAddresses", "mtu", "mac"],
	bridge: ["bridge", "host", "hostAddresses", "mtu", "mac"],
	macvlan: ["parent", "mode", "mtu", "mac"],
	ipvlan: ["parent", "mode", "mtu"],
	move: ["host"],
	dummy: ["mtu", "mac"],
};
const special: readonly (keyof LinkOptions)[] = ["bridge", "parent", "mode", "host", "hostAddresses", "mtu", "mac"];
const needed: Readonly<Partial<Record<LinkOptions["kind"], keyof LinkOptions>>> = {
	bridge: "bridge",
	macvlan: "parent",
	ipvlan: "parent",
	move: "host",
};
const modes: Readonly<Partial<Record<LinkOptions["kind"], readonly string[]>>> = {
	macvlan: Object.keys(macvlanModes),
	ipvlan: Object.keys(ipvlanModes),
};
const usualMode: Readonly<Partial<Record<LinkOptions["kind"], string>>> = { macvlan: "bridge", ipvlan: "l2" };

/** The links, with everything that is wrong with one of them put into `problems`. */
export function resolveLinks(options: readonly LinkOptions[], problems: Problem[]): Link[] {
	const taken = new Set<string>();
	for (const { kind, name, host } of options) {
		const own = name ?? (kind === "move" ? host : undefined);
		if (own !== undefined) taken.add(own);
	}
	const links: Link[] = [];
	let ends = 0;
	let next = 0;
	for (const one of options) {
		let name = one.name ?? (one.kind === "move" ? one.host : undefined);
		while (name === undefined) {
			const free = `eth${next++}`;
			if (!taken.has(free)) name = free;
		}
		const hasEnd = one.kind === "veth" || one.kind === "bridge";
		const host = one.host ?? endName(hasEnd ? ends++ : 0);
		links.push(new Resolver(one, name, problems).resolve(`link${links.length}`, host));
	}
	return links;
}

/** `ns` and the number of the supervisor; for further ones a letter in between: `nsb`, `nsc`. */
function endName(count: number): LinkName {
	return { before: count === 0 ? "ns" : `ns${String.fromCharCode(97 + count)}`, ref: "self" };
}

/** More ends than there are letters for. */
export const mostLinks = 16;

class Resolver {
	constructor(
		private readonly options: LinkOptions,
		private readonly name: string,
		private readonly problems: Problem[],
	) {}

	resolve(id: string, host: LinkName): Link {
		const { kind, bridge = "", parent = "", mode = usualMode[kind] ?? "" } = this.options;
		this.checkKeys();
		for (const one of [this.name, host, bridge, parent]) if (typeof one === "string" && one !== "") this.checkName(one);
		const { mac, mtu } = this.options;
		const bytes = mac === undefined ? undefined : readMac(mac);
		if (mac !== undefined && !bytes)
			this.wrong(`${JSON.stringify(mac)} is no hardware address of one interface`, "such as 02:00:00:00:00:01");
		const addresses = this.addresses(this.options.addresses);
		this.checkMtu(addresses);
		const hostAddresses = this.addresses(this.options.hostAddresses);
		return {
			kind,
			id,
			name: this.name,
			host,
			bridge,
			parent,
			mode,
			addresses,
			hostAddresses,
			mtu,
			mac: bytes,
			routes: this.routes(),
		};
	}

	private wrong(message: string, hint: string): undefined {
		this.problems.push({ code: "LINK_INVALID", message: `the interface ${this.name}: ${message}`, hint });
	}

	/** What the kind has not, and what it cannot do without. */
	private checkKeys(): void {
		const { kind } = this.options;
		for (const key of special) {
			const value = this.options[key];
			if (value === undefined || kinds[kind].includes(key) || (Array.isArray(value) && value.length === 0)) continue;
			this.wrong(
				`${key} means nothing for the kind ${kind}`,
				`of ${kind} can be said: ${["name", ...kinds[kind]].join(", ")}`,
			);
		}
		const lacks = needed[kind];
		if (lacks !== undefined && !this.options[lacks])
			this.wrong(`nothing says which ${lacks}`, `write --net=${kind}:NAME, or ${lacks} in a profile and the library`);
		const { mode } = this.options;
		const known = modes[kind];
		if (mode !== undefined && known && !known.includes(mode))
			this.wrong(`${kind} has no mode ${JSON.stringify(mode)}`, `known are ${known.join(", ")}`);
	}

	private checkName(name: string): void {
		if (!isInterfaceName(name))
			this.wrong(
				`nothing can be called ${JSON.stringify(name)}`,
				"a name has 1 to 15 printable characters without spaces, slashes, colons and percent signs",
			);
		else if (name === "lo") this.wrong("lo is the loopback interface", "choose another name");
	}

	private checkMtu(addresses: readonly AddressWithPrefix[]): void {
		const { mtu } = this.options;
		if (mtu === undefined) return;
		const isIpv6 = addresses.some(({ bytes }) => bytes.length === 16);
		const least = isIpv6 ? mtus.leastOfIpv6 : mtus.least;
		if (!Number.isInteger(mtu) || mtu < least || mtu > mtus.most)
			this.wrong(
				`an MTU of ${mtu} cannot be`,
				`${least} to ${mtus.most} bytes${isIpv6 ? ", for an address of IPv6" : ""}`,
			);
	}

	private addresses(texts: readonly string[] = []): AddressWithPrefix[] {
		const read: AddressWithPrefix[] = [];
		for (const text of texts) {
			const address = readAddressWithPrefix(text);
			const fault = address && addressFault(address);
			if (!address)
				this.wrong(`${JSON.stringify(text)} is no address with a prefix`, "such as 10.77.0.2/24, fd00::2/64");
			else if (fault !== undefined) this.wrong(`${text} ${fault}`, "no interface can have it");
			else read.push(address);
		}
		return read;
	}

	private routes(): RouteFields[] {
		const { gateways = [], routes = [] } = this.options;
		const read: RouteFields[] = [];
		for (const { to: text, via } of routes) {
			const to = readAddressWithPrefix(text);
			const gateway = via === undefined ? undefined : this.gateway(via);
			if (!to || !isNetwork(to))
				this.wrong(`${JSON.stringify(text)} is no network for a route`, "such as 10.9.0.0/16, fd01::/64, 0.0.0.0/0");
			else if (gateway && gateway.bytes.length !== to.bytes.length)
				this.wrong(`${via} is no gateway to ${text}`, "both are of IPv4, or both of IPv6");
			else if (via === undefined || gateway) read.push({ to, via: gateway });
		}
		for (const text of gateways) {
			const via = this.gateway(text);
			if (via) read.push({ to: everything(via), via });
		}
		return [...read.filter(({ via }) => !via), ...read.filter(({ via }) => via)];
	}

	private gateway(text: string): Address | undefined {
		const address = readAddress(text);
		const fault = address && addressFault({ ...address, prefix: 8 * address.bytes.length });
		if (address && fault === undefined) return address;
		return this.wrong(
			address ? `the gateway ${text} ${fault}` : `${JSON.stringify(text)} is no address of a gateway`,
			"such as 10.77.0.1, fd00::1",
		);
	}
}

/** The destination of a default route. */
const everything = ({ bytes }: Address): AddressWithPrefix =>
	bytes.length === 4
		? { bytes: [0, 0, 0, 0], text: "0.0.0.0", prefix: 0 }
		: { bytes: Array<number>(16).fill(0), text: "::", prefix: 0 };
