/** What is sent out of a sandbox and refused: by real servers, and by root inside who tries to get past the rules. */
import { expect } from "bun:test";
import { type Ns, rows } from "./harness.ts";
import { asked, client, Networks } from "./networks.ts";
import { descendants } from "./outside.ts";
import { asking, beyond, beyondPort, gateway, loopbackPort, type Uplink, uplink } from "./uplink.ts";

const asRoot = rows({ who: "root", needs: ["ip", "nft", "python3", "unshare", "nsenter"] });
const everywhere = rows({ needs: ["root", "pasta", "ip", "nft", "python3", "unshare", "nsenter", "bash"] });

const four = ["--net=veth", "--ip", "10.77.0.2/24", "--host-ip", "10.77.0.1/24", "--gateway", "10.77.0.1"];
const both = [...four, "--ip", "fd77::2/64", "--host-ip", "fd77::1/64", "--gateway", "fd77::1"];
const servers = ["tcp:192.0.2.9:80", "tcp:192.0.2.9:81", "udp:192.0.2.9:53", "tcp:192.0.2.1:80"];
const serversOfIpv6 = ["tcp:2001:db8::9:80", "tcp:2001:db8::9:81", "udp:2001:db8::9:53", "tcp:2001:db8::1:80"];

/** A host and an internet where everything listens. */
async function listening(ns: Ns): Promise<Networks> {
	const networks = await Networks.make(ns);
	await networks.serve("internet", ["tcp:80", "tcp:81", "udp:53"]);
	await networks.serve("host", ["tcp:80"]);
	return networks;
}

asRoot("with something allowed all else is refused, at once", async (ns) => {
	const networks = await listening(ns);
	const before = await networks.left();
	const ask = async (rules: readonly string[]) => {
		const args = ["run", ...both, "--nat", ...rules, "--", ...client, ...servers, ...serversOfIpv6];
		const { stdout } = await networks.run(args);
		return stdout.trim().split("\n");
	};
	const [no, none] = ["ECONNREFUSED", "EPERM"];
	expect(await ask(["--allow-out", "192.0.2.9:80/tcp", "--allow-out", "[2001:db8::9]:50-60/udp"])).toEqual(
		["192.0.2.1 80", no, none, no].concat([no, no, "2001:db8::1 53", no]),
	);
	expect(await ask(["--deny-out", "192.0.2.0/29", "--allow-out", "192.0.2.0/24", "--allow-out", "any:81"])).toEqual(
		["192.0.2.1 80", "192.0.2.1 81", "192.0.2.1 53", no].concat([no, "2001:db8::1 81", none, no]),
	);
	expect(await ask(["--deny-out", "any:81/tcp", "--deny-out", "any/udp", "--deny-out", "2001:db8::1"])).toEqual(
		["192.0.2.1 80", no, none, "10.77.0.2 80"].concat(["2001:db8::1 80", no, none, no]),
	);
	expect(await ask(["--deny-out", "any"])).toEqual([no, no, none, no, no, no, none, no]);
	expect(await networks.left()).toBe(before);
});

asRoot("who has come in is answered, and what stays inside is let through", async (ns) => {
	const networks = await listening(ns);
	const child = await networks.sandbox([...both, "--publish", "8080:80", "--deny-out", "any"], ["tcp:80"]);
	expect(await networks.ask("internet", "tcp:192.0.2.1:8080", "tcp:2001:db8::1:8080")).toEqual([
		"192.0.2.9 80",
		"2001:db8::9 80",
	]);
	const inner = descendants(child.pid).find(({ name }) => name === "python3")?.pid ?? child.pid;
	const inside = await ns.command([...client, "tcp:127.0.0.1:80", "tcp:10.77.0.2:80", "tcp:192.0.2.1:80"], {
		before: ["nsenter", `--net=/proc/${inner}/ns/net`],
	});
	expect(inside.stdout).toBe("127.0.0.1 80\n10.77.0.2 80\nECONNREFUSED\n");
	expect(await asked(child)).toBe("192.0.2.9 80\n2001:db8::9 80\n127.0.0.1 80\n10.77.0.2 80\n");
});

asRoot("neighbours on a bridge, and those on the wire of a macvlan, are no exception", async (ns) => {
	const networks = await listening(ns);
	const on = (ip: string) => ["--net=bridge:lab", "--ip", `${ip}/24`];
	const server = await networks.sandbox(on("10.77.0.3"), ["tcp:80", "tcp:81"]);
	const ask = async (...args: string[]) => (await networks.run(["run", ...args])).stdout;
	const neighbours = ["tcp:10.77.0.3:80", "tcp:10.77.0.3:81"];
	expect(await ask(...on("10.77.0.2"), "--allow-out", "any:81", "--", ...client, ...neighbours)).toBe(
		"ECONNREFUSED\n10.77.0.2 81\n",
	);
	server.kill();
	await server.exited;
	const wire = ["--net=macvlan:up0", "--ip", "192.0.2.20/24", "--ip", "2001:db8::20/64"];
	const far = ["tcp:192.0.2.9:80", "tcp:2001:db8::9:80", "tcp:2001:db8::9:81"];
	expect(await ask(...wire, "--deny-out", "192.0.2.9", "--deny-out", "any:81", "--", ...client, ...far)).toBe(
		"ECONNREFUSED\n2001:db8::20 80\nECONNREFUSED\n",
	);
});

asRoot("nft(8) reads the rules as they were meant", async (ns) => {
	const networks = await Networks.make(ns);
	const words = ["--deny-out", "10.0.0.0/8", "--allow-out", "[2001:db8::/32]:443-444", "--allow-out", "any:53/udp"];
	const child = await networks.sandbox([...four, ...words], ["tcp:80"]);
	const inner = descendants(child.pid).find(({ name }) => name === "python3")?.pid ?? child.pid;
	const { stdout } = await ns.command(["nft", "-n", "list", "ruleset"], {
		before: ["nsenter", `--net=/proc/${inner}/ns/net`],
	});
	const lines = stdout.split("\n").map((line) => line.trim());
	expect(lines.filter((line) => line !== "" && line !== "}")).toEqual([
		"table inet nskit {",
		"chain refuse {",
		"meta l4proto 6 reject with tcp reset",
		"reject with icmpx 3",
		"chain out {",
		'oif "lo" accept',
		"ct state 0x2 accept",
		"meta l4proto 1 ct state 0x4 accept",
		"meta l4proto 58 ct state 0x4 accept",
		"icmpv6 type 133-136 accept",
		"icmpv6 type 143 accept",
		"ip daddr 10.0.0.0/8 jump refuse",
		"ip6 daddr 2001:db8::/32 tcp dport 443-444 accept",
		"ip6 daddr 2001:db8::/32 udp dport 443-444 accept",
		"udp dport 53 accept",
		"jump refuse",
		"chain output {",
		"type filter hook output priority 0; policy accept;",
		"jump out",
		"chain forward {",
		"type filter hook forward priority 0; policy accept;",
		"jump out",
	]);
	child.kill();
	await child.exited;
});

/** What a script of bash writes in a sandbox with the internet. */
const inside = async (up: Uplink, ns: Ns, options: readonly string[], script: string) =>
	ns.run(["run", "--net=internet", ...options, "--", "bash", "--norc", "-c", script], { before: up.here });

everywhere("the internet of an ordinary user has rules too", async (ns) => {
	await using up = await uplink();
	const script = [
		asking("tcp", beyond.ipv4, beyondPort),
		asking("udp", beyond.ipv4, beyondPort),
		asking("tcp", beyond.ipv6, beyondPort),
		asking("udp", beyond.ipv6, beyondPort),
	].join("; echo .\n");
	const rules = [
		"--allow-out",
		`${beyond.ipv4}:${beyondPort}/tcp`,
		"--allow-out",
		`[${beyond.ipv6}]:${beyondPort}/udp`,
	];
	expect(await inside(up, ns, rules, script)).toMatchObject({
		code: 0,
		stdout: "beyond 192.0.2.10\n.\n.\n.\nbeyond 2001:db8::10\n",
		stderr: "",
	});
	// Also where the loopback interface outside can be reached, which alone takes nothing from root inside.
	const mapped = ["--map-host", "--map-root-user", "--deny-out", `any:${beyondPort}`];
	const both = `${asking("tcp", gateway.ipv4, loopbackPort)}\n${asking("tcp", beyond.ipv4, beyondPort, 1)}; nft flush ruleset 2>&1 | grep -o "Operation not permitted"`;
	const { stdout } = await inside(up, ns, mapped, both);
	expect(stdout).toMatch(/^loopback 127\.0\.0\.1\nOperation not permitted\n$/);
});

/** Everything that root inside could do about the rules, from where it is and from user namespaces of its own. */
const attacks = `
	try() { "$@" >/dev/null 2>&1 && echo "done: $*"; }
	try nft flush ruleset
	try nft delete table inet nskit
	try nft add table inet other
	try ip link set internet0 down
	try ip link add other type dummy
	try ip tuntap add other mode tun
	try python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
	try python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 255)'
	try unshare -Ur nft flush ruleset
	try unshare -Ur nsenter --net=/proc/$$/ns/net nft flush ruleset
	try unshare -Urn nsenter --net=/proc/$$/ns/net nft flush ruleset
	try nsenter --net=/proc/1/ns/net nft flush ruleset
	try nsenter --user=/proc/$PPID/ns/user --net=/proc/self/ns/net nft flush ruleset
	for traced in 1 $PPID; do try python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).ptrace(0x4206, int(sys.argv[1]), 0, 0) != 0)' $traced; done
	unshare -Urn nft flush ruleset && echo "its own"
	${asking("tcp", beyond.ipv4, beyondPort, 1)}
	unshare -Ur bash --norc -c '${asking("tcp", beyond.ipv6, beyondPort, 1).replaceAll("'", "'\\''")}'`;

everywhere("root inside cannot take the rules away", async (ns) => {
	await using up = await uplink();
	for (const root of [["--map-root-user", "--pid", "--mount-proc"], ["--map-root-user"]]) {
		expect(await inside(up, ns, [...root, "--deny-out", "any"], attacks)).toMatchObject({ stdout: "its own\n" });
		const open = await inside(up, ns, root, asking("tcp", beyond.ipv4, beyondPort));
		expect(open.stdout).toBe("beyond 192.0.2.10\n");
	}
});

everywhere("rules that cannot be are errors before anything is made", async (ns) => {
	await using up = await uplink();
	const { code, stdout, stderr } = await inside(
		up,
		ns,
		["--deny-out", "example.org", "--allow-out", "10.1.0.0/8", "--allow-out", "any:0", "--deny-out", "any:9-8/tcp"],
		"echo started",
	);
	expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
	for (const said of [
		'"deny example.org" is no rule: "example.org" is neither any nor an address nor a network',
		'"allow 10.1.0.0/8" is no rule: 10.1.0.0/8 has bits behind its prefix',
		'"allow any:0" is no rule: "0" is neither a port',
		'"deny any:9-8/tcp" is no rule: the range 9-8 ends before it begins',
	])
		expect(stderr).toContain(said);
	const alone = await ns.run(["run", "--net=host", "--deny-out", "any", "--", "true"]);
	expect(alone).toMatchObject({ code: 125 });
	expect(alone.stderr).toContain("none is made");
});
