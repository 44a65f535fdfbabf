/** Interfaces of sandboxes: cables, bridges, macvlan and moved ones, in network namespaces of the test's own. */
import { expect } from "bun:test";
import { rows } from "./harness.ts";
import { inHost, outputInHost } from "./links.ts";

const everywhere = rows({ needs: ["ip", "unshare", "busybox", "bash"] });

everywhere("a cable leads to the caller's network, with addresses at both ends", async (ns) => {
	const out = await outputInHost(
		ns,
		`begin a --net=veth:outer --ip 10.77.0.2/24 --ip fd00::2/64 --host-ip 10.77.0.1/24 --host-ip fd00::1/64
		busybox ping -c1 -W3 10.77.0.2 | grep -c 'bytes from 10.77.0.2'
		busybox ping -6 -c1 -W3 fd00::2 | grep -c 'bytes from fd00::2'
		names
		ip -o link show outer | grep -o 'alias .*'
		end $pid_a; names`,
	);
	expect(out).toBe(
		"1\n1\nlo outer alias nskit 10.77.0.2 fd00::2\nlo "
			.replace("outer alias", "outer     alias")
			.replace("outer     alias", "outer alias"),
	);
});

everywhere("the end outside believes no router that speaks up inside", async (ns) => {
	const out = await outputInHost(
		ns,
		`ra() { cat /proc/sys/net/ipv6/conf/$1/accept_ra; }
		ra default
		begin a --net=veth:outer --ip fd00::2/64 --net=bridge:lab
		ra outer; ra lab; ip -o link show up type veth | wc -l
		end $pid_a
		ip link add own type bridge; ns run --net=bridge:own true; ra own`,
	);
	// A bridge that is somebody else's stays as it is.
	expect(out).toBe("1\n0\n0\n2\n1\n");
});

everywhere("the end outside uses its addresses of IPv6 at once", async (ns) => {
	const out = await outputInHost(
		ns,
		`begin a --net=veth:outer --ip fd00::2/64 --host-ip fd00::1/64 --net=bridge:lab --ip fd01::2/64 --host-ip fd01::1/64
		for end in outer lab; do ip -6 -o addr show dev $end scope link | wc -l; ip -6 -o addr show dev $end tentative; done
		end $pid_a; cat /proc/sys/net/ipv6/conf/default/accept_dad`,
	);
	expect(out).toBe("1\n1\n1\n");
});

everywhere("what an interface was asked to have is seen inside", async (ns) => {
	const out = await outputInHost(
		ns,
		`ns run --net=veth --ifname wan --ip 10.77.0.2/24 --ip fd00::2/64 --mtu 1400 --mac 02:00:00:00:00:07 \\
			--gateway 10.77.0.1 --gateway fd00::1 --route 10.9.0.0/16=10.77.0.9 --route 10.8.0.0/16 --route fd01::/64 \\
			sh -c 'ip -o link show wan; ip -o addr show wan scope global; ip route; ip -6 route show dev wan'
		names`,
	);
	expect(out).toContain("mtu 1400");
	expect(out).toContain("state UP");
	expect(out).toContain("link/ether 02:00:00:00:00:07");
	expect(out).toMatch(/inet 10\.77\.0\.2\/24 /);
	// Used at once: neither tentative nor refused as somebody else's.
	expect(out).toMatch(/inet6 fd00::2\/64 scope global nodad/);
	for (const route of [
		"default via 10.77.0.1 dev wan proto static",
		"10.9.0.0/16 via 10.77.0.9 dev wan proto static",
		"10.8.0.0/16 dev wan proto static scope link",
		"default via fd00::1 proto static",
		"fd01::/64 proto static",
	])
		expect(out).toContain(route);
	expect(out.split("\n").at(-1)).toBe("lo ");
});

everywhere("two sandboxes on one bridge talk to each other, and the last takes it away", async (ns) => {
	const out = await outputInHost(
		ns,
		`begin a --net=bridge:lab --ip 10.77.0.2/24 --ip fd00::2/64 --host-ip 10.77.0.1/24
		ip -o link show lab | grep -o 'altname nskit:lab'; ip -o -4 addr show lab | grep -o 'inet 10.77.0.1/24'
		ns run --net=bridge:lab --ip 10.77.0.3/24 --ip fd00::3/64 sh -c 'busybox ping -c1 -W3 10.77.0.2; busybox ping -6 -c1 -W3 fd00::2; busybox ping -c1 -W3 10.77.0.1' | grep -c 'bytes from'
		bridges() { ip -o link show type bridge | wc -l; }
		bridges
		end $pid_a; bridges; names`,
	);
	expect(out).toBe("altname nskit:lab\ninet 10.77.0.1/24\n3\n1\n0\nlo ");
});

everywhere("a server in one sandbox is reached by TCP from another on the bridge", async (ns) => {
	const out = await outputInHost(
		ns,
		`ns run --net=bridge:lab --ip 10.77.0.2/24 sh -c 'touch server.up; echo hello | busybox nc -l -p 7000' </dev/null & server=$!
		hold server
		ns run --net=bridge:lab --ip 10.77.0.3/24 bash -c 'for i in $(seq 100); do exec 4<>/dev/tcp/10.77.0.2/7000 && break; sleep 0.02; done 2>/dev/null; cat <&4'
		wait $server; names`,
	);
	expect(out).toBe("hello\nlo ");
});

everywhere("a bridge that somebody else has made stays, with what is on it", async (ns) => {
	const out = await outputInHost(
		ns,
		`ip link add lab type bridge; ip addr add 10.77.0.1/24 dev lab
		ns run --net=bridge:lab --ip 10.77.0.2/24 --host-ip 10.77.0.1/24 true; names
		ip link del lab
		begin a --net=bridge:lab --ip 10.77.0.2/24
		ip link add p0 type veth peer name p1; ip link set p0 master lab
		end $pid_a; names; ip -o link show master lab | wc -l`,
	);
	expect(out).toBe("lab lo lab lo p0 p1 1\n");
});

everywhere("many sandboxes on one bridge that begin and end at once never lose it", async (ns) => {
	const out = await outputInHost(
		ns,
		`for i in 2 3 4 5 6 7 8 9; do ns run --net=bridge:lab --ip 10.77.0.$i/24 sh -c 'ip -o addr show eth0 scope global | wc -l' >$i.out & pids="$pids $!"; done
		for p in $pids; do wait $p; done; cat *.out | tr '\\n' ' '; names`,
		{ within: 60_000 },
	);
	expect(out).toBe("1 1 1 1 1 1 1 1 lo ");
});

everywhere("who makes a bridge waits for others that are at it", async (ns) => {
	const out = await outputInHost(
		ns,
		`mkfifo lock.in; flock /proc/self/ns/net sh -c 'touch lock.up; cat' <lock.in & lock=$!; exec 3>lock.in; hold lock
		ns run --net=bridge:lab --ip 10.77.0.2/24 sh -c 'touch begun' 3>&- & sandbox=$!
		sleep 0.5; names; [ -e begun ] && echo begun
		end $lock; wait $sandbox; ls begun; names`,
	);
	expect(out).toBe("lo begun\nlo ");
});

rows({ how: "dist", needs: ["ip", "unshare"] })(
	"and not for ever, nor does who has waited leave anything",
	async (ns) => {
		const ended = await inHost(
			ns,
			`mkfifo lock.in; flock /proc/self/ns/net sh -c 'touch lock.up; cat' <lock.in & lock=$!; exec 3>lock.in; hold lock
		ns run --net=bridge:lab --ip 10.77.0.2/24 true 3>&-; echo $?; names; end $lock`,
			{ within: 60_000 },
		);
		expect(ended.stdout).toBe("125\nlo ");
		expect(ended.stderr).toContain("EAGAIN");
		expect(ended.stderr).toContain("ns has waited for ten seconds");
	},
);

everywhere("an interface on the wire of another has its own hardware address, and no name outside", async (ns) => {
	const out = await outputInHost(
		ns,
		`ip link add p0 type veth peer name p1; ip link set p0 up; ip link set p1 up; ip addr add 10.1.0.1/24 dev p1
		ns run --net=macvlan:p0 --ip 10.1.0.2/24 sh -c 'ip -d -o link show eth0 | grep -o "macvlan mode bridge"; busybox ping -c1 -W3 10.1.0.1' | grep -c 'macvlan\\|bytes from'
		ns run --net=macvlan:p0:passthru --ip 10.1.0.2/24 true; ns run --net=macvlan:p0:passthru --ip 10.1.0.2/24 true
		names`,
	);
	expect(out).toBe("2\nlo p0 p1 ");
});

everywhere(
	"an interface goes in with a new name, and comes back as it was, whatever root inside calls it",
	async (ns) => {
		const out = await outputInHost(
			ns,
			`ip link add p0 type veth peer name p1; ip link set p0 up; ip link set p1 up; ip link set p0 address 02:00:00:00:00:09
		ns run --net=move:p0:wan --ip 10.1.0.2/24 sh -c 'ip -o -4 addr show wan | grep -o "inet [^ ]*"; ip link set wan down; ip link set wan name p1'
		names; ip -o link show p0 | grep -c 'UP.*02:00:00:00:00:09'
		ns run --net=move:p1 sh -c 'ip -o link show p1 | wc -l'
		begin a --net=move:p0; names; murder $pid_a; until_ok ip link show p0; names`,
		);
		expect(out).toBe("inet 10.1.0.2/24\nlo p0 p1 1\n1\nlo p1 lo p0 p1 ");
	},
);

everywhere("nothing is left when the supervisor, or all of the sandbox, is killed", async (ns) => {
	const out = await outputInHost(
		ns,
		`ip link add p0 type veth peer name p1
		begin a --net=bridge:lab --ip 10.77.0.2/24 --net=veth:outer --net=macvlan:p0 --net=move:p1
		names
		murder $pid_a; until_ok gone outer; until_ok gone lab; until_ok ip link show p1; names`,
	);
	expect(out).toMatch(/^lab lo ns\d+ outer p0 lo p0 p1 $/);
});

everywhere("a step that fails leaves nothing behind, and the rest is taken back", async (ns) => {
	const script = (args: string) => `ip link add p0 type veth peer name p1
		ns run ${args} true; echo $?; names`;
	for (const [args, error] of [
		// The second interface has a kind that this kernel has not, or a command that is not there comes last.
		[
			"--net=bridge:lab --host-ip 10.77.0.1/24 --net=veth:outer --net=move:p0 --net=macvlan:p1 /nothing; ns run --net=veth",
			"ENOENT",
		],
		[
			"--net=bridge:lab --net=veth --route 10.9.0.0/16=10.1.0.1 --ip 10.1.0.2/24 --net=veth --ip 10.1.0.3/24 --route 10.1.0.0/24",
			"EEXIST",
		],
		["--net=bridge:lab --net=move:p0 --ip 10.77.0.2/24 --net=macvlan:p1:passthru --net=macvlan:p1", "EINVAL"],
	] as const) {
		const ended = await inHost(ns, script(args));
		expect([args, ended.stderr]).toEqual([args, expect.stringContaining(error)]);
		expect([args, ended.stdout.split("\n").at(-1)]).toEqual([args, "lo p0 p1 "]);
	}
});

everywhere("what collides is one error before anything is made", async (ns) => {
	const ended = await inHost(
		ns,
		`ip link add p0 type veth peer name p1; ip addr add 10.1.0.1/24 dev p0
		begin a --net=bridge:lab --ip 10.77.0.2/24
		before=$(names)
		ns run --net=veth:p1 --ip 10.1.0.1/24 --net=bridge:p0 --net=macvlan:p3 --net=bridge:lab --ip 10.77.0.2/24 --host-ip 10.77.0.1/24 true; echo $?
		[ "$before" = "$(names)" ] && echo same
		end $pid_a; names`,
	);
	expect(ended.stdout).toBe("125\nsame\nlo p0 p1 ");
	for (const message of [
		"an interface called p1 is there already",
		"p0 has the address 10.1.0.1 already",
		"p0 is there already, and is no bridge",
		"there is no interface called p3 here",
		"on lab has the address 10.77.0.2 already",
		"the bridge lab is there already, without the address 10.77.0.1",
	])
		expect(ended.stderr).toContain(message);
});

everywhere("kinds that the kernel has not say so", async (ns) => {
	for (const kind of ["dummy", "ipvlan:p0"]) {
		const ended = await inHost(ns, `ip link add p0 type veth peer name p1; ns run --net=${kind} ip -o link; names`);
		// A kernel that has it shows it inside.
		if (ended.code === 0 && ended.stderr === "") expect(ended.stdout).toContain("eth0");
		else expect(ended.stderr).toContain("the kernel has no interfaces of the kind");
		expect(ended.stdout.endsWith("lo p0 p1 ")).toBe(true);
	}
});

everywhere("the caller's own network is reached by --net=host, and nothing but loopback by --net=none", async (ns) => {
	const out = await outputInHost(
		ns,
		`ip link add p0 type veth peer name p1
		ns run --net=host sh -c 'ls /proc/self/net/dev >/dev/null; ip -o link | wc -l'; ns run --net=none sh -c 'ip -o link | wc -l'`,
	);
	expect(out).toBe("3\n1\n");
});

rows({ who: "ordinary", needs: ["ip"] })(
	"who has no rights over the caller's network is told what needs none",
	async (ns) => {
		const ended = await ns.run(["run", "--net=veth", "true"]);
		expect(ended.code).toBe(125);
		expect(ended.stderr).toContain("veth reaches into the caller's network, which takes CAP_NET_ADMIN there");
		expect(ended.stderr).toContain("--net=internet");
	},
);

everywhere("each sandbox of a server has an end of its own outside", async (ns) => {
	const out = await outputInHost(
		ns,
		`ns run --again=2 --net=veth --ip 10.77.0.2/24 sh -c 'ip -o link show eth0 | wc -l'; names`,
	);
	expect(out).toBe("1\n1\nlo ");
});

everywhere("with a user namespace of its own the interface belongs to root inside", async (ns) => {
	const out = await outputInHost(
		ns,
		`ns run --user --net=veth --ip 10.77.0.2/24 sh -c 'ip link set eth0 mtu 1300; ip -o link show eth0 | grep -o "mtu 1300"'; names`,
	);
	expect(out).toBe("mtu 1300\nlo ");
});
