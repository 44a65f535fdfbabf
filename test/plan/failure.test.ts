import { describe, expect, test } from "bun:test";
import { failedStep, failureText } from "../../src/plan/failure.ts";
import { call, flags, ref, step } from "../../src/plan/step.ts";

const one = step({ phase: "tree", module: "mount", does: "open the root", why: "", man: "open(2)" });

describe("`failedStep`", () => {
	test("gives step, call and path, without the name of the result", () => {
		const open = call("openat", [flags("AT_FDCWD"), "/srv", flags("O_PATH")], { result: "root" });
		expect(failedStep(one, open)).toEqual({
			does: "open the root",
			phase: "tree",
			syscall: "openat",
			call: 'openat(AT_FDCWD, "/srv", O_PATH)',
			path: "/srv",
		});
	});

	test("keeps an equals sign that belongs to an argument", () => {
		expect(failedStep(one, call("chdir", ["/a = $b"])).call).toBe('chdir("/a = $b")');
	});

	test("has no path where the call has none", () => {
		expect(failedStep(one, call("fchdir", [ref("root")]))).toEqual({
			does: "open the root",
			phase: "tree",
			syscall: "fchdir",
			call: "fchdir($root)",
		});
	});

	test("has only the step for a routine", () => {
		expect(failedStep(one, undefined)).toEqual({ does: "open the root", phase: "tree" });
	});

	test("survives JSON", () => {
		const failed = failedStep(one, call("chdir", ["/\udcff"]));
		expect(JSON.parse(JSON.stringify(failed))).toEqual(failed);
	});
});

describe("`failureText`", () => {
	test("is one sentence with the call where there is one", () => {
		expect(failureText({ does: "go there", call: 'chdir("/x")' })).toBe('cannot go there: chdir("/x")');
		expect(failureText({ does: "run prog" })).toBe("cannot run prog");
	});

	test("lets no control character of a name through", () => {
		const failed = failedStep({ ...one, does: "open /a\u001b[31m\nb" }, call("chdir", ["/a\u001b[31m\nb"]));
		expect(failureText(failed)).not.toMatch(/\p{Cc}/u);
	});
});
