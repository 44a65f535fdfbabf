/** NAT and published ports, by real connections between a host, an internet and a sandbox. */
import { expect } from "bun:test";
import { join } from "node:path";
import { rows } from "./harness.ts";
import { asked, client, Networks } from "./networks.ts";

const asRoot = rows({ who: "root", needs: ["ip", "nft", "python3", "unshare", "nsenter"] });

const four = ["--net=veth", "--ip", "10.77.0.2/24", "--host-ip", "10.77.0.1/24", "--gateway", "10.77.0.1"];
const both = [...four, "--ip", "fd77::2/64", "--host-ip", "fd77::1/64", "--gateway", "fd77::1"];

asRoot("what leaves the sandbox has the host's address", async (ns) => {
	const networks = await Networks.make(ns);
	await networks.serve("internet", ["tcp:80", "udp:53"]);
	const before = await networks.left();
	const questions = ["tcp:192.0.2.9:80", "udp:192.0.2.9:53", "tcp:2001:db8::9:80", "udp:2001:db8::9:53"];
	const ended = await networks.run(["run", ...both, "--nat", "--", ...client, ...questions]);
	expect(ended.stdout.trim().split("\n")).toEqual(["192.0.2.1 80", "192.0.2.1 53", "2001:db8::1 80", "2001:db8::1 53"]);
	expect(ended.code).toBe(0);
	expect(await networks.left()).toBe(before);
});

asRoot("published ports are reached from everywhere", async (ns) => {
	const networks = await Networks.make(ns);
	const before = await networks.left();
	const published = ["8080:80", "5353:53/udp", "8000-8002:8000-8002", "9000-9001:7000-7001"];
	const child = await networks.sandbox(
		[...both, ...published.flatMap((one) => ["--publish", one])],
		["tcp:80", "udp:53", "tcp:8001", "tcp:7001"],
	);
	const from = (...hosts: string[]) =>
		hosts.flatMap((host) => [`tcp:${host}:8080`, `udp:${host}:5353`, `tcp:${host}:8001`, `tcp:${host}:9001`]);
	const answers = (...peers: string[]) =>
		peers.flatMap((peer) => [80, 53, 8001, 7001].map((port) => `${peer} ${port}`));
	expect(await networks.ask("internet", ...from("192.0.2.1", "2001:db8::1"))).toEqual(
		answers("192.0.2.9", "2001:db8::9"),
	);
	expect(await networks.ask("host", ...from("192.0.2.1", "2001:db8::1", "127.0.0.1"))).toEqual(
		answers("192.0.2.1", "2001:db8::1", "10.77.0.1"),
	);
	child.kill();
	await child.exited;
	expect(await networks.left()).toBe(before);
});

asRoot("without NAT nothing leaves but answers, and nothing comes in but what is published", async (ns) => {
	const networks = await Networks.make(ns);
	await networks.serve("internet", ["tcp:80"]);
	const child = await networks.sandbox([...four, "--publish", "8080:80"], ["tcp:80", "tcp:81"]);
	// A neighbour that knows the way is let through no more than others.
	await networks.script("internet", "ip route add 10.77.0.0/24 via 192.0.2.1");
	const asked = await networks.ask("internet", "--brief", "tcp:192.0.2.1:8080", "tcp:10.77.0.2:81", "tcp:10.77.0.2:80");
	expect(asked).toEqual(["192.0.2.9 80", "silence", "silence"]);
	child.kill();
	await child.exited;
	const ended = await networks.run([
		"run",
		...four,
		"--publish",
		"8080:80",
		"--",
		...client,
		"--brief",
		"tcp:192.0.2.9:80",
	]);
	expect(ended.stdout).toBe("silence\n");
});

asRoot("with NAT nobody comes in by himself, and nobody goes out as another", async (ns) => {
	const networks = await Networks.make(ns);
	await networks.serve("internet", ["tcp:80", "udp:53"]);
	const child = await networks.sandbox([...four, "--nat"], ["tcp:81"]);
	await networks.script("internet", "ip route add 10.77.0.0/24 via 192.0.2.1; ip route add 10.77.1.0/24 via 192.0.2.1");
	expect(await networks.ask("internet", "--brief", "tcp:10.77.0.2:81")).toEqual(["silence"]);
	expect(await networks.ask("host", "tcp:10.77.0.2:81")).toEqual(["10.77.0.1 81"]);
	child.kill();
	await child.exited;
	const script = `ip addr add 10.77.1.5/32 dev eth0; ip route replace default via 10.77.0.1 src 10.77.1.5; exec "$@"`;
	const ended = await networks.run([
		"run",
		...four,
		"--nat",
		"--",
		"sh",
		"-ec",
		script,
		"sh",
		...client,
		"--brief",
		"udp:192.0.2.9:53",
	]);
	expect(ended.stdout).toBe("silence\n");
});

asRoot("the host's own loopback interface stays its own", async (ns) => {
	const networks = await Networks.make(ns);
	const server = await networks.serve("host", ["tcp:99", "udp:99"]);
	const script = `ip route add 127.0.0.1/32 via 10.77.0.1 2>&1 || true
		ip route del local 127.0.0.0/8 dev lo table local; ip route del local 127.0.0.1 dev lo table local
		ip route replace 127.0.0.1/32 via 10.77.0.1 dev eth0; echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet
		exec "$@"`;
	const ask = [...client, "--brief", "tcp:127.0.0.1:99", "udp:127.0.0.1:99"];
	const ended = await networks.run(["run", ...four, "--publish", "8080:80", "--", "sh", "-ec", script, "sh", ...ask]);
	expect(ended.stdout.trim().split("\n")).toEqual(["silence", "silence"]);
	expect(await asked(server)).toBe("");
});

asRoot("nobody inside is believed to be the host itself", async (ns) => {
	const networks = await Networks.make(ns);
	const server = await networks.serve("host", ["udp:99"]);
	const spoof = join(import.meta.dir, "fixtures/spoof.py");
	const names = ["127.0.0.1", "127.0.0.2", "127.9.9.9"];
	const args = ["run", ...four, "--publish", "8080:80", "--", "python3", spoof, "192.0.2.1:99", ...names];
	expect(await networks.run(args)).toMatchObject({ code: 0 });
	expect(await asked(server)).toBe("10.77.0.2 99\n");
});

asRoot("a port at one address is published there alone", async (ns) => {
	const networks = await Networks.make(ns);
	const args = [
		...four,
		"--publish",
		"127.0.0.1:8080:80",
		"--publish",
		"192.0.2.1:8081:80",
		"--publish",
		"127.0.0.1:53:53/udp",
	];
	const child = await networks.sandbox(args, ["tcp:80", "udp:53"]);
	const servers = ["tcp:127.0.0.1:8080", "tcp:192.0.2.1:8080", "tcp:127.0.0.1:8081", "tcp:192.0.2.1:8081"];
	expect(await networks.ask("host", ...servers)).toEqual([
		"10.77.0.1 80",
		"ECONNREFUSED",
		"ECONNREFUSED",
		"192.0.2.1 80",
	]);
	expect(await networks.ask("internet", "tcp:192.0.2.1:8080", "tcp:192.0.2.1:8081")).toEqual([
		"ECONNREFUSED",
		"192.0.2.9 80",
	]);
	// Who sends to the host's loopback address from elsewhere is let through by no rule.
	await networks.script(
		"internet",
		"ip route del local 127.0.0.1 dev lo table local; ip route del local 127.0.0.0/8 dev lo table local; ip route add 127.0.0.1/32 via 192.0.2.1; echo 1 > /proc/sys/net/ipv4/conf/up0/route_localnet",
	);
	expect(await networks.ask("internet", "--brief", "udp:127.0.0.1:53")).toEqual(["silence"]);
	expect(await asked(child)).toBe("10.77.0.1 80\n192.0.2.1 80\n192.0.2.9 80\n");
});

asRoot("a bridge leads to each of its sandboxes", async (ns) => {
	const networks = await Networks.make(ns);
	const before = await networks.left();
	const on = (ip: string) => [
		"--net=bridge:lab",
		"--ip",
		`${ip}/24`,
		"--host-ip",
		"10.77.0.1/24",
		"--gateway",
		"10.77.0.1",
	];
	const one = await networks.sandbox([...on("10.77.0.2"), "--nat", "--publish", "8080:80"], ["tcp:80"]);
	const other = await networks.sandbox([...on("10.77.0.3"), "--publish", "8081:80"], ["tcp:80"]);
	const servers = ["tcp:192.0.2.1:8080", "tcp:192.0.2.1:8081"];
	expect(await networks.ask("internet", ...servers)).toEqual(["192.0.2.9 80", "192.0.2.9 80"]);
	expect(await networks.ask("host", ...servers, "tcp:127.0.0.1:8080")).toEqual([
		"192.0.2.1 80",
		"192.0.2.1 80",
		"ECONNREFUSED",
	]);
	// Neighbours on the bridge reach each other directly, and by what is published.
	const ended = await networks.run([
		"run",
		...on("10.77.0.4"),
		"--",
		...client,
		"tcp:10.77.0.3:80",
		"tcp:192.0.2.1:8080",
	]);
	expect(ended.stdout.trim().split("\n")).toEqual(["10.77.0.4 80", "10.77.0.4 80"]);
	for (const child of [one, other]) {
		child.kill();
		await child.exited;
	}
	expect(await networks.left()).toBe(before);
});
