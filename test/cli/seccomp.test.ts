import { describe, expect, test } from "bun:test";
import { Reader } from "../../cli/reader.ts";
import { loadedSeccomp, readSeccomp } from "../../cli/seccomp.ts";
import type { SeccompOptions } from "../../src/privileges/types.ts";

type Given = readonly (readonly [name: string, value: string | boolean])[];

function read(given: Given) {
	const reader = new Reader(
		given.map(([name, value]) => ({ name, value })),
		"/work",
	);
	return { options: readSeccomp(reader), problems: reader.problems.map(({ code }) => code) };
}

describe("the options about system calls", () => {
	test("become options of seccomp()", () => {
		const cases: [Given, object][] = [
			[[["seccomp", "default"]], { profile: "default" }],
			[[["seccomp", "none"]], { profile: "none" }],
			[[["seccomp", "log"]], { profile: "default", log: true }],
			[[["seccomp-log", true]], { log: true }],
			[
				[
					["seccomp-allow", "keyctl,bpf"],
					["seccomp-allow", "mbind"],
				],
				{ allow: ["keyctl", "bpf", "mbind"] },
			],
			[[["seccomp-fd", "3"]], { programs: [{ fd: 3 }] }],
			[[["seccomp", "p.json"]], { file: "/work/p.json" }],
			[[["deny-set-id", true]], { denySetId: true }],
		];
		for (const [given, options] of cases) expect(read(given)).toEqual({ options, problems: [] });
	});

	test("are problems where they mean nothing", () => {
		expect(read([["seccomp-fd", "x"]]).problems).toEqual(["DESCRIPTOR_INVALID"]);
		const both: Given = [
			["seccomp", "none"],
			["seccomp-log", true],
		];
		expect(read(both).problems).toEqual(["OPTION_TWICE"]);
		const nothing: Given = [
			["seccomp", "none"],
			["seccomp-allow", "bpf"],
		];
		expect(read(nothing).problems).toEqual(["OPTION_TWICE"]);
	});

	test("are read where they only name something, and what cannot be is a problem", () => {
		const codes = (options: SeccompOptions) => {
			const made = loadedSeccomp(options, false);
			return Array.isArray(made) ? made.map(({ code }) => code) : made;
		};
		expect(codes({ profile: "none", denySetId: true })).toEqual({ profile: "none", denySetId: true });
		expect(codes({ file: "/nowhere.json", programs: [{ fd: 987654 }] })).toEqual([
			"SECCOMP_UNREADABLE",
			"DESCRIPTOR_CLOSED",
		]);
	});

	test("read nothing where a failure is explained, and ask for as many filters", () => {
		const options = { file: "/nowhere.json", programs: [{ fd: 987654 }], denySetId: true };
		expect(loadedSeccomp(options, true)).toMatchObject({
			...{ profile: { defaultAction: "SCMP_ACT_ALLOW" }, programs: [expect.any(Uint8Array)], denySetId: true },
		});
	});
});
