/** Calls that are made again, and texts of the kernel that count something. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sandbox } from "../../src/index.ts";
import { call, flags, ref, step } from "../../src/plan/step.ts";
import type { Call, Fragment } from "../../src/plan/types.ts";

let folder = "";
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "again-"));
});
afterEach(() => {
	rmSync(folder, { recursive: true, force: true });
});

const doing = (calls: readonly Call[]): Fragment => ({
	module: "again",
	needsImage: true,
	steps: () => [step({ phase: "hostname", module: "again", does: "try", why: "to see", man: "mkdir(2)", calls })],
});

const mkdir = (name: string, more: Partial<Call> = {}): Call =>
	call("mkdirat", [flags("AT_FDCWD"), join(folder, name), 0o700], more);
const run = (...calls: readonly Call[]) => sandbox(doing(calls)).spawnSync(["true"]);

describe("a call that is made again", () => {
	const retry = { on: "EEXIST", times: 20, every: 1 };
	test("fails with its error when that stays, in so many milliseconds", () => {
		mkdirSync(join(folder, "there"));
		const start = performance.now();
		expect(() => run(mkdir("there", { retry }))).toThrow(/EEXIST/);
		expect(performance.now() - start).toBeGreaterThan(19);
	});

	test("lets what follows go on when it may fail", () => {
		mkdirSync(join(folder, "there"));
		const start = performance.now();
		expect(run(mkdir("there", { retry, mayFail: true }), mkdir("next")).exitCode).toBe(0);
		expect(performance.now() - start).toBeGreaterThan(19);
		expect(existsSync(join(folder, "next"))).toBe(true);
	});

	test("is made once when it succeeds or fails otherwise", () => {
		expect(run(mkdir("new", { retry })).exitCode).toBe(0);
		expect(() => run(mkdir("no/such/place", { retry }))).toThrow(/ENOENT/);
	});
});

describe("a text that counts", () => {
	const counts = (text: string): boolean => {
		writeFileSync(join(folder, "events"), text);
		rmSync(join(folder, "counted"), { recursive: true, force: true });
		run(
			call("openat", [flags("AT_FDCWD"), join(folder, "events"), flags("O_RDONLY|O_CLOEXEC")], { result: "events" }),
			call("read", [ref("events"), { out: "group.events", size: 512 }, 511], {
				...{ result: "counted", mayFail: true, check: { counts: "group.events", word: "oom_kill" } },
			}),
			call("close", [ref("events")]),
			mkdir("counted", { onlyIf: "counted" }),
		);
		return readdirSync(folder).includes("counted");
	};
	for (const [text, is] of [
		["low 0\nhigh 0\nmax 5\noom 1\noom_kill 1\noom_group_kill 0\n", true],
		["oom_kill_disable 0\nunder_oom 0\noom_kill 12\n", true],
		["oom_kill_disable 1\nunder_oom 1\noom_kill 0\n", false],
		["low 9\noom_kill 0\noom_group_kill 1\n", false],
		["oom_kill_disable 1\n", false],
		["", false],
		["x".repeat(480), false],
		[`${"x".repeat(480)}\noom_kill 3\n`, true],
	] as const)
		test(`${is ? "does" : "does not"} count in ${JSON.stringify(text.slice(0, 40))}`, () => {
			expect(counts(text)).toBe(is);
		});
});
