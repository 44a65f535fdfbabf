import { describe, expect, test } from "bun:test";
import { readArgv } from "../../cli/argv.ts";
import { explain } from "../../cli/explain.ts";
import { optionsOf } from "../../cli/options.ts";
import { readRequest } from "../../cli/request.ts";
import { UsageError } from "../../cli/usage.ts";
import { mount } from "../../src/namespaces/mount.ts";
import { plan } from "../../src/plan/plan.ts";
import { callText } from "../../src/plan/text.ts";
import { numberedCalls } from "../../src/stub/compile.ts";
import { rootHost } from "../plan/fixtures.ts";

const caller = { host: rootHost, env: ["SHELL=/bin/zsh", "PATH=/bin"], cwd: "/work" };
const request = (words: readonly string[], more: Partial<typeof caller> = {}) =>
	readRequest(readArgv(words, optionsOf("run")), { ...caller, ...more });

function problems(...words: string[]): string[] {
	try {
		request(words);
		return [];
	} catch (error) {
		if (error instanceof UsageError) return error.problems.map(({ code }) => code);
		throw error;
	}
}

describe("`readRequest`", () => {
	test("plans the command with the caller's environment and directory", () => {
		const words = ["--mount", "--bind", "a:/b", "ls", "--help"];
		const bind = mount({ mounts: [{ type: "bind", source: "/work/a", target: "/b", readOnly: false }] });
		const command = { argv: ["ls", "--help"], env: caller.env, cwd: "/work" };
		expect(request(words).plan).toEqual(plan([bind], { host: rootHost, command }));
	});

	test("runs the caller's shell when no command is named, or else sh", () => {
		const argv = (...env: string[]) => request(["--uts"], { env }).plan.command.argv;
		expect(argv("SHELL=/bin/zsh")).toEqual(["/bin/zsh"]);
		expect(argv("SHELL=")).toEqual(["sh"]);
		expect(argv("XSHELL=/x")).toEqual(["sh"]);
		expect(request(["--uts", "--"]).plan.command.argv).toEqual(["/bin/zsh"]);
	});

	test("finds what is wrong with the options, their values and the plan, all at once", () => {
		expect(problems("--utz", "--uts", "--map", "0x1", "--hostname", "", "--proc")).toEqual([
			...["OPTION_UNKNOWN", "MAP_INVALID", "MOUNTS_WITHOUT_MOUNT", "PROC_WITHOUT_PID", "HOSTNAME_EMPTY"],
		]);
		expect(problems("--uts", "true")).toEqual([]);
	});
});

describe("`explain`", () => {
	test("finds the step behind each number that the stub may report", () => {
		const setUp = ["--setuid", "5", "--nice", "1", "--rlimit", "core=0", "--umask", "27", "--pass-fd", "1:2"];
		const around = ["--clear-env", "--setenv", "A=b", "--wd", "x", "--argv0", "y", "--stdin", "/dev/null"];
		for (const more of [[], setUp, around]) {
			const words = ["-mpu", "--hostname", "box", "--root", "/srv", ...more, "--", "true"];
			const explainable = JSON.stringify({ words, caller: { host: rootHost, cwd: "/work" } });
			const calls = numberedCalls(request(words).plan);
			expect(calls.length).toBeGreaterThan(20);
			for (const { id, step, call } of calls) {
				const error = explain([explainable, String(id), "EINTR"]);
				expect([error.index, error.step, error.code, error.exitCode]).toEqual([id, step.does, "EINTR", 125]);
				expect(error.call).toBe(call && callText({ name: call.name, args: call.args }));
			}
		}
	});

	test("throws a RangeError for a number that the plan does not have", () => {
		const explainable = JSON.stringify({ words: ["--uts"], caller: { host: rootHost, cwd: "/" } });
		for (const id of ["0", "999", "x", ""]) expect(() => explain([explainable, id, "EPERM"])).toThrow(RangeError);
	});
});
