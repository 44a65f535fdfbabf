import { describe, expect, test } from "bun:test";
import { NamespaceError, PlanError, SystemError } from "../src/errors.ts";
import type { FailedStep } from "../src/plan/failure.ts";

const step: FailedStep = {
	...{ does: "open the new root /x", phase: "sources", syscall: "openat" },
	...{ call: 'openat(AT_FDCWD, "/x", O_PATH)', path: "/x" },
};

describe("a `NamespaceError`", () => {
	test("has the step, the call, the path and the error, and says all of it with the way out", () => {
		const error = new NamespaceError(step, 2, 7, 125);
		expect({ ...error }).toMatchObject({
			...{ name: "NamespaceError", step: "open the new root /x", phase: "sources", syscall: "openat", path: "/x" },
			...{ call: step.call, errno: 2, code: "ENOENT", index: 7, exitCode: 125, hint: "/x does not exist" },
		});
		expect(error.message).toBe(
			'cannot open the new root /x: openat(AT_FDCWD, "/x", O_PATH): ENOENT (No such file or directory)\nhint: /x does not exist',
		);
		expect(error).toBeInstanceOf(Error);
	});

	test("is about execve(2) where a step has no call, and has no hint where none is known", () => {
		const error = new NamespaceError({ does: "run x", phase: "exec" }, 7, 9, 126);
		expect([error.syscall, error.call, error.path, error.hint]).toEqual(["execve", undefined, undefined, undefined]);
		expect(error.message).toBe("cannot run x: E2BIG (Argument list too long)");
	});
});

describe("a `PlanError`", () => {
	test("has every problem, and says each with code and way out", () => {
		const problems = [
			{ code: "A", message: "one" },
			{ code: "B", message: "two", hint: "do this" },
		];
		const error = new PlanError(problems);
		expect([error.name, error.message, error.problems]).toEqual(["PlanError", "A: one\nB: two (do this)", problems]);
	});
});

describe("a `SystemError`", () => {
	test("has the call with its arguments, and the error by number and name", () => {
		const error = new SystemError("close", "77", 9);
		expect({ ...error }).toMatchObject({ syscall: "close", args: "77", errno: 9, code: "EBADF", name: "SystemError" });
		expect(error.message).toBe("close(77): EBADF");
	});
});
