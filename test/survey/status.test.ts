import { expect, test } from "bun:test";
import { processFacts } from "../../src/survey/status.ts";

const status = "Name:\tmy tool\nUmask:\t0022\nPPid:\t12\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n";

test("parent, real user, and the command line as one line", () => {
	expect(processFacts(status, "sleep\0a b\0\0")).toEqual({ parent: 12, uid: 1000, command: "sleep a b" });
});

test("the name in brackets where there is no command line", () => {
	expect(processFacts(status, "")).toEqual({ parent: 12, uid: 1000, command: "[my tool]" });
	expect(processFacts(status, "\0\0")?.command).toBe("[my tool]");
});

test("a name cannot pretend to be a field, and half a file is none", () => {
	const sly = status.replace("my tool", String.raw`x\nUid:\t7`);
	expect(processFacts(sly, "")).toMatchObject({ uid: 1000, parent: 12 });
	for (const text of ["", "Name:\tx\n", "Name:\tx\nPPid:\t1\n", "Name:\tx\nPPid:\t1\nUid:\t1"])
		expect(processFacts(text, "x")).toBeUndefined();
});
