import { describe, expect, test } from "bun:test";
import { net } from "../../src/namespaces/net.ts";
import { user } from "../../src/namespaces/user.ts";
import type { Internet } from "../../src/network/internet.ts";
import { slirpProblem, slirpProblems } from "../../src/network/slirp.ts";
import { plan } from "../../src/plan/plan.ts";
import { rootHost, userHost } from "../plan/fixtures.ts";

const command = { argv: ["true"], env: [], cwd: "/" };

/** What is executed, as words. */
function words(options: Partial<Internet>, host = userHost): string {
	const internet = { ...options, with: "slirp4netns" } as const;
	const fragments = host.uid === 0 ? [net({ internet })] : [user(), net({ internet })];
	const { steps } = plan(fragments, { host, command });
	const become = steps.find(({ does }) => does === "become slirp4netns");
	return JSON.stringify(become?.calls.find(({ name }) => name === "execve")?.args[1]);
}

describe("slirp4netns", () => {
	test("is told to leave the caller's loopback interface and name server alone", () => {
		expect(words({})).toContain('"--disable-host-loopback","--disable-dns"');
		expect(words({ mapHost: true })).not.toContain("--disable-host-loopback");
		const local = { ...userHost, resolv: "nameserver 127.0.0.53\n" };
		expect(words({}, local)).not.toContain("--disable-dns");
	});

	test("gives up what root has, and serves its namespaces by path or by descriptor", () => {
		expect(words({})).not.toContain("--enable-sandbox");
		expect(words({})).toContain("--userns-path");
		expect(words({ mtu: 1400 }, rootHost)).toContain('"--mtu=1400","--enable-seccomp","--enable-sandbox"');
		expect(words({}, rootHost)).toContain('"--netns-type=path","/proc/self/fd/4","internet0"');
	});

	test("lacks what pasta has", () => {
		const lacks = (internet: Partial<Internet>) => slirpProblems({ publish: [], ...internet }).map(({ code }) => code);
		expect(lacks({})).toEqual([]);
		expect(lacks({ ipv6: false })).toEqual([]);
		expect(lacks({ publish: ["80:80"], ipv6: true })).toEqual(["SLIRP_LACKS", "SLIRP_LACKS"]);
		expect(lacks({ ipv4: false })).toEqual(["SLIRP_LACKS"]);
	});

	test("has to be new enough", () => {
		expect(slirpProblem("/bin/slirp4netns", "slirp4netns version 1.2.0\ncommit: x\n")).toBeUndefined();
		expect(slirpProblem("/bin/slirp4netns", "slirp4netns version 1.1.8+dev")).toBeUndefined();
		expect(slirpProblem("/bin/slirp4netns", "slirp4netns version 1.0.1")).toMatchObject({ code: "SLIRP_TOO_OLD" });
		expect(slirpProblem("/bin/slirp4netns", "slirp4netns version 0.4.3")).toMatchObject({ code: "SLIRP_TOO_OLD" });
		expect(slirpProblem("/bin/slirp4netns", "pasta 2024")).toMatchObject({ code: "SLIRP_UNKNOWN" });
		expect(slirpProblem("/bin/slirp4netns", "")).toMatchObject({ code: "SLIRP_UNKNOWN" });
	});
});
