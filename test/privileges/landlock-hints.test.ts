import { expect, test } from "bun:test";
import { hintFor, type Look, stillHints } from "../../src/hints.ts";
import { failedStep } from "../../src/plan/failure.ts";
import { plan } from "../../src/plan/plan.ts";
import { landlock } from "../../src/privileges/landlock.ts";
import { landlockHints } from "../../src/privileges/landlock-hints.ts";
import { forRoot } from "../plan/fixtures.ts";

const look: Look = { read: () => undefined, exists: () => false };
const { steps } = plan([landlock({ execute: ["/a\u001b"], bind: [1] })], forRoot);
const failures = steps
	.filter(({ phase }) => phase === "landlock" || phase === "exec")
	.flatMap((step) => [...step.calls, undefined].map((call) => failedStep(step, call)));

test("each hint is that of a call of the module, also where nobody can look, and is printable", () => {
	for (const { syscall, code } of landlockHints) {
		const failed = failures.find((one) => one.syscall === syscall);
		if (!failed) throw new Error(`no step calls ${syscall}`);
		const hint = hintFor(failed, code, look);
		expect(hint).toMatch(/^[ -~]+$/);
		expect(stillHints(failed)).toContainEqual({ code, hint: hint ?? "" });
	}
});

test("a step's own hint comes before those of the tables", () => {
	const exec = failures.findLast(({ phase }) => phase === "exec");
	if (!exec) throw new Error("there is no such step");
	expect(hintFor(exec, "EACCES", look)).toContain("--landlock-execute");
	expect(stillHints(exec).filter(({ code }) => code === "EACCES")).toMatchObject([{ hint: exec.hints?.EACCES ?? "" }]);
	expect(hintFor(exec, "ENOENT", look)).toContain("in no directory of PATH");
	const filter = failures.find(({ syscall }) => syscall === "seccomp");
	expect(filter && hintFor(filter, "EINVAL", look)).toContain("lists of ports");
});
