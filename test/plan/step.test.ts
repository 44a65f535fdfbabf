import { describe, expect, test } from "bun:test";
import { call, flags, ref, step, writeFile } from "../../src/plan/step.ts";
import type { Step } from "../../src/plan/types.ts";
import { texts } from "./fixtures.ts";

const words = { module: "uts", does: "do it", why: "because", man: "x(2)" };

describe("`step`", () => {
	test("is run by whom its phase says, and has no calls when none are given", () => {
		expect(step({ phase: "hostname", ...words })).toEqual({ phase: "hostname", who: "outer", calls: [], ...words });
		expect(step({ phase: "mounts", ...words }).who).toBe("command");
		expect(step({ phase: "init", ...words }).who).toBe("init");
	});

	test("is run by somebody else when that is said", () => {
		const given: Step = step({ phase: "map", who: "helper", calls: [call("getpid", [])], ...words });
		expect([given.who, texts(given.calls)]).toEqual(["helper", ["getpid()"]]);
	});
});

describe("`call`", () => {
	test("gives plain data", () => {
		expect(call("setns", [ref("file"), flags("CLONE_NEWNET")], { mayFail: true })).toEqual({
			name: "setns",
			args: [{ ref: "file" }, { flags: "CLONE_NEWNET" }],
			mayFail: true,
		});
	});
});

describe("`writeFile`", () => {
	test("opens, writes and closes, and counts bytes, not characters", () => {
		expect(texts(writeFile(null, "/proc/self/x", "é\n"))).toEqual([
			'openat(AT_FDCWD, "/proc/self/x", O_WRONLY|O_CLOEXEC) = $file',
			'write($file, "é\\n", 3)',
			"close($file)",
		]);
	});

	test("takes a path below an open directory", () => {
		expect(texts(writeFile("proc", "uid_map", ""))[0]).toBe('openat($proc, "uid_map", O_WRONLY|O_CLOEXEC) = $file');
	});
});
