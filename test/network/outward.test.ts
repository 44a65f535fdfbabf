import { describe, expect, test } from "bun:test";
import { net } from "../../src/namespaces/net.ts";
import type { LinkOptions } from "../../src/network/types.ts";
import { PlanError } from "../../src/plan/errors.ts";
import { compose } from "../../src/plan/plan.ts";
import type { Plan } from "../../src/plan/types.ts";
import { forRoot, forUser } from "../plan/fixtures.ts";

const cable: LinkOptions = { kind: "veth", addresses: ["10.77.0.2/24"], hostAddresses: ["10.77.0.1/24"] };
const six: LinkOptions = { kind: "veth", addresses: ["fd77::2/64"] };
const bridge: LinkOptions = { kind: "bridge", bridge: "lab", addresses: ["10.77.0.2/24"] };

function codes(options: Parameters<typeof net>[0], input = forRoot): string[] {
	try {
		compose([net(options)], input);
		return [];
	} catch (error) {
		if (error instanceof PlanError) return error.problems.map(({ code }) => code);
		throw error;
	}
}

describe("NAT and published ports", () => {
	test("take a link with an address that leads to the host", () => {
		expect(codes({ links: [cable], nat: true, publish: ["8080:80"] })).toEqual([]);
		expect(codes({ links: [bridge], nat: true, publish: ["8080:80"] })).toEqual([]);
		expect(codes({ nat: true })).toEqual(["NAT_WITHOUT_LINK"]);
		expect(codes({ publish: ["8080:80"] })).toEqual(["NAT_WITHOUT_LINK"]);
		for (const link of [{ kind: "veth" }, { kind: "dummy", addresses: ["10.0.0.1/24"] }] as const)
			expect(codes({ links: [link], nat: true })).toEqual(["NAT_WITHOUT_LINK"]);
		expect(codes({ links: [{ kind: "veth", addresses: ["fe80::1/64"] }], nat: true })).toEqual(["NAT_WITHOUT_LINK"]);
	});

	test("take rights over the caller's network", () => {
		expect(codes({ links: [cable], nat: true }, forUser)).toContain("NAT_NOT_ALLOWED");
	});

	test("are refused where nobody would be reached", () => {
		expect(codes({ links: [cable], publish: ["[::]:8080:80"] })).toEqual(["PUBLISH_WITHOUT_ADDRESS"]);
		expect(codes({ links: [six], publish: ["127.0.0.1:8080:80"] })).toEqual(["PUBLISH_WITHOUT_ADDRESS"]);
		expect(codes({ links: [six], publish: ["[::1]:8080:80"] })).toEqual(["PUBLISH_AT_LOOPBACK"]);
		expect(codes({ links: [bridge], publish: ["127.0.0.1:8080:80"] })).toEqual(["PUBLISH_AT_LOOPBACK"]);
		expect(codes({ links: [cable], publish: ["127.0.0.1:8080:80"] })).toEqual([]);
		expect(codes({ links: [cable], publish: ["1-100:1-100"] })).toEqual([]);
		expect(codes({ links: [cable], publish: ["1-101:1-101"] })).toEqual(["PUBLISH_TOO_MANY"]);
		expect(codes({ links: [cable], publish: ["80", "8080:80", "8080:81"] })).toEqual([
			"PUBLISH_INVALID",
			"PUBLISH_TWICE",
		]);
	});
});

const outside = ({ steps }: Plan) =>
	steps.filter(({ phase }) => phase === "outside" || phase === "clean").map(({ does }) => does);

describe("their steps", () => {
	test("hold ports first, and come behind the links", () => {
		const plan = compose([net({ links: [cable], nat: true, publish: ["8080:80"] })], forRoot);
		expect(outside(plan).filter((does) => !does.includes("network"))).toEqual([
			"hold what 8080:80 publishes",
			"lay a cable from ns and a number outside to eth0 inside",
			"switch on forwarding of IPv4 for the whole host, where it is off",
			"give nf_tables the rules for the sandbox's packets",
			"let the host's 127.0.0.1 pass over the link",
			"take the interfaces outside away",
		]);
		expect(plan.supervision?.helper).toEqual(["nat.netlink", "ports.held"]);
	});

	test("let 127.0.0.1 pass only where that is published, and by a link of the sandbox's own", () => {
		const passes = (options: Parameters<typeof net>[0]) =>
			outside(compose([net(options)], forRoot)).includes("let the host's 127.0.0.1 pass over the link");
		expect(passes({ links: [cable], publish: ["127.0.0.2:8080:80"] })).toBe(true);
		expect(passes({ links: [cable], publish: ["0.0.0.0:8080:80"] })).toBe(true);
		expect(passes({ links: [cable], publish: ["192.0.2.1:8080:80"] })).toBe(false);
		expect(passes({ links: [cable], nat: true })).toBe(false);
		expect(passes({ links: [bridge], publish: ["8080:80"] })).toBe(false);
		expect(passes({ links: [six], publish: ["8080:80"] })).toBe(false);
	});

	test("take the table away by themselves where the kernel does not", () => {
		const old = { ...forRoot, host: { ...forRoot.host, kernel: 511 } };
		const takesAway = (input: typeof forRoot) =>
			outside(compose([net({ links: [cable], nat: true })], input)).includes("take the rules away");
		expect([takesAway(old), takesAway(forRoot)]).toEqual([true, false]);
		const text = JSON.stringify(compose([net({ links: [cable], nat: true })], old));
		// That of the same name which somebody else has made stays.
		const clean = compose([net({ links: [cable], nat: true })], old).steps.find(({ does }) =>
			does.startsWith("take the rules"),
		);
		expect(clean?.calls.map(({ onlyIfAbove0 }) => onlyIfAbove0)).toEqual(["nat.made"]);
		expect([text.includes("flags owner"), text.includes("delete table inet nskit-$self")]).toEqual([false, true]);
	});
});
