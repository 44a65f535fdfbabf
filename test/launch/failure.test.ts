import { describe, expect, test } from "bun:test";
import { failureOf, recordSize } from "../../src/launch/failure.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { plan } from "../../src/plan/plan.ts";
import { numberedCalls } from "../../src/stub/compile.ts";
import { forRoot } from "../plan/fixtures.ts";

const made = plan([uts({ hostname: "box" })], forRoot);
const record = (...words: number[]) => new Uint8Array(BigInt64Array.from(words.map(BigInt)).buffer);

describe("`failureOf`", () => {
	test("reads the number of the call, the error and the exit code", () => {
		const hostname = numberedCalls(made).find(({ call }) => call?.name === "sethostname");
		const error = failureOf(made, record(hostname?.id ?? 0, 1, 125));
		expect([error.step, error.call, error.code, error.index, error.exitCode]).toEqual([
			...["set the host name", 'sethostname("box", 3)', "EPERM", hostname?.id, 125],
		]);
	});

	test("names the command where it could not be executed", () => {
		const error = failureOf(made, record(numberedCalls(made).length, 2, 127));
		expect([error.step, error.syscall, error.call, error.exitCode]).toEqual(["run prog", "execve", undefined, 127]);
	});

	test("reads a record wherever it lies in memory", () => {
		const bytes = new Uint8Array(recordSize + 3);
		bytes.set(record(1, 9, 125), 3);
		expect(failureOf(made, bytes.subarray(3)).code).toBe("EBADF");
	});

	test("throws a RangeError for a call that the plan does not have", () => {
		expect(() => failureOf(made, record(0, 1, 125))).toThrow(RangeError);
		expect(() => failureOf(made, record(99, 1, 125))).toThrow("a report names call 99, which the plan does not have");
	});
});
