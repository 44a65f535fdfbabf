/** Names inside where the caller's name server listens on the caller's own loopback interface, as systemd-resolved does. */

/** Where questions are sent inside; pasta passes them on to the caller's name server. Nobody has this address: link-local. */
export const forwarded = "169.254.1.53";

/** An address of IPv4: pasta passes questions on to a name server of the same version of IP. */
const isLoopback = (address: string): boolean => /^127(\.\d{1,3}){3}$/.test(address);

/**
 * The text of resolv.conf(5) for inside: the caller's with another address, pasta's unless said, for a name server on the loopback interface.
 * `undefined` where the caller's own does as well, or none is known.
 */
export function forwardedResolv(text: string | undefined, instead = forwarded): string | undefined {
	let found = false;
	const lines: string[] = [];
	for (const line of (text ?? "").split("\n")) {
		const [word, address = ""] = line.trim().split(/\s+/);
		if (word !== "nameserver" || !isLoopback(address)) lines.push(line);
		else {
			if (!found) lines.push(`nameserver ${instead}`);
			found = true;
		}
	}
	return found ? lines.join("\n") : undefined;
}
