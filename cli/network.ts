/** `--net=KIND[:NAME]`, and the options behind it that are about its interface. */
import type { NetOptions } from "../src/namespaces/net.ts";
import type { InternetOptions } from "../src/network/internet.ts";
import { type LinkOptions, linkKinds, type RouteOptions } from "../src/network/types.ts";
import type { Problem } from "../src/plan/types.ts";
import type { Profile } from "../src/profile/types.ts";
import { type Given, nearest } from "./argv.ts";
import { wholeNumber } from "./numbers.ts";
import { publishOptions } from "./publish.ts";
import type { Reader } from "./reader.ts";

/** What comes of the options about the network. */
export interface NetworkParts {
	/** The options with `--net` as the switch that it is for all others. */
	readonly given: readonly Given[];
	readonly problems: readonly Problem[];
	/** The net module with the interfaces in it. */
	above(parts: Pick<Profile, "net">): Pick<Profile, "net">;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What `--net=` can name that is no interface, and whether a namespace is made for it. */
const others: Readonly<Record<string, boolean>> = { host: false, none: true };

/** Reads all of them, in their order. */
export function networkParts(reader: Reader): NetworkParts {
	const links: Mutable<LinkOptions>[] = [];
	const given: Given[] = [];
	const internet = new Set<string>();
	for (const one of reader.given) {
		const { name, value } = one;
		if (name === "net" && typeof value === "string" && Object.hasOwn(internets, value)) {
			internet.add(value);
			given.push({ name, value: true });
		} else if (name === "net" && typeof value === "string") given.push({ name, value: readNet(value, links, reader) });
		else if (Object.hasOwn(about, name)) readAbout(name, String(value), links.at(-1), reader);
		else given.push(one);
	}
	const switches = new Set<Given["value"]>();
	for (const { name, value } of given) if (name === "net") switches.add(value);
	if (switches.size > 1)
		reader.problem("OPTION_TWICE", "--net makes a network namespace and says that there is none", "choose one");
	const made: NetOptions = {
		...(links.length > 0 && { links }),
		...internetParts(internet, reader),
		...publishOptions(reader),
	};
	return {
		given,
		problems: reader.problems,
		above: ({ net }) => ({ net: { ...(typeof net === "object" ? net : {}), ...made } }),
	};
}

/** What `--net=` can name that is the internet, and what of it. */
const internets: Readonly<Record<string, InternetOptions>> = {
	internet: {},
	"internet:ipv4": { ipv6: false },
	"internet:ipv6": { ipv4: false },
	"internet:slirp4netns": { with: "slirp4netns" },
};

/** The internet, where it is asked for. */
function internetParts(named: ReadonlySet<string>, reader: Reader): Pick<NetOptions, "internet"> {
	const [name, other] = named;
	const mapHost = reader.flag("map-host");
	if (other !== undefined)
		reader.problem("OPTION_TWICE", `--net=${name} and --net=${other} contradict each other`, "choose one");
	if (mapHost !== undefined && name === undefined)
		reader.problem("MAP_HOST_ALONE", "--map-host is about the internet, which is not asked for", "add --net=internet");
	const options = { ...internets[name ?? ""], ...(mapHost !== undefined && { mapHost }) };
	return {
		...(name !== undefined && { internet: Object.keys(options).length > 0 ? options : true }),
	};
}

/** Whether a namespace is made for it; an interface is put behind the others. */
function readNet(value: string, links: Mutable<LinkOptions>[], reader: Reader): boolean {
	const [kind = "", name, more, ...rest] = value.split(":");
	const isOther = Object.hasOwn(others, kind);
	const known = linkKinds.find((one) => one === kind);
	const can = known === undefined ? 0 : parts[known];
	const wrong = (message: string, hint: string) =>
		void reader.problem("VALUE_INVALID", `--net=${value} ${message}`, hint);
	if (!isOther && !known) {
		const near = nearest(kind, [...linkKinds, ...Object.keys(others), ...Object.keys(internets)]);
		wrong(
			"is no kind of network",
			near
				? `did you mean ${near}?`
				: `known are ${[...linkKinds, ...Object.keys(others), ...Object.keys(internets)].join(", ")}`,
		);
	} else if (rest.length > 0 || (name !== undefined && can < 1) || (more !== undefined && can < 2))
		wrong("says more than there is to say", "see --help");
	else if (name === "" || more === "") wrong("ends in a colon", "write the name behind it, or leave both out");
	if (known) links.push(linkOf(known, name, more));
	return isOther ? others[kind] === true : true;
}

/** How many words can stand behind the kind. */
const parts: Readonly<Record<LinkOptions["kind"], number>> = {
	veth: 1,
	bridge: 1,
	macvlan: 2,
	ipvlan: 2,
	move: 2,
	dummy: 0,
};

function linkOf(kind: LinkOptions["kind"], name: string | undefined, more: string | undefined): LinkOptions {
	if (kind === "bridge") return { kind, bridge: name };
	if (kind === "macvlan" || kind === "ipvlan") return { kind, parent: name, mode: more as LinkOptions["mode"] };
	if (kind === "move") return { kind, host: name, name: more };
	return { kind, host: name };
}

/** What each option says about an interface; `undefined` where it was said before and can be said once. */
const about: Readonly<
	Record<string, (link: LinkOptions, text: string, reader: Reader) => Partial<LinkOptions> | undefined>
> = {
	ifname: (link, name) => (link.name === undefined ? { name } : undefined),
	ip: ({ addresses = [] }, text) => ({ addresses: [...addresses, text] }),
	gateway: ({ gateways = [] }, text) => ({ gateways: [...gateways, text] }),
	route: ({ routes = [] }, text) => ({ routes: [...routes, readRoute(text)] }),
	mtu: (link, text) => (link.mtu === undefined ? { mtu: wholeNumber(text) ?? Number.NaN } : undefined),
	mac: (link, mac) => (link.mac === undefined ? { mac } : undefined),
	"host-ip": ({ hostAddresses = [] }, text) => ({ hostAddresses: [...hostAddresses, text] }),
};

function readAbout(name: string, text: string, link: Mutable<LinkOptions> | undefined, reader: Reader): void {
	if (!link) {
		const hint = "write it behind --net=veth, --net=bridge:NAME or another interface";
		reader.problem("LINK_OPTION_ALONE", `--${name} is about no interface`, hint);
		return;
	}
	const said = about[name]?.(link, text, reader);
	if (said) Object.assign(link, said);
	else reader.problem("OPTION_TWICE", `--${name} was given more than once for one interface`, "write it once");
}

function readRoute(text: string): RouteOptions {
	const equals = text.indexOf("=");
	return equals < 0 ? { to: text } : { to: text.slice(0, equals), via: text.slice(equals + 1) };
}
