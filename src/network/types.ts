/** Interfaces of a new network namespace, as they are asked for. */
import type { ipvlanModes, macvlanModes } from "./rtnetlink.ts";

/** The kinds of interfaces that a sandbox can be given. */
export const linkKinds = ["veth", "bridge", "macvlan", "ipvlan", "move", "dummy"] as const;

/** Where packets go that are for none of the interface's own networks. ip-route(8). */
export interface RouteOptions {
	/** The destination with its prefix, such as `10.9.0.0/16` or `::/0`. */
	readonly to: string;
	/** The gateway they are handed to. @default none: the destination is reached without one */
	readonly via?: string | undefined;
}

/** One interface. What it needs outside is made by the caller's rights, and taken back when the sandbox has ended. */
export interface LinkOptions {
	/**
	 * - `veth`: a cable between the sandbox and the caller's network namespace.
	 * - `bridge`: the same, plugged into the bridge called `bridge`, which is made where it is not there, and taken away
	 *   with the last sandbox on it.
	 * - `macvlan`: an interface of its own hardware address on the wire of `parent`.
	 * - `ipvlan`: one that shares the hardware address of `parent`.
	 * - `move`: the interface `host` itself; it comes back when the sandbox has ended.
	 * - `dummy`: one that leads nowhere.
	 */
	readonly kind: (typeof linkKinds)[number];
	/** What it is called inside. @default eth0, eth1 and so on; for `move` its name outside */
	readonly name?: string | undefined;
	/** The bridge it is plugged into. */
	readonly bridge?: string | undefined;
	/** The interface outside on whose wire it is. */
	readonly parent?: string | undefined;
	/** How those on one parent reach each other. ip-link(8). @default bridge for macvlan, l2 for ipvlan */
	readonly mode?: keyof typeof macvlanModes | keyof typeof ipvlanModes | undefined;
	/** What the end outside is called; for `move` the interface that is moved. @default ns and the supervisor's process id */
	readonly host?: string | undefined;
	/** Addresses with prefixes of the end outside, or of the bridge where it is made. */
	readonly hostAddresses?: readonly string[] | undefined;
	/** Addresses with prefixes inside, such as `10.77.0.2/24`, `fd00::2/64`. */
	readonly addresses?: readonly string[] | undefined;
	/** Where packets go that are for nobody else: one gateway of IPv4, one of IPv6, or both. */
	readonly gateways?: readonly string[] | undefined;
	readonly routes?: readonly RouteOptions[] | undefined;
	/** The longest packet in bytes, 68 to 65535. @default what the kernel takes */
	readonly mtu?: number | undefined;
	/** The hardware address, such as `02:00:00:00:00:01`. @default a random one */
	readonly mac?: string | undefined;
}
