/** The options about what leads out of a sandbox and into it, and about the names of others. */
import type { NetOptions } from "../src/namespaces/net.ts";
import type { NameOptions } from "../src/network/names.ts";
import type { TrafficRule } from "../src/network/traffic.ts";
import type { Reader } from "./reader.ts";

/** What they say to the net module; what is not said is left out. */
export function publishOptions(reader: Reader): NetOptions {
	const nat = reader.flag("nat");
	const publish = reader.each("publish");
	const resolv = readResolv(reader);
	const hosts = readHosts(reader);
	const rules = readRules(reader);
	return {
		...(nat !== undefined && { nat }),
		...(publish.length > 0 && { publish }),
		...(rules.length > 0 && { rules }),
		...(resolv !== undefined && { resolv }),
		...(hosts && { hosts }),
	};
}

/** Both options in one order: the first rule that is about a packet decides. */
function readRules({ given }: Reader): TrafficRule[] {
	const rules: TrafficRule[] = [];
	for (const { name, value } of given) {
		if (name === "allow-out") rules.push(`allow ${value}`);
		if (name === "deny-out") rules.push(`deny ${value}`);
	}
	return rules;
}

function readResolv(reader: Reader): NameOptions["resolv"] {
	const [servers, search, options] = [reader.each("dns"), reader.each("dns-search"), reader.each("dns-option")];
	const copy = reader.choice("resolv-conf", ["copy"]);
	if (servers.length + search.length + options.length === 0) return copy;
	if (copy) {
		const hint = "choose one: --resolv-conf copy takes the caller's file as it is";
		reader.problem("OPTION_TWICE", "--resolv-conf copy and --dns contradict each other", hint);
	}
	return {
		servers,
		...(search.length > 0 && { search }),
		...(options.length > 0 && { options }),
	};
}

/** `NAME:ADDRESS`; an address of IPv6 may stand in brackets. */
function readHosts(reader: Reader): NameOptions["hosts"] {
	const given = reader.each("add-host");
	if (given.length === 0) return undefined;
	const hosts: Record<string, string[]> = Object.create(null);
	for (const text of given) {
		const colon = text.indexOf(":");
		const address = text.slice(colon + 1).replace(/^\[(.*)\]$/, "$1");
		const name = text.slice(0, colon);
		if (colon < 1 || address === "")
			reader.problem("VALUE_INVALID", `--add-host ${text} is not NAME:ADDRESS`, "such as db:10.77.0.3, db:fd00::3");
		else if (Object.hasOwn(hosts, name)) hosts[name]?.push(address);
		else hosts[name] = [address];
	}
	return hosts;
}
