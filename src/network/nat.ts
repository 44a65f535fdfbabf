/** The steps that let a sandbox out through the host, and lead ports of the host into it. Done by the helper. */
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Step } from "../plan/types.ts";
import { type Message, messageArg } from "./message.ts";
import { type NatRules, natChains, reachesLoopback, target } from "./nat-rules.ts";
import { deleteTable, newTable } from "./nftables.ts";
import { holdSteps } from "./ports.ts";
import type { LinkName } from "./rtnetlink.ts";

/** The first kernel that ends a table with the socket that has made it. */
const ownsTables = 512;
const table = { before: "nskit-", ref: "self" } as const;
/** The socket that the table belongs to. */
const socket = "nat.netlink";

const add = (fields: Omit<Step, "module" | "who" | "calls"> & Pick<Step, "calls">): Step =>
	step({ module: "net", ...fields });

/** What the helper has to keep open for as long as the sandbox lives. */
export const keptForNat = ({ published }: Pick<NatRules, "published">): string[] =>
	published.length === 0 ? [socket] : [socket, "ports.held"];

/** Ports are held before any link is made: whether they are free is all that others have a say in. */
export const holdPorts = ({ ways, published }: NatRules): Step[] => {
	const to = target(ways);
	return to ? holdSteps(published, to.addresses) : [];
};

/** The steps for links that are there by now. `kernel`: its version, as in `Host`. */
export function natSteps(asked: NatRules, kernel: number): Step[] {
	const { ways, published } = asked;
	const steps: Step[] = [];
	for (const family of [4, 16] as const)
		if (ways.some(({ addresses }) => addresses.some(({ bytes }) => bytes.length === family)))
			steps.push(forwarding(family));
	const owns = kernel >= ownsTables;
	steps.push(rules(newTable(table, natChains(asked), owns)));
	const to = published.length === 0 ? undefined : target(ways);
	if (to?.way.own && reachesLoopback(published) && to.addresses.some(({ bytes }) => bytes.length === 4))
		steps.push(routeLoopback(to.way.name));
	if (!owns) steps.push(takeBack);
	return steps;
}

const parameters = { 4: "/proc/sys/net/ipv4/ip_forward", 16: "/proc/sys/net/ipv6/conf/all/forwarding" } as const;
/** `1` and a newline, as a number of 64 bits. */
const isOn = 0x0a31;

const forwarding = (size: 4 | 16): Step =>
	add({
		phase: "outside",
		does: `switch on forwarding of IPv${size === 4 ? 4 : 6} for the whole host, where it is off`,
		why: "packets of the sandbox pass through the host; it stays on, for others may rely on it by then",
		man: size === 4 ? "ip(7)" : "ipv6(7)",
		hints: {
			EROFS: "/proc/sys is read-only here: switch it on outside of this container",
			ENOENT: "this kernel has no such protocol",
		},
		calls: [
			// Where it cannot be written to, it may be on already.
			call("openat", [flags("AT_FDCWD"), parameters[size], flags("O_WRONLY|O_CLOEXEC")], {
				result: "forwarding",
				mayFail: ["EROFS", "EACCES"],
			}),
			call("write", [ref("forwarding"), "1", 1], { onlyIf: "forwarding" }),
			call("close", [ref("forwarding")], { onlyIf: "forwarding" }),
			call("openat", [flags("AT_FDCWD"), parameters[size], flags("O_RDONLY|O_CLOEXEC")], { result: "file" }),
			call("read", [ref("file"), { out: `forwarding.${size}`, size: 8 }, 8], {
				result: "read",
				check: { begins: `forwarding.${size}`, number: isOn, otherwise: "EROFS" },
			}),
			call("close", [ref("file")]),
		],
	});

/** Sends a batch, and reads the answer. */
const send = (message: Message): Call[] => [
	call("socket", [flags("AF_NETLINK"), flags("SOCK_RAW|SOCK_CLOEXEC"), flags("NETLINK_NETFILTER")], { result: socket }),
	call("sendto", [ref(socket), messageArg(message), message.size, 0, null, 0]),
	call("recvfrom", [ref(socket), { out: "nat.answer", size: 4096 }, 4096, 0, null, null], {
		check: { netlink: "nat.answer" },
	}),
];

/** Above 0 when the table is ours: one of that name may be somebody's who sees other process ids. */
const made = "nat.made";

const rules = (message: Message): Step =>
	add({
		phase: "outside",
		does: "give nf_tables the rules for the sandbox's packets",
		why: "in a table of their own, which goes when the helper ends: nobody else's rules are touched",
		man: "nft(8)",
		hints: {
			EPERM:
				"CAP_NET_ADMIN over the host's network namespace is needed: be root, or leave NAT to pasta with --net=internet",
			EPROTONOSUPPORT: "this kernel has no nf_tables: load the module, or leave NAT to pasta with --net=internet",
			ENOENT: "this kernel lacks a part of nf_tables: nft_nat, nft_masq, nft_ct and nft_fib_inet are needed",
			EOPNOTSUPP: "this kernel lacks a part of nf_tables: nft_nat, nft_masq, nft_ct and nft_fib_inet are needed",
		},
		calls: [...send(message), call("getpid", [], { result: made })],
	});

/** Only behind the rule that lets nobody inside use it. */
const routeLoopback = (name: LinkName): Step => {
	const file = "/route_localnet";
	const folder = "/proc/sys/net/ipv4/conf/";
	const path =
		typeof name === "string" ? `${folder}${name}${file}` : { text: [folder + name.before, { ref: name.ref }, file] };
	return add({
		phase: "outside",
		does: "let the host's 127.0.0.1 pass over the link",
		why: "ports are published there too; the rules drop what comes back by itself",
		man: "ip(7)",
		hints: { EROFS: "/proc/sys is read-only here: publish at an address that is not 127.0.0.1" },
		calls: [
			call("openat", [flags("AT_FDCWD"), path, flags("O_WRONLY|O_CLOEXEC")], { result: "file" }),
			call("write", [ref("file"), "1", 1]),
			call("close", [ref("file")]),
		],
	});
};

const takeBack = add({
	phase: "clean",
	does: "take the rules away",
	why: "kernels before 5.12 do not end them with the helper",
	man: "nft(8)",
	calls: [
		call("sendto", [ref(socket), messageArg(deleteTable(table)), deleteTable(table).size, 0, null, 0], {
			mayFail: true,
			onlyIfAbove0: made,
		}),
	],
});
