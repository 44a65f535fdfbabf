/** Ports of the host that lead into the sandbox, as words: `[IP:]PORT[-PORT]:PORT[-PORT][/udp]`. */
import type { Problem } from "../plan/types.ts";
import { addressBytes } from "../process/address.ts";

/** Ports of the host and where they lead. */
export interface Published {
	/** As it was written. */
	readonly text: string;
	readonly protocol: "tcp" | "udp";
	/** The host's own address that is listened on, without brackets. @default every address of the host, IPv4 and IPv6 */
	readonly address?: string;
	/** The same as 4 or 16 bytes; all of them 0 are every address of that family. */
	readonly bytes?: readonly number[];
	/** The first and the last port of the host, 1 to 65535. */
	readonly first: number;
	readonly last: number;
	/** The port inside that the first one leads to; the others follow it. */
	readonly inside: number;
}

/** What words say, and what is wrong with them. */
export interface ReadPublished {
	readonly published: readonly Published[];
	readonly problems: readonly Problem[];
}

const hint = "write [IP:]PORT[-PORT]:PORT[-PORT][/udp], such as 8080:80, 127.0.0.1:8080:80, [::1]:53:53/udp";

/** Every word read, with all that is wrong: words that make no sense, and ports of the host that are asked for twice. */
export function readPublished(words: readonly string[]): ReadPublished {
	const published: Published[] = [];
	const problems: Problem[] = [];
	for (const word of words) {
		const one = readOne(word);
		if (typeof one === "string") {
			problems.push({ code: "PUBLISH_INVALID", message: `${JSON.stringify(word)} publishes no port: ${one}`, hint });
			continue;
		}
		const other = published.find((before) => overlap(before, one));
		if (other) problems.push(twice(other, one));
		published.push(one);
	}
	return { published, problems };
}

/** The port inside that the last one of the host leads to. */
export const lastInside = ({ first, last, inside }: Published): number => inside + last - first;

/** What is published, or why it is nothing. */
function readOne(text: string): Published | string {
	const [, rest = "", protocol = "tcp"] = /^(.*?)(?:\/([^/]*))?$/s.exec(text) ?? [];
	if (protocol !== "tcp" && protocol !== "udp") return `${JSON.stringify(protocol)} is neither tcp nor udp`;
	const parts = /^(?:(\[[^\]]*\]|[^:[\]]*):)?([^:[\]]*):([^:[\]]*)$/s.exec(rest);
	if (!parts) return "a port of the host and one inside are needed, with a colon between them";
	const [, address, outside = "", inside = ""] = parts;
	const bytes = address === undefined ? undefined : addressOf(address);
	if (typeof bytes === "string") return bytes;
	const host = portsOf(outside);
	if (typeof host === "string") return host;
	const target = portsOf(inside);
	if (typeof target === "string") return target;
	if (host.last - host.first !== target.last - target.first)
		return `${outside} and ${inside} are not the same number of ports`;
	const where = bytes && { address: (address ?? "").replace(/^\[|\]$/g, ""), bytes };
	return { text, protocol, ...where, first: host.first, last: host.last, inside: target.first };
}

/** IPv6 in brackets, as in addresses of the web: its colons are no others. */
function addressOf(text: string): readonly number[] | string {
	const bracketed = text.startsWith("[");
	const bytes = addressBytes(bracketed ? text.slice(1, -1) : text);
	if (!bytes || (bytes.length === 16) !== bracketed) return `${JSON.stringify(text)} is no address`;
	if (isMapped(bytes)) return `${text} is an IPv4 address: write it as one`;
	return isMulticast(bytes) ? `${text} is no address of one host` : bytes;
}

/** `::ffff:a.b.c.d`. */
const isMapped = (bytes: readonly number[]): boolean =>
	bytes.length === 16 && bytes.every((byte, i) => i > 11 || byte === (i > 9 ? 0xff : 0));

const isMulticast = (bytes: readonly number[]): boolean => (bytes[0] ?? 0) >= (bytes.length === 4 ? 224 : 255);

const lastPort = 65535;

/** A port, or a range of them; or why it is neither. */
export function portsOf(text: string): { first: number; last: number } | string {
	const words = text.split("-");
	const [first, last] = [portOf(words[0] ?? ""), portOf(words.at(-1) ?? "")];
	if (first === undefined || last === undefined || words.length > 2)
		return `${JSON.stringify(text)} is neither a port from 1 to ${lastPort} nor a range of them`;
	return first <= last ? { first, last } : `the range ${text} ends before it begins`;
}

function portOf(text: string): number | undefined {
	const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
	return port >= 1 && port <= lastPort ? port : undefined;
}

/** Some port of some address of the host would lead to both. */
function overlap(one: Published, other: Published): boolean {
	if (one.protocol !== other.protocol || one.last < other.first || other.last < one.first) return false;
	if (!one.bytes || !other.bytes) return true;
	if (one.bytes.length !== other.bytes.length) return false;
	return isEvery(one.bytes) || isEvery(other.bytes) || one.bytes.every((byte, i) => byte === other.bytes?.[i]);
}

/** `0.0.0.0` or `::`. */
export const isEvery = (bytes: readonly number[]): boolean => bytes.every((byte) => byte === 0);

function twice(one: Published, other: Published): Problem {
	const message =
		one.text === other.text ? `${one.text} is published twice` : `${one.text} and ${other.text} publish the same port`;
	return { code: "PUBLISH_TWICE", message, hint: "a port of an address of the host leads to one place" };
}
