import { describe, expect, test } from "bun:test";
import { net } from "../../src/namespaces/net.ts";
import { collisions } from "../../src/network/collisions.ts";
import { type PresentInterface, presentInterfaces } from "../../src/network/interfaces.ts";
import { resolveLinks } from "../../src/network/resolve.ts";
import { newAddress, newLink } from "../../src/network/rtnetlink.ts";
import { aliasOf } from "../../src/network/steps.ts";
import type { LinkOptions } from "../../src/network/types.ts";
import { PlanError } from "../../src/plan/errors.ts";
import { plan } from "../../src/plan/plan.ts";
import { callText } from "../../src/plan/text.ts";
import type { Host, Plan } from "../../src/plan/types.ts";
import { command, hostCapabilities, rootHost, userHost } from "../plan/fixtures.ts";

const planned = (links: readonly LinkOptions[], host: Host = rootHost): Plan =>
	plan([net({ links })], { host, command });

function messages(links: readonly LinkOptions[], host?: Host): string[] {
	try {
		planned(links, host);
		return [];
	} catch (error) {
		if (error instanceof PlanError) return error.problems.map(({ message }) => message);
		throw error;
	}
}

const veth = (more: Partial<LinkOptions> = {}): LinkOptions => ({ kind: "veth", ...more });

describe("names of interfaces", () => {
	test("inside are eth0 and so on, without those that are taken, and what is moved keeps its own", () => {
		const links = [veth(), veth({ name: "eth1" }), veth(), { kind: "move", host: "wlan0" } as const, veth()];
		expect(resolveLinks(links, []).map(({ name }) => name)).toEqual(["eth0", "eth1", "eth2", "wlan0", "eth3"]);
	});

	test("outside hold the number of the supervisor, and a letter from the second on", () => {
		const hosts = resolveLinks([veth(), { kind: "dummy" }, veth({ host: "x" }), veth()], []).map(({ host }) => host);
		expect([hosts[0], hosts[2], hosts[3]]).toEqual([
			{ before: "ns", ref: "self" },
			"x",
			{ before: "nsb", ref: "self" },
		]);
	});
});

describe("problems of interfaces", () => {
	const cases: readonly (readonly [string, LinkOptions[], string])[] = [
		["a name", [veth({ name: "a/b" })], 'nothing can be called "a/b"'],
		["a pattern of names", [veth({ host: "eth%d" })], 'nothing can be called "eth%d"'],
		["loopback", [veth({ name: "lo" })], "lo is the loopback interface"],
		["an address without a prefix", [veth({ addresses: ["10.0.0.1"] })], "is no address with a prefix"],
		["an address of many", [veth({ addresses: ["224.0.0.1/24"] })], "is one of many receivers"],
		["a gateway", [veth({ gateways: ["x"] })], "is no address of a gateway"],
		["a gateway with a prefix", [veth({ gateways: ["10.0.0.1/24"] })], "is no address of a gateway"],
		[
			"a gateway that is no interface's",
			[veth({ gateways: ["0.0.0.0"] })],
			"the gateway 0.0.0.0 stands for no address",
		],
		["a route to an address", [veth({ routes: [{ to: "10.0.0.1/24" }] })], "is no network for a route"],
		["a route of two families", [veth({ routes: [{ to: "10.0.0.0/24", via: "fd00::1" }] })], "is no gateway to"],
		["a size", [veth({ mtu: 67 })], "an MTU of 67 cannot be"],
		["no size", [veth({ mtu: Number.NaN })], "an MTU of NaN cannot be"],
		["a size without IPv6", [veth({ mtu: 1279, addresses: ["fd00::1/64"] })], "an MTU of 1279 cannot be"],
		["a hardware address", [veth({ mac: "01:00:00:00:00:00" })], "is no hardware address of one interface"],
		["no bridge", [{ kind: "bridge" }], "nothing says which bridge"],
		["no parent", [{ kind: "macvlan" }], "nothing says which parent"],
		["nothing to move", [{ kind: "move" }], "nothing says which host"],
		[
			"what changes the interface for good",
			[{ kind: "move", host: "x", mtu: 1400 }],
			"mtu means nothing for the kind move",
		],
		[
			"a hardware address that is shared",
			[{ kind: "ipvlan", parent: "x", mac: "02:00:00:00:00:01" }],
			"mac means nothing",
		],
		["another's mode", [{ kind: "macvlan", parent: "x", mode: "l2" }], 'macvlan has no mode "l2"'],
		["a mode", [veth({ mode: "bridge" })], "mode means nothing for the kind veth"],
		["two of one name inside", [veth({ name: "a" }), veth({ name: "a" })], "two interfaces inside would be called a"],
		[
			"two of one name outside",
			[veth({ host: "a" }), { kind: "bridge", bridge: "a" }],
			"two interfaces outside would be called a",
		],
		[
			"an address twice",
			[veth({ addresses: ["fd00::1/64"] }), veth({ addresses: ["fd00:0::1/64"] })],
			"the address fd00::1 is asked for twice",
		],
		[
			"an address at both ends",
			[veth({ addresses: ["10.0.0.1/24"], hostAddresses: ["10.0.0.1/24"] })],
			"the address 10.0.0.1 is asked for twice",
		],
		[
			"two gateways",
			[veth({ addresses: ["10.0.0.2/24"], gateways: ["10.0.0.1", "10.0.0.3"] })],
			"two gateways lead to the same network",
		],
		[
			"a gateway nobody reaches",
			[veth({ addresses: ["10.0.0.2/24"], gateways: ["10.0.1.1"] })],
			"the gateway 10.0.1.1 is in no network of eth0",
		],
		["too many", Array<LinkOptions>(17).fill(veth()), "17 interfaces"],
	];
	for (const [what, links, message] of cases)
		test(`name ${what}`, () => expect(messages(links).join("\n").replace("fd00:0::1", "fd00::1")).toContain(message));

	test("are none where a gateway is reached by a route, or is one of the link", () => {
		const onlink = { addresses: ["10.0.0.2/32"], gateways: ["10.0.1.1"], routes: [{ to: "10.0.1.1/32" }] };
		expect(messages([veth(onlink)])).toEqual([]);
		expect(messages([veth({ gateways: ["fe80::1"] })])).toEqual([]);
	});

	test("name the right that is missing, and none where nothing lies outside", () => {
		const lacking = { ...hostCapabilities, effective: "0000000000000000" };
		expect(messages([veth(), veth()], { ...userHost, capabilities: lacking })).toEqual([
			"veth reaches into the caller's network, which takes CAP_NET_ADMIN there",
		]);
		expect(messages([{ kind: "dummy" }], { ...userHost, capabilities: lacking })).toEqual([]);
		expect(messages([veth()], { ...rootHost, capabilities: hostCapabilities })).toEqual([]);
	});

	test("name what is not made: a network namespace, and bridges on an old kernel", () => {
		expect(() => plan([net({ links: [veth()], create: false })], { host: rootHost, command })).toThrow(
			/interfaces are for a new network namespace/,
		);
		expect(messages([{ kind: "bridge", bridge: "x" }], { ...rootHost, kernel: 504, kernelRelease: "5.4" })).toContain(
			"to make bridges and take them away needs Linux 5.5, and this is 5.4",
		);
	});
});

describe("the steps of interfaces", () => {
	const steps = (links: readonly LinkOptions[]) => planned(links).steps.filter(({ module }) => module === "net");
	const calls = (links: readonly LinkOptions[], phase: string) =>
		steps(links)
			.filter((one) => one.phase === phase)
			.flatMap((one) => one.calls.map(callText));

	test("make a cable outside, set it up inside, and take it away at the end", () => {
		const found = steps([veth({ addresses: ["10.0.0.2/24"], gateways: ["10.0.0.1"] })]);
		expect(found.map(({ phase, who }) => [phase, who])).toEqual([
			["outside", "helper"],
			["outside", "helper"],
			["network", "outer"],
			["network", "outer"],
			["clean", "helper"],
		]);
		expect(planned([veth()]).stays).toBe(true);
	});

	test("of an interface that leads nowhere need nobody outside", () => {
		expect(steps([{ kind: "dummy" }]).map(({ phase }) => phase)).toEqual(["network", "network"]);
		expect(planned([{ kind: "dummy" }]).helper).toBe(false);
	});

	test("at the end may fail, all of them, and wait for nobody", () => {
		const all: LinkOptions[] = [
			veth(),
			{ kind: "bridge", bridge: "lab" },
			{ kind: "macvlan", parent: "p" },
			{ kind: "move", host: "m" },
		];
		for (const one of steps(all).filter(({ phase }) => phase === "clean"))
			for (const { mayFail, name, args } of one.calls) {
				expect(mayFail === true || name === "flock" || name === "close").toBe(true);
				if (name === "recvfrom") expect(args[3]).toEqual({ flags: "MSG_DONTWAIT" });
			}
	});

	test("move before they make, so that a name is free when it arrives", () => {
		const all = steps([veth({ name: "p1" }), { kind: "move", host: "p1", name: "wan" }]);
		expect(all.filter(({ phase }) => phase === "outside").map(({ does }) => does)).toEqual([
			"talk to the kernel about the caller's network and the new one",
			"move the interface p1 inside",
			"lay a cable from ns and a number outside to p1 inside",
		]);
	});

	test("take a bridge away once, under the lock, and only by the mark that it has", () => {
		const on = { kind: "bridge", bridge: "lab" } as const;
		const clean = calls([on, on], "clean");
		expect(clean.filter((text) => text.includes('IFLA_ALT_IFNAME="nskit:lab"'))).toHaveLength(1);
		expect(clean.filter((text) => text.includes("LOCK_EX"))).toHaveLength(1);
	});

	test("send routes without a gateway first", () => {
		const routes = [{ to: "10.9.0.0/16", via: "10.1.0.1" }, { to: "10.1.0.0/24" }];
		const sent = calls([veth({ routes })], "network").filter((text) => text.includes("RTM_NEWROUTE"));
		expect(sent.map((text) => /RTA_DST=([^,]*)/.exec(text)?.[1])).toEqual(["10.1.0.0", "10.9.0.0"]);
	});

	test("write the addresses inside beside the end outside, as many as there is room for", () => {
		const address = (i: number) => ({ bytes: [], text: `fd00:1111:2222:3333:4444:5555:6666:${1000 + i}`, prefix: 64 });
		const alias = aliasOf({ addresses: Array.from({ length: 20 }, (_, i) => address(i)) });
		expect(alias.length).toBeLessThanOrEqual(255);
		expect(alias.startsWith("nskit fd00:1111:2222:3333:4444:5555:6666:1000 fd00:")).toBe(true);
	});
});

describe("collisions", () => {
	const there = (more: Partial<PresentInterface>): PresentInterface => ({
		...{ index: 1, name: "lo", others: [], kind: undefined, alias: "", master: undefined, addresses: [] },
		...more,
	});
	const present = [
		there({ index: 2, name: "eth0", addresses: [[10, 1, 0, 1]] }),
		there({ index: 3, name: "lab", kind: "bridge", addresses: [[10, 77, 0, 1]] }),
		there({ index: 4, name: "ns7", kind: "veth", alias: "nskit 10.77.0.2 fd00::2", master: 3 }),
		there({ index: 5, name: "foreign", kind: "veth", alias: "10.77.0.9", master: 3 }),
		there({ index: 6, name: "renamed", others: ["nskit:old"], kind: "bridge" }),
	];
	const found = (...options: LinkOptions[]) =>
		collisions(resolveLinks(options, []), present).map(({ code, message }) => `${code}: ${message}`);
	const bridge = (more: Partial<LinkOptions> = {}): LinkOptions => ({ kind: "bridge", bridge: "lab", ...more });

	test("are none with what is free", () => {
		expect(found(veth({ addresses: ["10.77.0.9/24"] }), bridge({ addresses: ["10.77.0.9/24"] }))).toEqual([]);
		expect(found(bridge({ hostAddresses: ["10.77.0.1/24"] }), bridge({ bridge: "new" }))).toEqual([]);
		expect(
			found(veth({ addresses: ["10.77.0.2/24"] }), { kind: "move", host: "eth0", addresses: ["10.1.0.1/24"] }),
		).toEqual([]);
		expect(found(bridge({ bridge: "old" }))).toEqual([]);
	});

	test("of names outside", () => {
		expect(
			found(veth({ host: "eth0" }), { kind: "macvlan", parent: "eth1" }, { kind: "move", host: "nothing" }),
		).toEqual([
			"LINK_NAME_TAKEN: an interface called eth0 is there already",
			"LINK_MISSING: there is no interface called eth1 here",
			"LINK_MISSING: there is no interface called nothing here",
		]);
		expect(found(bridge({ bridge: "eth0" }))).toEqual(["LINK_NO_BRIDGE: eth0 is there already, and is no bridge"]);
	});

	test("of addresses: the caller's, and those of other sandboxes on the bridge", () => {
		expect(found(veth({ addresses: ["10.1.0.1/24"], hostAddresses: ["10.77.0.1/24"] }))).toEqual([
			"LINK_ADDRESS_TAKEN: eth0 has the address 10.1.0.1 already",
			"LINK_ADDRESS_TAKEN: lab has the address 10.77.0.1 already",
		]);
		expect(found(bridge({ addresses: ["fd00:0:0::2/64"] }))).toEqual([
			"LINK_ADDRESS_TAKEN: the sandbox behind ns7 on lab has the address fd00:0:0::2 already",
		]);
		expect(found(bridge({ hostAddresses: ["10.77.0.5/24"] }))).toEqual([
			"LINK_BRIDGE_ADDRESS: the bridge lab is there already, without the address 10.77.0.5",
		]);
	});
});

describe("`presentInterfaces`", () => {
	test("reads what was asked for, and refuses what is cut short", () => {
		const link = newLink({ kind: "bridge" }, { name: "lab", alias: "nskit x", mtu: 1500 }).bytes;
		const address = newAddress("i", { bytes: [10, 0, 0, 1], text: "", prefix: 24 });
		const filled = address.bytes.with(address.fill[0]?.at ?? 0, 0);
		const read = presentInterfaces(Uint8Array.from(link), Uint8Array.from(filled));
		expect(read).toEqual([
			{
				index: 0,
				name: "lab",
				others: [],
				kind: "bridge",
				alias: "nskit x",
				master: undefined,
				addresses: [[10, 0, 0, 1]],
			},
		]);
		expect(() => presentInterfaces(Uint8Array.from(link).subarray(0, 40), new Uint8Array())).toThrow(RangeError);
	});
});
