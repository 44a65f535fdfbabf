import { describe, expect, test } from "bun:test";
import {
	filesOf,
	type Internet,
	internetProblems,
	pastaDate,
	pastaProblem,
	pastaWords,
} from "../../src/network/internet.ts";
import type { NamespaceKind } from "../../src/plan/namespaces.ts";
import type { Context } from "../../src/plan/types.ts";

/** What of a context counts here. */
const context = (creates: readonly NamespaceKind[], uid = 1000): Context =>
	({ creates: new Set(creates), joins: new Set(), host: { uid, gid: uid } }) as unknown as Context;
const usual = context(["user", "net"]);
const words = (internet: Partial<Internet>, where = usual) => pastaWords({ publish: [], ...internet }, where);
const codes = (internet: Partial<Internet>, where = usual) =>
	internetProblems({ publish: [], ...internet }, where).map(({ code }) => code);

describe("the words for pasta", () => {
	test("refuse what it would do by itself, and name the namespaces by the process that has them", () => {
		expect(words({})).toEqual([
			...["pasta", "--foreground", "--quiet", "--config-net", "--ns-ifname", "internet0", "--no-map-gw"],
			...["--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none"],
			...["--pid", "/proc/self/fd/1"],
			...["--userns", { text: ["/proc/", { ref: "self" }, "/ns/user"] }],
			...["--netns", { text: ["/proc/", { ref: "self" }, "/ns/net"] }],
		]);
	});

	test("say what is published, and nothing of the other protocol", () => {
		const all = words({ publish: ["8080:80", "127.0.0.1:9000-9001:90-91", "[::1]:53:53/udp"] }).join(" ");
		expect(all).toContain("--tcp-ports 8080:80 --tcp-ports 127.0.0.1/9000-9001:90-91 --udp-ports ::1/53:53 --tcp-ns");
		expect(words({ publish: ["8080:80"] }).join(" ")).toContain("--udp-ports none");
	});

	test("say what else is asked for", () => {
		expect(words({ mtu: 1500, ipv4: false }).join(" ")).toContain("--ipv6-only --mtu 1500");
		expect(words({ ipv6: false })).toContain("--ipv4-only");
		expect(words({ mapHost: true })).not.toContain("--no-map-gw");
	});

	test("keep root who it is, which alone has rights over the sandbox", () => {
		const root = words({}, context(["user", "net"], 0)).join(" ");
		expect(root).toContain("--runas 0:0 --pid /proc/self/fd/1 --userns");
		expect(words({}, context(["net"], 0)).join(" ")).toContain("--netns-only --netns /proc/self/fd/3");
	});
});

describe("problems", () => {
	test("are none where everything is in order", () => {
		expect(codes({ mtu: 1280, publish: ["8080:80"] })).toEqual([]);
		expect(codes({ mtu: 68, ipv6: false })).toEqual([]);
		expect(codes({}, context(["net"], 0))).toEqual([]);
	});

	test("are told all at once", () => {
		expect(codes({ mtu: 67, ipv4: false, ipv6: false, publish: ["x"] }, context(["user"]))).toEqual([
			"PUBLISH_INVALID",
			"INTERNET_WITHOUT_NET",
			"INTERNET_WITHOUT_PROTOCOL",
			"MTU_INVALID",
		]);
		expect(codes({}, context(["net"]))).toEqual(["INTERNET_WITHOUT_USER"]);
		for (const mtu of [67, 65521, 1500.5, Number.NaN]) expect(codes({ mtu, ipv6: false })).toEqual(["MTU_INVALID"]);
	});
});

describe("pasta itself", () => {
	test("is looked for in PATH, and then in the usual places, each once; relative directories are none", () => {
		expect(filesOf("pasta", "/opt/bin/:.:bin::/usr/bin:/").slice(0, 4)).toEqual([
			"/opt/bin/pasta",
			"/usr/bin/pasta",
			"/pasta",
			"/usr/local/bin/pasta",
		]);
		expect(filesOf("pasta", undefined)).toContain("/usr/bin/pasta");
		expect(new Set(filesOf("pasta", "/usr/bin:/bin")).size).toBe(filesOf("pasta", "/usr/bin:/bin").length);
	});

	test("says of when it is in many ways, and in Debian 12 not at all", () => {
		expect(pastaDate("pasta 2024_12_11.09478d5\nCopyright")).toBe("2024-12-11");
		expect(pastaDate("pasta 0^20240624.g1ee2eca-1.fc40.x86_64")).toBe("2024-06-24");
		expect(pastaDate("pasta 0.0~git20250503.587980c-2")).toBe("2025-05-03");
		expect(pastaDate("pasta unknown version")).toBeUndefined();
	});

	test("may be too old, or none at all", () => {
		expect(pastaProblem("/bin/pasta", "pasta unknown version\nCopyright Red Hat\n")).toBeUndefined();
		expect(pastaProblem("/bin/pasta", "pasta 2023_03_09.7c7625d")).toBeUndefined();
		expect(pastaProblem("/bin/pasta", "pasta 2023_02_27.c538ee8")).toMatchObject({ code: "PASTA_TOO_OLD" });
		expect(pastaProblem("/bin/pasta", "")).toMatchObject({ code: "PASTA_UNKNOWN" });
		expect(pastaProblem("/bin/pasta", "pastaberry 3")?.hint).toContain("apt install passt");
	});
});
