import { describe, expect, test } from "bun:test";
import { net } from "../../src/namespaces/net.ts";
import { user } from "../../src/namespaces/user.ts";
import { readTraffic } from "../../src/network/traffic.ts";
import { trafficChains } from "../../src/network/traffic-rules.ts";
import { plan } from "../../src/plan/plan.ts";
import { userHost as host } from "../plan/fixtures.ts";

const read = (...rules: string[]) => readTraffic(rules);
const codes = (...rules: string[]) => read(...rules).problems.map(({ code }) => code);
const out = (...rules: string[]) =>
	trafficChains(read(...rules).traffic)
		.find(({ name }) => name === "out")
		?.rules.map((rule) => rule.flatMap(({ shows }) => (shows === "" ? [] : [shows])).join(" "));

/** What is let through whatever the rules say. */
const always = out() ?? [];

describe("rules for what is sent out", () => {
	test("name a network, a protocol and ports", () => {
		expect(read("allow 192.0.2.0/24:443-444/tcp", "deny any").traffic).toEqual([
			{
				allows: true,
				network: { bytes: [192, 0, 2, 0], text: "192.0.2.0", prefix: 24 },
				protocol: "tcp",
				ports: { first: 443, last: 444 },
			},
			{ allows: false },
		]);
		expect(read("deny any/udp", "deny any:53").traffic).toEqual([
			{ allows: false, protocol: "udp" },
			{ allows: false, ports: { first: 53, last: 53 } },
		]);
		expect(read("deny 192.0.2.1").traffic[0]?.network?.prefix).toBe(32);
	});

	test("have brackets around addresses of IPv6 where ports follow", () => {
		for (const rule of ["deny 2001:db8::1", "deny [2001:db8::1]", "deny [2001:db8::1]:53/udp", "deny 2001:db8::1/tcp"])
			expect([rule, read(rule).traffic[0]?.network?.prefix]).toEqual([rule, 128]);
		for (const rule of ["deny 2001:db8::/32", "deny [2001:db8::/32]:1-65535", "deny 2001:db8::/32/udp"])
			expect([rule, read(rule).traffic[0]?.network?.prefix]).toEqual([rule, 32]);
		expect(read("deny ::/0").traffic[0]?.network).toMatchObject({ prefix: 0 });
	});

	test("are refused where the kernel would take them for something else", () => {
		for (const rule of [
			...["", "deny", "deny ", "refuse any", "deny  any", "DENY any", "deny any ", "deny any\n", "deny ANY"],
			...["deny 192.0.2.1/24", "deny 192.0.2.0/33", "deny 192.0.2.0/", "deny 192.0.2.0/024", "deny 192.0.2"],
			...["deny 010.0.0.1", "deny 0x7f.1", "deny 2001:db8::1/32", "deny [192.0.2.1]:80", "deny [any]:80"],
			...["deny any:", "deny any:0", "deny any:65536", "deny any:080", "deny any:2-1", "deny any:1-2-3", "deny any:+1"],
			...["deny any/icmp", "deny any/TCP", "deny any/", "deny any/tcp/udp", "deny :80", "deny [::1", "deny ::1]:80"],
			...["deny example.org", "deny fe80::1%eth0", "deny 1.2.3.4:80:90", "deny 192.0.2.1/32/8"],
		])
			expect([rule, codes(rule)]).toEqual([rule, ["RULE_INVALID"]]);
		expect(codes(...Array<string>(201).fill("deny any"))).toEqual(["RULE_TOO_MANY"]);
	});

	test("refuse all else where something is allowed, and nothing else where things are denied", () => {
		expect(out("deny 10.0.0.0/8")).toEqual([...always, "ip daddr 10.0.0.0/8 jump refuse"]);
		expect(out("deny any:25/tcp", "allow 0.0.0.0/0", "allow ::1")).toEqual([
			...always,
			"tcp dport 25 jump refuse",
			"meta nfproto ipv4 accept",
			"ip6 daddr ::1 accept",
			"jump refuse",
		]);
		expect(always).not.toContain("jump refuse");
	});

	test("are written before anything runs, and nothing inside may change them", () => {
		const rules = ["deny any"] as const;
		const planned = (options: Parameters<typeof net>[0]) =>
			plan([user(), net(options)], { host, command: { argv: ["true"], env: [], cwd: "/" } }).steps;
		const taken = (options: Parameters<typeof net>[0]) =>
			planned(options).filter(({ does }) => does.startsWith("take CAP_NET_ADMIN")).length;
		expect(planned({ rules }).map(({ does }) => does)).toContain("give nf_tables the rules for what is sent out");
		expect(taken({ rules })).toBe(1);
		expect(taken({ rules, internet: true })).toBe(1);
		expect(taken({ rules, internet: { mapHost: true } })).toBe(1);
		expect(taken({ rules: [] })).toBe(0);
	});
});
