import { describe, expect, test } from "bun:test";
import { publishOptions } from "../../cli/publish.ts";
import { Reader } from "../../cli/reader.ts";

function read(...words: [name: string, value: string | boolean][]) {
	const reader = new Reader(
		words.map(([name, value]) => ({ name, value })),
		"/",
	);
	return { options: publishOptions(reader), codes: reader.problems.map(({ code }) => code) };
}

describe("the options of NAT, ports and names", () => {
	test("say nothing where nothing is said", () => {
		expect(read()).toEqual({ options: {}, codes: [] });
	});

	test("become those of the net module", () => {
		expect(read(["nat", true], ["publish", "8080:80"], ["publish", "53:53/udp"]).options).toEqual({
			nat: true,
			publish: ["8080:80", "53:53/udp"],
		});
		expect(read(["dns", "::1"], ["dns-search", "a"], ["dns-search", "b"], ["dns-option", "edns0"]).options).toEqual({
			resolv: { servers: ["::1"], search: ["a", "b"], options: ["edns0"] },
		});
		expect(read(["resolv-conf", "copy"])).toEqual({ options: { resolv: "copy" }, codes: [] });
	});

	test("keep rules in the order in which they were given", () => {
		expect(read(["deny-out", "10.0.0.0/8"], ["allow-out", "any:53"], ["deny-out", "any"]).options).toEqual({
			rules: ["deny 10.0.0.0/8", "allow any:53", "deny any"],
		});
	});

	test("name hosts with addresses of both kinds", () => {
		const { options, codes } = read(
			["add-host", "a:1.2.3.4"],
			["add-host", "a:::1"],
			["add-host", "__proto__:[fd00::1]"],
		);
		expect(Object.entries(options.hosts ?? {})).toEqual([
			["a", ["1.2.3.4", "::1"]],
			["__proto__", ["fd00::1"]],
		]);
		expect(codes).toEqual([]);
		for (const text of ["a", ":1.2.3.4", "a:", ""]) expect(read(["add-host", text]).codes).toEqual(["VALUE_INVALID"]);
	});

	test("contradict each other where a file is made in two ways", () => {
		expect(read(["resolv-conf", "copy"], ["dns", "::1"]).codes).toEqual(["OPTION_TWICE"]);
		expect(read(["resolv-conf", "move"]).codes).toEqual(["VALUE_INVALID"]);
	});
});
