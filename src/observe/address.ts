/** Socket addresses as processes hand them to the kernel. ip(7), ipv6(7), unix(7) */
import { fromBytes } from "../bytes.ts";
import type { NetworkEvent } from "./types.ts";

/** The longest address there is, `struct sockaddr_storage`. */
export const longestAddress = 128;

const families: Readonly<Record<number, string>> = { 1: "unix", 2: "inet", 10: "inet6", 16: "netlink", 17: "packet" };

/** The name of an address family, or its number. */
export const familyName = (number: number): string => families[number] ?? String(number);

/** What `struct sockaddr` says; `undefined` where it is too short to say anything. */
export function decodeAddress(bytes: Uint8Array): Pick<NetworkEvent, "family" | "address" | "port"> | undefined {
	if (bytes.length < 2) return undefined;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const family = familyName(view.getUint16(0, true));
	if (family === "unix") return { family, address: unixName(bytes.subarray(2)) };
	if (family === "inet" && bytes.length >= 8) {
		return { family, address: bytes.subarray(4, 8).join("."), port: view.getUint16(2) };
	}
	if (family === "inet6" && bytes.length >= 24) {
		return { family, address: version6(view), port: view.getUint16(2) };
	}
	return { family };
}

/** The path, or the abstract name with `@` for the NUL that it begins with. */
function unixName(name: Uint8Array): string {
	if (name[0] === 0) return `@${fromBytes(name.subarray(1))}`;
	const end = name.indexOf(0);
	return fromBytes(end < 0 ? name : name.subarray(0, end));
}

/** Eight groups, the longest run of zeros as `::`; an IPv4 address within as such. */
function version6(view: DataView): string {
	const groups: number[] = [];
	for (let i = 0; i < 8; i++) groups.push(view.getUint16(8 + 2 * i));
	const [a = 0, b = 0] = groups.slice(6);
	if (groups.slice(0, 5).every((one) => one === 0) && groups[5] === 0xffff) {
		return `::ffff:${a >> 8}.${a & 0xff}.${b >> 8}.${b & 0xff}`;
	}
	const text = groups.map((one) => one.toString(16)).join(":");
	let zeros: RegExpExecArray | undefined;
	for (const run of text.matchAll(/\b0(?::0)+\b/g)) if (run[0].length > (zeros?.[0].length ?? 0)) zeros = run;
	if (!zeros) return text;
	const end = zeros.index + zeros[0].length;
	return `${text.slice(0, zeros.index).replace(/:$/, "")}::${text.slice(end).replace(/^:/, "")}`;
}

/** Whether an address of the internet stays within the machine. */
export function isLoopback(address: string): boolean {
	return address.startsWith("127.") || address === "::1" || address === "0.0.0.0" || address === "::";
}
