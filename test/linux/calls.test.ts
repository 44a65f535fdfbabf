import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { callsOf, generate, headersVersion, missingHeaders } from "../../scripts/calls.ts";
import { callNumbers, isCallName } from "../../src/linux/calls.ts";
import { newerCalls, newerCallsOf } from "../../src/linux/newer-calls.ts";
import { syscallNumber } from "../../src/linux/syscalls.ts";

describe("the tables of system calls", () => {
	const machines = ["x64", "i386", "arm64", "arm"] as const;
	for (const machine of machines) {
		const lacking = missingHeaders(machine);
		test.skipIf(lacking !== undefined)(
			`hold what ${machine}'s headers hold${lacking ? ` (needs ${lacking})` : ""}`,
			() => {
				const ours = callNumbers(machine);
				// Calls that came after the last one we know are in the headers of newer kernels alone.
				const known = callsOf(machine).filter(([number]) => number <= 469 || number >= 0xf0000);
				expect(known.length).toBeGreaterThan(300);
				for (const [number, name] of known) expect([name, ours.get(name)]).toEqual([name, number]);
			},
		);
	}

	const other = machines.map(missingHeaders).find((one) => one !== undefined);
	const lacking = other ?? (headersVersion() === "6.1" ? undefined : "the headers of Linux 6.1");
	test.skipIf(lacking !== undefined)(`are what the script makes${lacking ? ` (needs ${lacking})` : ""}`, async () => {
		expect(await Bun.file(join(import.meta.dir, "../../src/linux/call-tables.ts")).text()).toBe(generate());
	});

	test("give the numbers of each machine, also by a second name and of ARM's own calls", () => {
		expect(["x64", "i386", "arm64", "arm"].map((one) => callNumbers(one as "x64").get("openat"))).toEqual([
			257, 295, 56, 322,
		]);
		expect(callNumbers("arm").get("sync_file_range2")).toBe(callNumbers("arm").get("arm_sync_file_range"));
		expect(callNumbers("arm").get("cacheflush")).toBe(0xf0002);
		expect(callNumbers("i386").get("umount")).toBe(22);
		expect(callNumbers("x64").get("umount")).toBeUndefined();
	});

	test("give each number to one call, but for second names", () => {
		for (const machine of ["x64", "i386", "arm64"] as const) {
			const numbers = [...callNumbers(machine).values()];
			expect([machine, numbers.length]).toEqual([machine, new Set(numbers).size]);
		}
	});

	test("agree with the numbers that plans use", () => {
		for (const [name, number] of callNumbers("x64")) {
			try {
				expect([name, syscallNumber(name as "read", "x64")]).toEqual([name, number]);
				expect([name, syscallNumber(name as "read", "arm64")]).toEqual([name, callNumbers("arm64").get(name) ?? -1]);
			} catch (error) {
				if (!(error instanceof TypeError)) throw error;
			}
		}
	});

	test("have the newer calls on every machine, and know names of other machines", () => {
		for (const machine of ["x64", "i386", "arm64", "arm"] as const)
			for (const [name, [number]] of Object.entries({ ...newerCalls, ...newerCallsOf[machine] }))
				expect([machine, name, callNumbers(machine).get(name)]).toEqual([machine, name, number]);
		expect(["riscv_hwprobe", "uretprobe", "cacheflush", "reed"].map(isCallName)).toEqual([true, true, true, false]);
	});
});
