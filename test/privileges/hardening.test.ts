import { describe, expect, test } from "bun:test";
import { plan } from "../../src/plan/plan.ts";
import { counterFilter } from "../../src/privileges/counter-filter.ts";
import { type HardeningOptions, hardening, mitigationNames } from "../../src/privileges/hardening.ts";
import { decode } from "../../src/seccomp/bpf.ts";
import { codes, forRoot, problems, rootHost, script, stepsIn, texts } from "../plan/fixtures.ts";
import { run as answered } from "../seccomp/interpreter.ts";

const lines = (options: HardeningOptions) =>
	plan([hardening(options)], forRoot)
		.steps.filter(({ module }) => module === "hardening")
		.flatMap(({ calls }) => texts(calls));

describe("`hardening`", () => {
	test("is nothing where nothing is asked for", () => {
		expect(lines({})).toEqual([]);
		expect(lines({ coreScheduling: false, timestampCounter: true, mitigate: [] })).toEqual([]);
		expect(script(plan([hardening({})], forRoot))).toEqual(script(plan([], forRoot)));
		expect(hardening({}).noNewPrivileges).toBeUndefined();
	});

	test("makes a group for core scheduling of the command alone", () => {
		expect(lines({ coreScheduling: true })).toEqual([
			"prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, PR_SCHED_CORE_SCOPE_THREAD_GROUP, 0)",
		]);
	});

	test("switches each mitigation on once, and looks whether it is", () => {
		const asked = (kind: string, state: string) => [
			`prctl(PR_SET_SPECULATION_CTRL, ${kind}, ${state}, 0, 0) = $speculation.set`,
			`prctl(PR_GET_SPECULATION_CTRL, ${kind}, 0, 0, 0) = $speculation.is`,
		];
		expect(lines({ mitigate: ["store-bypass", "store-bypass", "indirect-branch", "l1d-flush"] })).toEqual([
			...asked("PR_SPEC_STORE_BYPASS", "PR_SPEC_FORCE_DISABLE"),
			...asked("PR_SPEC_INDIRECT_BRANCH", "PR_SPEC_FORCE_DISABLE"),
			...asked("PR_SPEC_L1D_FLUSH", "PR_SPEC_ENABLE"),
		]);
	});

	test("takes only states in which the mitigation is on and stays so", () => {
		const taken = (name: (typeof mitigationNames)[number]) =>
			stepsIn("attributes", [hardening({ mitigate: [name] })]).flatMap(({ calls }) =>
				calls.flatMap(({ check }) => check ?? []),
			);
		// PR_SPEC_PRCTL|PR_SPEC_DISABLE, 5, could be taken back; PR_SPEC_ENABLE, 2 and 3, is a processor that guesses.
		const off = [{ exactly: [0, 4, 8, 9], otherwise: "ENXIO" }];
		expect(taken("store-bypass")).toEqual(off);
		expect(taken("indirect-branch")).toEqual(off);
		expect(taken("l1d-flush")).toEqual([{ exactly: [3], otherwise: "ENXIO" }]);
	});

	test("forbids the time stamp counter, and to allow it again", () => {
		expect(lines({ timestampCounter: false })).toEqual([
			"prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0)",
			"seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=17, filter=/* no prctl(PR_SET_TSC) */})",
		]);
		expect(hardening({ timestampCounter: false }).noNewPrivileges).toBe(true);
	});

	test("says all that cannot be", () => {
		const all = { coreScheduling: true, timestampCounter: false, mitigate: [...mitigationNames] };
		const old = { ...forRoot, host: { ...rootHost, kernel: 513, kernelRelease: "5.13.1" } };
		expect(codes([hardening(all)])).toEqual([]);
		expect(problems([hardening(all)], old).map(({ message }) => message)).toEqual([
			"core scheduling needs Linux 5.14, and this is 5.13.1",
			"the mitigation l1d-flush needs Linux 5.15, and this is 5.13.1",
		]);
		const arm64 = { ...forRoot, host: { ...rootHost, arch: "arm64" as const } };
		expect(codes([hardening(all)], arm64)).toEqual(["COUNTER_ARCHITECTURE"]);
		const unknown = ["", "Store-Bypass", "l1d-flush "] as unknown as HardeningOptions["mitigate"];
		expect(problems([hardening({ mitigate: unknown })]).map(({ message }) => message)).toEqual([
			"there is no mitigation ",
			"there is no mitigation Store-Bypass",
			"there is no mitigation l1d-flush ",
		]);
	});
});

const run = (filter: Uint8Array, architecture: number, call: number, args: readonly bigint[]): number =>
	answered(decode(filter), { architecture, call, args }).answer;

describe("`counterFilter`", () => {
	const [ALLOW, EPERM] = [0x7fff0000, 0x00050001];
	const [X86_64, I386, AARCH64] = [0xc000003e, 0x40000003, 0xc00000b7];
	const x32 = 0x40000000;

	test("refuses prctl(PR_SET_TSC) by every way, and nothing else", () => {
		const ways = [`${X86_64} 157`, `${X86_64} ${x32 + 157}`, `${I386} 172`];
		const filter = counterFilter("x64");
		for (const architecture of [X86_64, I386, AARCH64, 0]) {
			for (const call of [0, 26, 156, 157, 158, 171, 172, 173, x32 + 157, x32 + 172, 0xffffffff]) {
				for (const option of [0n, 25n, 26n, 27n, 38n, 0xffffffffn]) {
					for (const upper of [0n, 1n, 0xffffffffn]) {
						const is = run(filter, architecture, call, [(upper << 32n) | option, 26n, 26n]);
						const refused = ways.includes(`${architecture} ${call}`) && option === 26n;
						expect([architecture, call, option, is]).toEqual([architecture, call, option, refused ? EPERM : ALLOW]);
					}
				}
			}
		}
	});

	test("is nothing where there is no such counter", () => {
		expect(counterFilter("arm64").length).toBe(0);
	});
});
