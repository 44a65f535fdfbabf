import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { UsageError } from "../../cli/usage.ts";

const project = join(import.meta.dir, "../..");

/** What is written, and the code that is given back, when this expression is reported as an error by another process. */
function reported(error: string): { code: number | null; stdout: string; stderr: string } {
	const source = `
		import { report, write } from "./cli/output.ts";
		import { UsageError } from "./cli/usage.ts";
		import { NamespaceError, PlanError, SystemError } from "./src/errors.ts";
		process.exitCode = report(${error});
	`;
	const child = Bun.spawnSync([process.execPath, "-e", source], { cwd: project, stdout: "pipe", stderr: "pipe" });
	return { code: child.exitCode, stdout: child.stdout.toString(), stderr: child.stderr.toString() };
}

const problems = '[{ code: "A", message: "one thing" }, { code: "B", message: "another", hint: "do this" }]';
const step = '{ does: "go there", phase: "directory", syscall: "chdir", call: \'chdir("/x")\', path: "/x" }';

describe("`report`", () => {
	test("gives each problem a line and its hint another, on standard error", () => {
		const said = { code: 125, stdout: "", stderr: "ns: one thing\nns: another\nhint: do this\n" };
		expect(reported(`new UsageError(${problems})`)).toEqual(said);
		expect(reported(`new PlanError(${problems})`)).toEqual(said);
	});

	test("gives a failed step with the call, the error and its words, and the error's own exit code", () => {
		expect(reported(`new NamespaceError(${step}, 2, 3, 125)`)).toEqual({
			...{ code: 125, stdout: "", stderr: 'ns: cannot go there: chdir("/x"): ENOENT (No such file or directory)\n' },
		});
		expect(reported(`new NamespaceError({ does: "run x", phase: "exec" }, 2, 3, 127)`)).toEqual({
			code: 127,
			stdout: "",
			stderr:
				"ns: cannot run x: ENOENT (No such file or directory)\nhint: it is in no directory of PATH inside the sandbox, or its interpreter or loader is missing there\n",
		});
	});

	test("gives a failed call of ours in a line", () => {
		expect(reported('new SystemError("memfd_create", "..", 24)')).toEqual({
			...{ code: 125, stdout: "", stderr: "ns: memfd_create(..): EMFILE\n" },
		});
	});

	test("gives a bug with its stack, and whatever else was thrown as text", () => {
		const { code, stdout, stderr } = reported('new TypeError("oh")');
		expect([code, stdout]).toEqual([125, ""]);
		expect(stderr).toMatch(/^ns: this is a bug: TypeError: oh\n +at /);
		expect(reported('"words"').stderr).toBe("ns: this is a bug: words\n");
	});

	test("lets no control character of a name through", () => {
		const error = 'new UsageError([{ code: "A", message: "no \\u001b[31m\\u009b", hint: "see \\u0007" }])';
		expect(reported(error).stderr.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
	});
});

describe("`write`", () => {
	test("writes to standard output or error, whatever the bytes", () => {
		const child = Bun.spawnSync(
			[process.execPath, "-e", 'import { write } from "./cli/output.ts"; write(1, "é\\udcff"); write(2, "err")'],
			{ cwd: project, stdout: "pipe", stderr: "pipe" },
		);
		expect([child.stdout.toHex(), child.stderr.toString()]).toEqual(["c3a9ff", "err"]);
	});
});

describe("a `UsageError`", () => {
	test("has every problem, and their messages a line each", () => {
		const error = new UsageError([
			{ code: "A", message: "one" },
			{ code: "B", message: "two", hint: "x" },
		]);
		expect([error.name, error.message, error.problems.length]).toEqual(["UsageError", "one\ntwo", 2]);
	});
});
