import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readAddress, readAddressWithPrefix } from "../../src/network/address.ts";
import type { Message } from "../../src/network/message.ts";
import {
	addName,
	deleteLink,
	getLink,
	getPorts,
	newAddress,
	newLink,
	newRoute,
	setLink,
} from "../../src/network/rtnetlink.ts";
import { missing, needs } from "../needs.ts";

/** The message with what is only known later in it, as it is sent. */
function sent({ bytes, fill, size }: Message, results: Readonly<Record<string, number>> = {}): Uint8Array {
	const filled = Uint8Array.from(bytes);
	const view = new DataView(filled.buffer);
	for (const { at, ref, as } of fill) {
		const value = results[ref] ?? Number.NaN;
		if (as === "number") view.setUint32(at, value, true);
		else filled.set(new TextEncoder().encode(String(value)), at);
	}
	return filled.subarray(0, size);
}

/** A message taken apart: attributes in the order of their numbers, for their order means nothing. */
function taken(bytes: Uint8Array): unknown {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const type = view.getUint16(4, true);
	const fixed = { 16: 16, 17: 16, 18: 16, 20: 8, 24: 12, 108: 16 }[type] ?? 0;
	const nests: Record<number, Record<number, Record<number, object>>> = { 16: { 18: { 2: {} } } };
	expect(view.getUint32(0, true)).toBe(bytes.length);
	return {
		type,
		flags: view.getUint16(6, true),
		fixed: bytes.subarray(16, 16 + fixed).toHex(),
		attributes: attributes(bytes.subarray(16 + fixed), nests[type] ?? {}),
	};
}

function attributes(bytes: Uint8Array, nests: Record<number, object>): unknown[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const found: [number, unknown][] = [];
	for (let at = 0; at < bytes.length; ) {
		const [size, type] = [view.getUint16(at, true), view.getUint16(at + 2, true) & 0x7fff];
		expect(size).toBeGreaterThanOrEqual(4);
		const value = bytes.subarray(at + 4, at + size);
		const inner = nests[type] as Record<number, object> | undefined;
		found.push([type, inner ? attributes(value, inner) : value.toHex()]);
		at += (size + 3) & ~3;
	}
	return found.toSorted(([a], [b]) => a - b);
}

/** Network namespace of the test's own, in which `ip` is watched. */
let holder: Bun.Subprocess<"pipe", "pipe", "inherit"> | undefined;
const canWatch = missing(["root", "ip", "strace", "unshare", "nsenter"]).length === 0;
const inside = (words: readonly string[]) =>
	Bun.spawnSync(["nsenter", `--net=/proc/${holder?.pid}/ns/net`, ...words], {
		env: { PATH: process.env.PATH, LC_ALL: "C" },
	});

beforeAll(async () => {
	if (!canWatch) return;
	holder = Bun.spawn(["unshare", "-n", "sh", "-c", "echo; exec cat"], { stdin: "pipe", stdout: "pipe" });
	await holder.stdout.getReader().read();
	for (const line of ["link add br0 type bridge", "link add p0 type veth peer name p1", "link set p0 up"])
		expect(inside(["ip", ...line.split(" ")]).exitCode).toBe(0);
});

afterAll(async () => {
	await holder?.stdin.end();
	await holder?.exited;
});

const indexOf = (name: string) => Number(inside(["ip", "-o", "link", "show", name]).stdout.toString().split(":")[0]);

/** The last message that `ip` sends for this. */
function ofIp(line: string): Uint8Array {
	const { stderr } = inside(["strace", "-e", "trace=sendmsg", "-e", "write=3", "ip", ...line.split(" ")]);
	const calls = stderr.toString().split(/^sendmsg/m);
	const dump = [...(calls.at(-1) ?? "").matchAll(/^ \| [0-9a-f]{5} {2}((?:[0-9a-f]{2} {1,2})+)/gm)];
	return Uint8Array.fromHex(dump.map(([, hex = ""]) => hex.replaceAll(" ", "")).join(""));
}

const address = (text: string) => readAddressWithPrefix(text) ?? expect.unreachable();
const gateway = (text: string) => readAddress(text) ?? expect.unreachable();
const peer = { name: "eth0", mtu: 1400, mac: [2, 0, 0, 0, 0, 1] };

describe("what is sent to rtnetlink is what `ip` sends", () => {
	const cases: readonly (readonly [string, () => Message])[] = [
		[
			"link add name ns77 mtu 1400 type veth peer name eth0 mtu 1400 address 02:00:00:00:00:01",
			() => newLink({ kind: "veth", peer }, { name: { before: "ns", ref: "self" }, mtu: 1400 }),
		],
		["link add name lab type bridge", () => newLink({ kind: "bridge" }, { name: "lab" })],
		["link add name d0 mtu 9000 type dummy", () => newLink({ kind: "dummy" }, { name: "d0", mtu: 9000 })],
		[
			"link add link p0 name m0 type macvlan mode private",
			() => newLink({ kind: "macvlan", mode: "private" }, { name: "m0", parent: "p0" }),
		],
		[
			"link add link p0 name m1 type macvlan mode bridge",
			() => newLink({ kind: "macvlan", mode: "bridge" }, { name: "m1", parent: "p0" }),
		],
		[
			"link add link p0 name i0 type ipvlan mode l3s",
			() => newLink({ kind: "ipvlan", mode: "l3s" }, { name: "i0", parent: "p0" }),
		],
		["link set dev p0 up", () => setLink({ index: "p0", up: true })],
		["link set dev p0 mtu 1400", () => setLink({ index: "p0" }, { mtu: 1400 })],
		["link set dev p0 address 02:00:00:00:00:01", () => setLink({ index: "p0" }, { mac: [2, 0, 0, 0, 0, 1] })],
		["link set dev p0 alias nskit", () => setLink({ index: "p0" }, { alias: "nskit" })],
		["link set dev p0 master br0", () => setLink({ index: "p0" }, { master: "br0" })],
		["addr add 10.77.0.2/24 dev p0", () => newAddress("p0", address("10.77.0.2/24"))],
		["addr add fd00::2/64 dev p0 nodad", () => newAddress("p0", address("fd00::2/64"))],
		[
			"route add default via 10.77.0.1 dev p0 proto static",
			() => newRoute("p0", { to: address("0.0.0.0/0"), via: gateway("10.77.0.1") }),
		],
		[
			"route add 10.9.0.0/16 via 10.77.0.1 dev p0 proto static",
			() => newRoute("p0", { to: address("10.9.0.0/16"), via: gateway("10.77.0.1") }),
		],
		["route add 10.8.0.0/16 dev p0 proto static", () => newRoute("p0", { to: address("10.8.0.0/16") })],
		["-6 route add fd01::/64 dev p0 proto static", () => newRoute("p0", { to: address("fd01::/64") })],
		["link del dev p0", () => deleteLink("p0")],
	];
	for (const [line, make] of cases) {
		needs(
			"root",
			"ip",
			"strace",
			"unshare",
			"nsenter",
		)(line, () => {
			const results = { self: 77, p0: indexOf("p0"), br0: indexOf("br0") };
			const theirs = ofIp(line);
			expect(theirs.length).toBeGreaterThan(16);
			expect(taken(sent(make(), results))).toEqual(asWeSayIt(taken(theirs), make()));
		});
	}
});

/** What we say otherwise: names that are filled in have NULs up to their longest, and flags of 0 are not sent. */
function asWeSayIt(theirs: unknown, { fill }: Message): unknown {
	const text = JSON.stringify(theirs).replace('[1,"0200"],[2,"0000"]', '[1,"0200"]');
	const isFilled = fill.some(({ as }) => as === "digits");
	return JSON.parse(isFilled ? text.replace('[3,"6e73373700"]', `[3,"${"6e733737".padEnd(32, "0")}"]`) : text);
}

describe("what has no like in `ip`", () => {
	test("a descriptor of a namespace is filled in, in both ends of a pair, wherever it lies", () => {
		const made = newLink({ kind: "veth", peer: { name: "eth0", namespace: "inside" } }, { name: "a", master: "br" });
		const bytes = sent(made, { inside: 0x0a0b0c0d, br: 7 });
		expect(bytes.toHex()).toContain("08001c000d0c0b0a");
		expect(bytes.toHex()).toContain("08000a0007000000");
		expect(made.shows).toBe(
			'{RTM_NEWLINK, NLM_F_REQUEST|NLM_F_ACK|NLM_F_CREATE|NLM_F_EXCL, {}, IFLA_LINKINFO={IFLA_INFO_KIND="veth", IFLA_INFO_DATA={VETH_INFO_PEER={{}, IFLA_NET_NS_FD=$inside, IFLA_IFNAME="eth0"}}}, IFLA_MASTER=$br, IFLA_IFNAME="a"}',
		);
	});

	test("flags go back to what they were, and only the one that is meant", () => {
		const made = setLink({ index: "i", up: { flags: "f" } }, { name: "old", namespace: "own" });
		expect(sent(made, { i: 5, f: 0x1043, own: 9 }).subarray(16, 32).toHex()).toBe("00000000050000004310000001000000");
	});

	test("a name is asked for, one more is given, and ports are asked for", () => {
		expect(sent(getLink("lab")).toHex().slice(64)).toBe("080003006c616200");
		expect(getLink({ other: "nskit:lab" }).shows).toBe('{RTM_GETLINK, NLM_F_REQUEST, {}, IFLA_ALT_IFNAME="nskit:lab"}');
		expect(sent(addName("i", "n"), { i: 3 }).toHex().slice(64)).toBe("0c003480060035006e000000");
		expect(sent(getPorts("b"), { b: 3 }).toHex().slice(64)).toBe("08000a0003000000");
	});

	test("a name that ends in a number has room for it, in the attribute and behind the message", () => {
		const made = getLink({ before: "nsb", ref: "self" });
		expect(made.size).toBe(16 + 16 + 20);
		const [fill] = made.fill;
		expect((fill?.at ?? 0) + 7 - 1 + 8).toBeLessThanOrEqual(made.bytes.length);
	});
});
