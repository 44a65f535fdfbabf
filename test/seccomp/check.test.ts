import { describe, expect, test } from "bun:test";
import type { SeccompProfile } from "../../src/privileges/types.ts";
import { profileProblems } from "../../src/seccomp/check.ts";
import { dockerProfile } from "./docker.ts";

const host = { arch: "x64", kernel: 618, capabilities: new Set<string>() } as const;
const rule = (more: object) => ({ names: ["read"], action: "SCMP_ACT_ERRNO", ...more });
const problems = (profile: unknown): string[] =>
	profileProblems(profile as SeccompProfile, host).map(({ code, message }) => `${code} ${message}`);
const with1 = (more: object): string[] => problems({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule(more)] });
const invalid = (text: string) => `SECCOMP_PROFILE_INVALID seccomp profile: ${text}`;

describe("what is wrong with a profile", () => {
	test("is nothing where nothing is wrong", () => {
		expect(problems({ defaultAction: "SCMP_ACT_ALLOW" })).toEqual([]);
		expect(problems(dockerProfile)).toEqual([]);
		expect(with1({ errnoRet: 38, args: null, includes: {}, excludes: { minKernel: "" }, comment: "" })).toEqual([]);
	});

	test("is said of each part, with its place", () => {
		const cases: [string[], string][] = [
			[problems([]), "profile: is [] and no object"],
			[problems({ defaultAction: "allow" }), 'defaultAction: "allow" is no action'],
			[problems({}), "defaultAction: missing is no action"],
			[problems({ defaultAction: "SCMP_ACT_NOTIFY" }), "defaultAction: SCMP_ACT_NOTIFY needs somebody who listens"],
			[problems({ defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/x" }), "listenerPath: is no key that is known here"],
			[problems({ defaultAction: "SCMP_ACT_ALLOW", syscalls: {} }), "syscalls: is {} and no list"],
			[problems({ defaultAction: "SCMP_ACT_ALLOW", flags: ["X"] }), 'flags: "X" means nothing here'],
			[problems({ defaultAction: "SCMP_ACT_ALLOW", architectures: ["amd64"] }), 'architectures: "amd64" is no machine'],
			[
				problems({ defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 }),
				"defaultErrnoRet: SCMP_ACT_ALLOW takes no number",
			],
			[with1({ names: [] }), "syscalls[0].names: names no call"],
			[with1({ names: [7] }), "syscalls[0].names[0]: is 7 and no name"],
			[with1({ name: "read" }), "syscalls[0].name: is no key that is known here"],
			[with1({ errnoRet: 4096 }), "syscalls[0].errnoRet: 4096 is no number from 0 to 4095"],
			[with1({ errnoRet: "EPERM" }), 'syscalls[0].errnoRet: "EPERM" is no number from 0 to 4095'],
			[with1({ action: "SCMP_ACT_KILL", errnoRet: 1 }), "syscalls[0].errnoRet: SCMP_ACT_KILL takes no number"],
			[
				with1({ args: [{ index: 6, value: 0, op: "SCMP_CMP_EQ" }] }),
				"syscalls[0].args[0].index: 6 is no number of an argument",
			],
			[with1({ args: [{ index: 0, value: 0, op: "EQ" }] }), 'syscalls[0].args[0].op: "EQ" is no comparison'],
			[
				with1({ args: [{ index: 0, value: -1, op: "SCMP_CMP_EQ" }] }),
				"syscalls[0].args[0].value: -1 is no exact number",
			],
			[
				with1({ args: [{ index: 0, value: 2 ** 53, op: "SCMP_CMP_EQ" }] }),
				"syscalls[0].args[0].value: 9007199254740992 is no exact number",
			],
			[
				with1({ args: [{ index: 0, value: 1n << 64n, op: "SCMP_CMP_EQ" }] }),
				"syscalls[0].args[0].value: 18446744073709551616 is no exact number",
			],
			[
				with1({ args: [{ index: 0, value: 0, valueTwo: 0.5, op: "SCMP_CMP_EQ" }] }),
				"syscalls[0].args[0].valueTwo: 0.5 is no exact number",
			],
			[with1({ includes: { cap: [] } }), "syscalls[0].includes.cap: is no key that is known here"],
			[with1({ excludes: { minKernel: "new" } }), 'syscalls[0].excludes.minKernel: "new" is no version of a kernel'],
		];
		for (const [found, wrong] of cases) expect(found).toEqual([invalid(wrong)]);
	});

	test("is said all at once", () => {
		const both = problems({ defaultAction: "x", syscalls: [rule({ action: "y", args: [{}] }), 3] });
		expect(both.length).toBe(6);
		expect(with1({ names: ["reed", "read", "wriet"] })).toEqual([
			'SECCOMP_CALL_UNKNOWN seccomp profile: syscalls[0].names[0]: there is no system call "reed"',
			'SECCOMP_CALL_UNKNOWN seccomp profile: syscalls[0].names[2]: there is no system call "wriet"',
		]);
	});

	test("are rules that contradict each other, also about the same arguments", () => {
		const contradict = (first: object, second: object) =>
			problems({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule(first), rule(second)] });
		const said = "SECCOMP_RULES_CONTRADICT seccomp profile: syscalls[1]: read contradicts syscalls[0]";
		const argument = { index: 0, value: 1, op: "SCMP_CMP_EQ" };
		expect(contradict({}, { action: "SCMP_ACT_ALLOW" })).toEqual([said]);
		expect(contradict({}, { errnoRet: 38 })).toEqual([said]);
		expect(contradict({ args: [argument] }, { args: [argument], action: "SCMP_ACT_TRAP" })).toEqual([said]);
		expect(contradict({}, {})).toEqual([]);
		expect(contradict({}, { args: [argument], action: "SCMP_ACT_TRAP" })).toEqual([]);
		expect(contradict({}, { action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_BPF"] } })).toEqual([]);
	});

	test("is no call of another machine, and none of what does not count here", () => {
		expect(with1({ names: ["s390_sthyi", "_newselect", "renameat"] })).toEqual([]);
		expect(with1({ names: ["reed"], includes: { arches: ["s390"] } })).toEqual([]);
	});
});
