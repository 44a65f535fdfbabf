import { describe, expect, test } from "bun:test";
import { plan } from "../../src/plan/plan.ts";
import { type RedirectOptions, redirect } from "../../src/process/redirect.ts";
import { context, forRoot, script, texts } from "../plan/fixtures.ts";

const lines = (options: RedirectOptions) =>
	redirect(options)
		.steps(context)
		.flatMap(({ calls }) => texts(calls));

describe("`redirect`", () => {
	test("opens each file, and puts it in its place over a copy", () => {
		expect(lines({ stdin: "/in", stderr: "/err" })).toEqual([
			'openat(AT_FDCWD, "/in", O_RDONLY|O_NOCTTY|O_CLOEXEC, 0) = $redirect.stdin',
			"fcntl($redirect.stdin, F_DUPFD_CLOEXEC, 3) = $redirect.stdin",
			"dup3($redirect.stdin, 0, 0)",
			'openat(AT_FDCWD, "/err", O_WRONLY|O_CREAT|O_TRUNC|O_NOCTTY|O_CLOEXEC, 0666) = $redirect.stderr',
			"fcntl($redirect.stderr, F_DUPFD_CLOEXEC, 3) = $redirect.stderr",
			"dup3($redirect.stderr, 2, 0)",
		]);
	});

	test("appends when that is said, and lets standard error go the same way", () => {
		const [open = "", , , last = ""] = lines({ stdout: "/out", append: true, stderrToStdout: true });
		expect(open).toContain("O_WRONLY|O_CREAT|O_APPEND|O_NOCTTY|O_CLOEXEC, 0666");
		expect(last).toBe("dup3(1, 2, 0)");
	});

	test("is the first thing a plan does, and closes what it copied", () => {
		const all = script(plan([redirect({ stdin: "/in" })], forRoot));
		expect(all[0]).toStartWith('outer: openat(AT_FDCWD, "/in"');
		expect(all).toContain("outer: close_range(3, ~0U, 0)");
	});
});
