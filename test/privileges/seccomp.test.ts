import { describe, expect, test } from "bun:test";
import { PlanError } from "../../src/plan/errors.ts";
import { plan } from "../../src/plan/plan.ts";
import { seccomp } from "../../src/privileges/seccomp.ts";
import type { SeccompOptions } from "../../src/privileges/types.ts";
import { encode } from "../../src/seccomp/bpf.ts";
import { forRoot } from "../plan/fixtures.ts";

const allow = encode([[6, 0, 0, 0x7fff0000]]);
const stepsOf = (options?: SeccompOptions) =>
	plan([seccomp(options)], forRoot).steps.filter(({ module }) => module === "seccomp");
const does = (options?: SeccompOptions) => stepsOf(options).map((step) => step.does);

function problemsOf(options: SeccompOptions): string[] {
	try {
		plan([seccomp(options)], forRoot);
	} catch (error) {
		if (error instanceof PlanError) return error.problems.map(({ code, message }) => `${code} ${message}`);
		throw error;
	}
	return [];
}

describe("seccomp()", () => {
	test("sets the built-in filter, and says how long it is", () => {
		const [step, ...others] = stepsOf();
		expect(others).toEqual([]);
		expect(step).toMatchObject({ phase: "seccomp", who: "command", man: "seccomp(2)" });
		expect(step?.calls).toMatchObject([
			{ name: "seccomp", args: [{ flags: "SECCOMP_SET_MODE_FILTER" }, 0, { struct: { len: expect.any(Number) } }] },
		]);
		expect(seccomp().noNewPrivileges).toBe(true);
	});

	test("sets each filter where the next can still be set: what somebody else has written last", () => {
		const profile = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [], flags: ["SECCOMP_FILTER_FLAG_LOG"] };
		expect(does({ programs: [allow], denySetId: true })).toHaveLength(2);
		expect(does({ profile: "default", programs: [allow, allow], denySetId: true })).toEqual([
			"refuse the system calls of the built-in list, and set-user-ID and set-group-ID bits on files",
			"set the seccomp program 1",
			"set the seccomp program 2",
		]);
		expect(does({ profile, programs: [allow], log: true })).toEqual([
			"set the seccomp program 1",
			"log the system calls of the seccomp profile",
		]);
		expect(stepsOf({ profile })[0]?.calls[0]?.args[1]).toEqual({ flags: "SECCOMP_FILTER_FLAG_LOG" });
	});

	test("lets what is allowed in spite of the profile neither type nor set such bits", () => {
		expect(does({ profile: "default", denySetId: true, allow: ["chmod", "ioctl"] })).toEqual([
			"refuse set-user-ID and set-group-ID bits on files",
			"refuse the system calls of the built-in list",
		]);
		expect(does({ profile: "default", denySetId: true })).toHaveLength(1);
		expect(seccomp({ allow: ["ioctl"] }).refusesTyping).toBe(false);
		expect(seccomp().refusesTyping).toBe(true);
	});

	test("sets nothing and promises nothing where nothing is asked for", () => {
		expect(does({ profile: "none" })).toEqual([]);
		expect(seccomp({ profile: "none" }).noNewPrivileges).toBe(false);
		expect(seccomp({ profile: "none", programs: [allow] }).noNewPrivileges).toBe(true);
	});

	test("takes capabilities with and without their prefix", () => {
		const length = (options?: SeccompOptions) => JSON.stringify(stepsOf(options)[0]?.calls);
		expect(length({ capabilities: ["sys_admin"] })).toBe(length({ capabilities: ["CAP_SYS_ADMIN"] }));
		expect(length({ capabilities: ["sys_admin"] })).not.toBe(length());
	});

	test("allows calls in spite of a profile, which is the built-in one where none is named", () => {
		const calls = (options?: SeccompOptions) => JSON.stringify(stepsOf(options).map((one) => one.calls));
		expect(does({ denySetId: true, allow: ["keyctl"] })).toHaveLength(2);
		expect(does({ profile: "none", allow: ["keyctl"] })).toEqual([]);
		expect(calls({ allow: [] })).toBe(calls());
		expect(calls({ allow: ["read"] })).not.toBe(calls({ allow: ["keyctl"] }));
		expect(problemsOf({ allow: ["keyctl", "keyctll", "nothing like it"] })).toEqual([
			'SECCOMP_CALL_UNKNOWN there is no system call "keyctll" that could be allowed',
			'SECCOMP_CALL_UNKNOWN there is no system call "nothing like it" that could be allowed',
		]);
		expect(() => plan([seccomp({ allow: ["keyctll"] })], forRoot)).toThrow("did you mean keyctl?");
	});

	test("leaves what is wrong with the machine to the plan", () => {
		const host = { ...forRoot.host, arch: "mips" as "x64" };
		expect(() => plan([seccomp({ denySetId: true })], { ...forRoot, host })).toThrow(PlanError);
	});

	test("says what is wrong, all of it", () => {
		const tooMany = Array.from({ length: 4000 }, (_, i) => ({
			names: [["read", "write", "close", "openat", "ioctl"][i % 5] ?? ""],
			action: "SCMP_ACT_ERRNO",
			args: [{ index: i % 6, value: 1000 + i, op: "SCMP_CMP_GT" }],
		}));
		expect(problemsOf({ profile: "strict" as never })).toEqual([
			'SECCOMP_PROFILE_INVALID "strict" is no seccomp profile',
		]);
		expect(problemsOf({ file: "x.json" })).toEqual(["SECCOMP_UNREAD the seccomp filter in file x.json was not read"]);
		expect(problemsOf({ file: "x.json", profile: "none" })[0]).toStartWith("OPTION_TWICE");
		expect(problemsOf({ programs: [{ fd: 3 }, new Uint8Array(7), allow] })).toEqual([
			"SECCOMP_UNREAD the seccomp filter in descriptor 3 was not read",
			"SECCOMP_PROGRAM_INVALID seccomp program 2: it has 7 bytes, which is no multiple of 8",
		]);
		expect(problemsOf({ profile: { defaultAction: "SCMP_ACT_ALLOW", syscalls: tooMany } })[0]).toMatch(
			/^SECCOMP_TOO_LONG cannot refuse the system calls of the seccomp profile: the filter has \d+ instructions/,
		);
		const oneCall = tooMany.map((rule) => ({ ...rule, names: ["read"] }));
		expect(problemsOf({ profile: { defaultAction: "SCMP_ACT_ALLOW", syscalls: oneCall } })).toEqual([
			"SECCOMP_TOO_LONG seccomp profile: syscalls[1000]: read has more than 1000 arguments to compare",
		]);
		const computed = encode([[0x16, 0, 0, 0]]);
		expect(problemsOf({ programs: [computed], log: true })[0]).toEndWith(
			"it computes its answers, which cannot be only logged",
		);
		expect(problemsOf({ programs: [computed] })).toEqual([]);
	});
});
