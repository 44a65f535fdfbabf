/** Addresses, names and sizes of interfaces, read strictly: what the kernel would take for something else is none. */
import { addressBytes } from "../process/address.ts";

/** An address of the internet: its four or sixteen bytes, and how it was written. */
export interface Address {
	readonly bytes: readonly number[];
	readonly text: string;
}

/** An address with the number of bits that its network has in common. */
export interface AddressWithPrefix extends Address {
	readonly prefix: number;
}

/** An address without a prefix, such as `10.77.0.1` or `fd00::1`; `undefined` for every other text. */
export function readAddress(text: string): Address | undefined {
	const bytes = addressBytes(text);
	return bytes && { bytes, text };
}

/** An address with a prefix, such as `10.77.0.2/24` or `fd00::2/64`; `undefined` for every other text. */
export function readAddressWithPrefix(text: string): AddressWithPrefix | undefined {
	const slash = text.indexOf("/");
	const bytes = slash < 0 ? undefined : addressBytes(text.slice(0, slash));
	const bits = text.slice(slash + 1);
	if (!bytes || !/^(?:0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > 8 * bytes.length) return undefined;
	return { bytes, text: text.slice(0, slash), prefix: Number(bits) };
}

/** What is wrong with an address for an interface; `undefined` where nothing is. */
export function addressFault({ bytes, prefix }: AddressWithPrefix): string | undefined {
	if (prefix === 0) return "is of a network of all addresses";
	if (bytes.every((one) => one === 0)) return "stands for no address";
	const first = bytes[0] ?? 0;
	if (bytes.length === 16) return first === 0xff ? "is one of many receivers" : undefined;
	if (first >= 224) return "is one of many receivers, or of none";
	if (first === 127 || first === 0) return "stays within a machine";
	if (prefix > 30) return undefined;
	const host = hostBits(bytes, prefix);
	if (host.every((one) => one === 0)) return "is the network itself";
	return host.every((one) => one === 1) ? "reaches all of its network" : undefined;
}

/** The bits behind the prefix. */
function hostBits(bytes: readonly number[], prefix: number): number[] {
	const bits: number[] = [];
	for (let at = prefix; at < 8 * bytes.length; at++) bits.push(((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
	return bits;
}

/** Whether the destination of a route has nothing but zeros behind its prefix, as the kernel wants it. */
export const isNetwork = ({ bytes, prefix }: AddressWithPrefix): boolean =>
	hostBits(bytes, prefix).every((one) => one === 0);

/** Whether an address is one of the network. */
export function isWithin({ bytes }: Address, network: AddressWithPrefix): boolean {
	if (bytes.length !== network.bytes.length) return false;
	for (let at = 0; at < network.prefix; at++) {
		const bit = 7 - (at & 7);
		if ((((bytes[at >> 3] ?? 0) ^ (network.bytes[at >> 3] ?? 0)) >> bit) & 1) return false;
	}
	return true;
}

/** Whether two are the same address, however they are written. */
export const isSameAddress = (one: Address, other: Address): boolean => one.bytes.join() === other.bytes.join();

/** An address of IPv6 that is good on one link alone. */
export const isLinkLocal = ({ bytes }: Address): boolean =>
	bytes.length === 16 && bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;

/** The six bytes of `02:00:00:00:00:01`: one interface's, and not all zeros. `undefined` for every other text. */
export function readMac(text: string): number[] | undefined {
	if (!/^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/.test(text)) return undefined;
	const bytes: number[] = [];
	for (const part of text.split(":")) bytes.push(Number.parseInt(part, 16));
	const isOfMany = ((bytes[0] ?? 0) & 1) === 1;
	return isOfMany || bytes.every((one) => one === 0) ? undefined : bytes;
}

/**
 * Whether an interface can be called that: 1 to 15 printable bytes of ASCII without a space, a slash, a colon, and the
 * percent sign, which the kernel replaces by a number; not `.` and `..`, and not the names that parameters have for all.
 */
export const isInterfaceName = (name: string): boolean =>
	/^[!-$&-.0-9;-~]{1,15}$/.test(name) && !["", ".", "..", "all", "default"].includes(name);

/** The sizes of packets in bytes that an interface can have. IPv6 needs 1280. */
export const mtus = { least: 68, leastOfIpv6: 1280, most: 65_535 } as const;
