/** What NAT and published ports leave behind: nothing, however a sandbox ends, and whatever fails on the way. */
import { expect } from "bun:test";
import { rows, until } from "./harness.ts";
import { client, Networks } from "./networks.ts";
import { descendants, processInfo } from "./outside.ts";

const needs = ["ip", "nft", "python3", "unshare", "nsenter"] as const;
const asRoot = rows({ who: "root", needs });

const four = ["--net=veth", "--ip", "10.77.0.2/24", "--host-ip", "10.77.0.1/24", "--gateway", "10.77.0.1"];
const both = [...four, "--ip", "fd77::2/64", "--host-ip", "fd77::1/64", "--gateway", "fd77::1"];

asRoot("nothing is left when any of the processes is killed", async (ns) => {
	const networks = await Networks.make(ns);
	const before = await networks.left();
	for (const kill of ["supervisor", "helper", "all"] as const) {
		const child = await networks.sandbox([...both, "--nat", "--publish", "8080:80"], ["tcp:80"]);
		expect(await networks.left()).toContain("nskit-");
		const own = descendants(child.pid);
		const helper = own.filter(({ name }) => name === "ns-helper");
		expect(helper).toHaveLength(1);
		if (kill === "helper") {
			for (const { pid } of helper) process.kill(pid, "SIGKILL");
			// The kernel ends the table with the socket, and nobody else keeps the ports.
			await until("no table is left", async () => !(await networks.left()).includes("table"));
			child.kill();
		} else {
			process.kill(child.pid, "SIGKILL");
			if (kill === "all")
				for (const { pid, name } of own) if (name !== "ns-helper" && processInfo(pid)) process.kill(pid, "SIGKILL");
		}
		await child.exited;
		await until(`nothing is left when ${kill} was killed`, async () => (await networks.left()) === before);
	}
});

asRoot("a port that is taken is an error, and nothing is left", async (ns) => {
	const networks = await Networks.make(ns);
	const server = await networks.serve("host", ["tcp:8080", "udp:5353"]);
	const before = await networks.left();
	for (const published of ["8080:80", "127.0.0.1:8080:80", "8079-8081:79-81", "5353:53/udp", "192.0.2.1:5353:53/udp"]) {
		const ended = await networks.run(["run", ...four, "--publish", published, "--", "true"]);
		expect([published, ended.code]).toEqual([published, 125]);
		expect(ended.stderr).toContain(published);
		expect(ended.stderr).toContain("EADDRINUSE");
		expect(ended.stderr).toContain("a program or another sandbox has");
		expect(await networks.left()).toBe(before);
	}
	const other = await networks.run(["run", ...four, "--publish", "8080:80/udp", "--", "true"]);
	expect(other).toMatchObject({ code: 0 });
	server.kill();
});

asRoot("a port of another sandbox is taken, as long as that lives", async (ns) => {
	const networks = await Networks.make(ns);
	const before = await networks.left();
	const child = await networks.sandbox([...four, "--publish", "8080:80", "--publish", "53:53/udp"], ["tcp:80"]);
	const second = ["--net=veth", "--ip", "10.78.0.2/24", "--host-ip", "10.78.0.1/24", "--gateway", "10.78.0.1"];
	for (const published of ["8080:80", "127.0.0.1:8080:80", "53:53/udp"]) {
		const ended = await networks.run(["run", ...second, "--publish", published, "--", "true"]);
		expect([published, ended.code]).toEqual([published, 125]);
		expect(ended.stderr).toContain("EADDRINUSE");
	}
	// Neither can a program have it, which would wait for connections in vain.
	const bind = "import socket; s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(('', 8080)); s.listen()";
	await expect(networks.script("host", `python3 -c "${bind}"`)).rejects.toThrow("Address already in use");
	expect(await networks.ask("host", "tcp:192.0.2.1:8080")).toEqual(["192.0.2.1 80"]);
	child.kill();
	await child.exited;
	expect(await networks.left()).toBe(before);
	expect(await networks.run(["run", ...second, "--publish", "8080:80", "--", "true"])).toMatchObject({ code: 0 });
	expect(await networks.left()).toBe(before);
});

asRoot("an address that the host has not got is an error, and nothing is left", async (ns) => {
	const networks = await Networks.make(ns);
	const before = await networks.left();
	const ended = await networks.run(["run", ...four, "--publish", "192.0.2.77:8080:80", "--", "true"]);
	expect(ended.code).toBe(125);
	expect(ended.stderr).toContain("EADDRNOTAVAIL");
	expect(ended.stderr).toContain("has no such address");
	expect(await networks.left()).toBe(before);
});

asRoot("nothing is left when a later step fails", async (ns) => {
	const networks = await Networks.make(ns);
	const before = await networks.left();
	const given = [...both, "--nat", "--publish", "8080:80"];
	const ended = await networks.run(["run", ...given, "--", "/nowhere/nskit"]);
	expect(ended.code).toBe(127);
	expect(await networks.left()).toBe(before);
	const refused = await networks.run(["run", ...given, "--sysctl", "net.ipv4.nskit=1", "--", "true"]);
	expect(refused.code).toBe(125);
	expect(await networks.left()).toBe(before);
});

asRoot("forwarding that is off is switched on, and stays so", async (ns) => {
	const networks = await Networks.make(ns);
	const state = "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding";
	expect(await networks.script("host", state)).toBe("0\n0\n");
	const told = await networks.run(["run", ...four, "--nat", "--", "true"]);
	const sentence =
		"ns: warning: forwarding of IPv4 is switched on for the whole host, and stays on (net.ipv4.ip_forward)\n";
	expect(told).toMatchObject({ code: 0, stderr: sentence });
	expect(await networks.script("host", state)).toBe("1\n0\n");
	expect(await networks.run(["run", ...four, "--nat", "--", "true"])).toMatchObject({ code: 0, stderr: "" });
	expect(await networks.run(["run", ...both, "--nat", "--", "true"])).toMatchObject({ code: 0 });
	expect(await networks.script("host", state)).toBe("1\n1\n");
});

rows({ who: "ordinary" })("an ordinary user is told what publishes without rights", async (ns) => {
	const ended = await ns.run(["run", ...four, "--nat", "--publish", "8080:80", "--", "true"]);
	expect(ended.code).toBe(125);
	expect(ended.stderr).toContain("takes CAP_NET_ADMIN");
	expect(ended.stderr).toContain("--net=internet");
});

asRoot("who drops what is forwarded is named, and gets it", async (ns) => {
	const networks = await Networks.make(ns);
	await networks.serve("internet", ["tcp:80"]);
	await networks.script(
		"host",
		`echo 1 > /proc/sys/net/ipv4/ip_forward
		nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }
			add chain ip filter INPUT { type filter hook input priority 0; policy drop; }
			add table ip6 open; add chain ip6 open FORWARD { type filter hook forward priority 0; policy accept; }'`,
	);
	const ended = await networks.run(["run", ...four, "--nat", "--", ...client, "--brief", "tcp:192.0.2.9:80"]);
	expect(ended.stdout).toBe("silence\n");
	expect(ended.stderr).toStartWith("ns: warning: the chain ip filter FORWARD drops what it does not know");
	expect(ended.stderr.split("\n")).toHaveLength(2);
	// As the sentence says.
	await networks.script(
		"host",
		`nft 'add rule ip filter FORWARD iifname "ns*" accept; add rule ip filter FORWARD oifname "ns*" accept'`,
	);
	const again = await networks.run(["run", ...four, "--nat", "--", ...client, "tcp:192.0.2.9:80"]);
	expect(again.stdout).toBe("192.0.2.1 80\n");
});
