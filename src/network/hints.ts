/** The way out where the kernel refuses an interface. */
import type { Link } from "./resolve.ts";

/** By the name of the error. */
export function linkHints(link?: Link): Readonly<Record<string, string>> {
	const rights = "this takes CAP_NET_ADMIN in the caller's network namespace: run it as root, or take --net=internet";
	if (!link) return { EPERM: `${rights}; CAP_SYS_ADMIN is needed as well for macvlan, ipvlan and move` };
	const { kind, name, host, parent, bridge } = link;
	const outside = typeof host === "string" ? host : "that name";
	return {
		EPERM: kind === "dummy" ? "this takes CAP_NET_ADMIN in the new network namespace" : rights,
		EEXIST:
			kind === "move"
				? `${outside} or ${name} is there already in the other network namespace`
				: `an interface called ${outside === "that name" ? name : outside}, or such an address or route, is there already`,
		ENODEV: `there is no interface called ${(kind === "move" ? outside : parent || bridge) || name}`,
		EOPNOTSUPP:
			kind === "bridge"
				? `${bridge} is no bridge, or the kernel has none`
				: `the kernel has no interfaces of the kind ${kind}`,
		EINVAL:
			kind === "move"
				? `${outside} cannot leave its network namespace`
				: "the kernel refuses this for such an interface: look at its mode, MTU and addresses",
		ENETUNREACH: "no address of the interface reaches the gateway",
		EACCES: "IPv6 is switched off for it: see net.ipv6.conf.all.disable_ipv6",
		EAGAIN: "somebody else holds the lock on the network namespace, and ns has waited for ten seconds",
		EBUSY: `${parent} is in use already, or has no room for one more`,
	};
}
