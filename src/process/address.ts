/** Addresses of the internet as the kernel takes them. ip(7), ipv6(7). */

/** The bytes of `"127.0.0.1"` or `"::1"`, four or sixteen; `undefined` for every other text, names of hosts among them. */
export function addressBytes(text: string): number[] | undefined {
	return text.includes(":") ? version6(text) : version4(text);
}

/** Four numbers from 0 to 255, without leading zeros, which some take for octal. */
function version4(text: string): number[] | undefined {
	const parts = text.split(".");
	if (parts.length !== 4) return undefined;
	const bytes: number[] = [];
	for (const part of parts) {
		if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 0xff) return undefined;
		bytes.push(Number(part));
	}
	return bytes;
}

/** Eight groups of up to four digits; `::` once stands for as many zeros as are missing. */
function version6(text: string): number[] | undefined {
	const halves = text.split("::");
	if (halves.length > 2) return undefined;
	const [before, after] = [groupBytes(halves[0] ?? ""), groupBytes(halves[1] ?? "")];
	if (!before || !after) return undefined;
	const missing = 16 - before.length - after.length;
	if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
	return [...before, ...Array<number>(missing).fill(0), ...after];
}

function groupBytes(text: string): number[] | undefined {
	const bytes: number[] = [];
	if (text === "") return bytes;
	for (const group of text.split(":")) {
		if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
		const value = Number.parseInt(group, 16);
		bytes.push(value >> 8, value & 0xff);
	}
	return bytes;
}

/** `struct sockaddr_in` or `struct sockaddr_in6`: the port and the address with their highest byte first. */
export function socketAddress(address: readonly number[], port: number, family: number): number[] {
	const head = [family & 0xff, family >> 8, port >> 8, port & 0xff];
	const zeros = (count: number) => Array<number>(count).fill(0);
	if (address.length === 4) return [...head, ...address, ...zeros(8)];
	return [...head, ...zeros(4), ...address, ...zeros(4)];
}
