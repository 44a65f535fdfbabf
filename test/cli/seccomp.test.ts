import { describe, expect, test } from "bun:test";
import { Reader } from "../../cli/reader.ts";
import { readSeccomp } from "../../cli/seccomp.ts";

type Given = readonly (readonly [name: string, value: string | boolean])[];

function read(given: Given, again = false) {
	const reader = new Reader(
		given.map(([name, value]) => ({ name, value })),
		"/work",
		again,
	);
	return { options: readSeccomp(reader), problems: reader.problems.map(({ code }) => code) };
}

describe("the options about system calls", () => {
	test("become options of seccomp()", () => {
		const cases: [Given, object][] = [
			[[["seccomp", "default"]], { profile: "default" }],
			[[["seccomp", "none"]], { profile: "none" }],
			[[["seccomp", "log"]], { profile: "default", log: true }],
			[[["seccomp-log", true]], { profile: "default", log: true }],
			[[["deny-set-id", true]], { profile: "none", denySetId: true }],
			[
				[
					["seccomp", "default"],
					["cap-add", "SYS_ADMIN,BPF"],
				],
				{ profile: "default", capabilities: ["SYS_ADMIN", "BPF"] },
			],
		];
		for (const [given, options] of cases) expect(read(given)).toEqual({ options, problems: [] });
	});

	test("are problems where they mean nothing", () => {
		expect(read([["seccomp-fd", "x"]]).problems).toEqual(["DESCRIPTOR_INVALID"]);
		expect(read([["seccomp-fd", "987654"]]).problems).toEqual(["DESCRIPTOR_CLOSED"]);
		expect(read([["seccomp", "nowhere.json"]]).problems).toEqual(["SECCOMP_UNREADABLE"]);
		const both: Given = [
			["seccomp", "none"],
			["seccomp-log", true],
		];
		expect(read(both).problems).toEqual(["OPTION_TWICE"]);
	});

	test("read nothing where a failure is explained, and ask for as many filters", () => {
		const given: Given = [
			["seccomp", "nowhere.json"],
			["seccomp-fd", "987654"],
		];
		expect(read(given, true)).toMatchObject({
			options: { profile: { defaultAction: "SCMP_ACT_ALLOW" }, programs: [expect.any(Uint8Array)] },
			problems: [],
		});
	});
});
