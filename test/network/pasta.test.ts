import { describe, expect, test } from "bun:test";
import { net } from "../../src/namespaces/net.ts";
import { user } from "../../src/namespaces/user.ts";
import { plan } from "../../src/plan/plan.ts";
import { capabilities } from "../../src/privileges/capabilities.ts";
import { userHost as host } from "../plan/fixtures.ts";

const command = { argv: ["true"], env: [], cwd: "/" };
const planned = (options: Parameters<typeof net>[0]) =>
	plan([user(), net(options)], { host: { ...host, path: "/opt/bin" }, command });

describe("the plan with pasta", () => {
	test("has the helper start it, wait for it, watch it and end it", () => {
		const steps = planned({ internet: true }).steps.filter(({ module }) => module === "internet");
		expect(steps.map(({ phase, who, does }) => `${phase} ${who}: ${does}`)).toEqual([
			"outside helper: start pasta",
			"outside program: become pasta",
			"outside helper: wait until pasta has connected the network",
			"watch helper: tell when pasta ends before the sandbox does",
			"clean helper: end pasta",
		]);
	});

	test("executes it without an environment, first where the caller's PATH says", () => {
		const [, become] = planned({ internet: true }).steps.filter(({ module }) => module === "internet");
		const executed = become?.calls.filter(({ name }) => name === "execve") ?? [];
		expect(executed[0]?.args[0]).toBe("/opt/bin/pasta");
		for (const { args, mayFail } of executed) expect([args[2], mayFail]).toEqual([{ strings: [] }, true]);
	});

	test("leaves the capabilities where the caller's loopback interface is open anyway", () => {
		const { steps } = planned({ internet: { mapHost: true } });
		expect(steps.some(({ phase, module }) => phase === "credentials" && module === "internet")).toBe(false);
	});

	test("takes the capabilities before others are made to last", () => {
		const { steps } = plan([user(), net({ internet: true }), capabilities({ drop: ["SYS_ADMIN"] })], { host, command });
		const order = steps
			.filter(({ who, phase }) => who === "command" && phase === "credentials")
			.map((one) => one.module);
		expect(order[0]).toBe("net");
	});

	test("publishes what is asked for by pasta alone", () => {
		const { steps } = planned({ internet: true, publish: ["8080:80"] });
		expect(JSON.stringify(steps)).toContain('"--tcp-ports","8080:80"');
		expect(new Set(steps.filter(({ phase }) => phase === "outside").map(({ module }) => module))).toEqual(
			new Set(["internet"]),
		);
	});
});
