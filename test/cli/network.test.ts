import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { readProfile } from "../../cli/fragments.ts";
import { optionsOf } from "../../cli/options.ts";

function read(line: string) {
	const { given, problems } = readArgv(line.split(" "), optionsOf("run"));
	const { profile, problems: more } = readProfile(given, [], "/");
	return { net: profile.net, problems: [...problems, ...more].map(({ code, message }) => `${code}: ${message}`) };
}

describe("`--net=KIND`", () => {
	test("makes a namespace with an interface, and what follows is about that", () => {
		const line =
			"--net=veth:out --ip 10.0.0.2/24 --ip fd00::2/64 --gateway 10.0.0.1 --ifname wan --mtu 1400 --mac 02:00:00:00:00:01 --net=bridge:lab --host-ip 10.1.0.1/24 --route 10.2.0.0/16=10.1.0.9 --route fd01::/64=fd00::1 --route 10.3.0.0/16";
		expect(read(line)).toEqual({
			net: {
				create: true,
				loopback: undefined,
				links: [
					{
						...{ kind: "veth", host: "out", addresses: ["10.0.0.2/24", "fd00::2/64"], gateways: ["10.0.0.1"] },
						...{ name: "wan", mtu: 1400, mac: "02:00:00:00:00:01" },
					},
					{
						...{ kind: "bridge", bridge: "lab", hostAddresses: ["10.1.0.1/24"] },
						routes: [
							{ to: "10.2.0.0/16", via: "10.1.0.9" },
							{ to: "fd01::/64", via: "fd00::1" },
							{ to: "10.3.0.0/16" },
						],
					},
				],
			},
			problems: [],
		});
	});

	test("knows the other kinds", () => {
		const { net } = read(
			"--net=macvlan:p:vepa --net=ipvlan:p:l3s --net=move:p:wan --net=dummy --net=veth --net=move:q",
		);
		expect(net && typeof net === "object" && net.links).toEqual([
			{ kind: "macvlan", parent: "p", mode: "vepa" },
			{ kind: "ipvlan", parent: "p", mode: "l3s" },
			{ kind: "move", host: "p", name: "wan" },
			{ kind: "dummy", host: undefined },
			{ kind: "veth", host: undefined },
			{ kind: "move", host: "q", name: undefined },
		]);
	});

	test("is the switch it was without a value, with none, and with host", () => {
		const plain = { create: true, loopback: undefined };
		for (const line of ["--net", "-n", "--net=none", "--net --net=none"])
			expect([line, read(line)]).toEqual([line, { net: plain, problems: [] }]);
		expect(read("--net=host --uts")).toEqual({ net: { ...plain, create: false }, problems: [] });
		expect(read("-n --net=veth").net).toEqual({ ...plain, links: [{ kind: "veth", host: undefined }] });
	});

	for (const [line, problem] of [
		["--net=vet", "VALUE_INVALID: --net=vet is no kind of network"],
		["--net=", "VALUE_INVALID: --net= is no kind of network"],
		["--net=veth:", "VALUE_INVALID: --net=veth: ends in a colon"],
		["--net=veth:a:b", "VALUE_INVALID: --net=veth:a:b says more than there is to say"],
		["--net=dummy:a", "VALUE_INVALID: --net=dummy:a says more than there is to say"],
		["--net=constructor", "VALUE_INVALID: --net=constructor is no kind of network"],
		["--net=host --net=veth", "OPTION_TWICE: --net makes a network namespace and says that there is none"],
		["--no-net --net=veth", "OPTION_TWICE: --net makes a network namespace and says that there is none"],
		["--net --no-net", "OPTION_TWICE: --net was given more than once, with different values"],
		["--ip 10.0.0.1/24 --net=veth", "LINK_OPTION_ALONE: --ip is about no interface"],
		["--net=veth --mtu 1400 --mtu 1500", "OPTION_TWICE: --mtu was given more than once for one interface"],
	] as const)
		test(`${line} is a problem`, () => expect(read(line).problems).toContain(problem));
});
