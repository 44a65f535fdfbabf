import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { syncResult, takeApart } from "../src/result.ts";

describe("`takeApart`", () => {
	test("gives each exit code", () => {
		for (let code = 0; code < 256; code++) {
			expect(takeApart(code << 8)).toEqual({ exitCode: code, signalCode: undefined, success: code === 0 });
		}
	});

	test("gives the signal that ended a process, with and without a memory dump", () => {
		for (const name of ["SIGKILL", "SIGSEGV", "SIGTERM", "SIGHUP"] as const) {
			const number = constants.signals[name];
			const ended = { exitCode: null, signalCode: name, success: false };
			expect([takeApart(number), takeApart(number | 0x80)]).toEqual([ended, ended]);
		}
	});

	test("names a signal without a name by its number", () => {
		expect(takeApart(40)).toEqual({ exitCode: null, signalCode: "SIG40" as NodeJS.Signals, success: false });
	});
});

describe("`syncResult`", () => {
	test("gives microseconds and bytes of what the kernel counts in seconds and kilobytes", () => {
		const usage = [1, 500000, 0, 250, 2048, ...Array<number>(13).fill(9)];
		const stdout = Buffer.from("out");
		expect(syncResult({ pid: 7, status: 3 << 8, usage }, stdout)).toEqual({
			...{ pid: 7, exitCode: 3, signalCode: undefined, success: false, stdout, stderr: undefined },
			resourceUsage: { cpuTime: { user: 1500000, system: 250, total: 1500250 }, maxRSS: 2048 * 1024 },
		});
	});
});
